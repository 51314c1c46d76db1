"""Bundles without a store: the same content is the same bytes, and a file of anybody's making is not believed."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.bundles.packing import pack
from ivr.domain.bundles.parts import MAX_BYTES, InvalidBundle, Needs, find_sound_ms, needs_of
from ivr.domain.bundles.played import played
from ivr.domain.bundles.unpacking import open_bundle
from ivr.domain.menu.playing import playing
from ivr.domain.menu.published import PromptFile
from ivr.domain.menu.templates import fixed_parts, part_audio

MENU: dict[str, Any] = {
    "name": "Plumbers",
    "nodes": {
        "welcome": {"audio": "welcome.wav", "gather": {"2": "bye", "1": "sales"}, "voice": "rachel"},
        "known": {"switch": "list:regulars", "case": {"true": "sales"}, "default": "open"},
        "open": {"switch": "hours:office", "case": {"open": "sales"}, "default": "bye"},
        "sales": {"action": "transfer", "agent": "desk"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
    },
}
TEST = {"name": "goes to sales", "script": "1", "expected": {"node": "sales"}, "agent": "answers"}


def wav(samples: bytes = b"\x01\x02" * 800) -> bytes:
    head = (b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", len(samples))
    return struct.pack("<4sI4s4sIHHIIHH4sI", *head) + samples


SOUND = wav()
HASH = hashlib.sha256(SOUND).hexdigest()
PROMPTS = {
    "welcome.wav": {"sound": HASH, "source": "tts", "voice": "joe", "model": "m", "text": "Press 1."},
    "bye.wav": {"sound": HASH, "source": "upload", "voice": None, "model": None, "text": None},
}


def packed(document: Any = MENU, prompts: Any = PROMPTS, tests: Any = (TEST,), sounds: Any = None) -> bytes:
    known = {HASH: SOUND} if sounds is None else sounds
    out = io.BytesIO()
    pack(out, document, prompts, tests, known.__getitem__)
    return out.getvalue()


def parts_of(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            change(entry)
            archive.writestr(entry, content)
    return out.getvalue()


def refusal(bundle: bytes) -> list[str]:
    """The codes of what is wrong with it."""
    with pytest.raises(InvalidBundle) as refused, open_bundle(io.BytesIO(bundle)):
        pass
    return [each.code for each in refused.value.problems]


def listed(parts: dict[str, bytes]) -> dict[str, bytes]:
    """With a manifest that lists these parts by their hashes."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items() if name != "manifest.json"}
    return {**parts, "manifest.json": json.dumps({"format": 1, "needs": {}, "parts": hashes}).encode()}


def test_a_bundle_has_the_menu_its_sounds_once_its_tests_and_what_it_needs() -> None:
    parts = parts_of(packed())
    assert list(parts) == ["manifest.json", "menu.json", "prompts.json", "tests.json", f"prompts/{HASH}.wav"]
    assert json.loads(parts["menu.json"]) == MENU
    assert list(json.loads(parts["menu.json"])["nodes"]["welcome"]["gather"]) == ["2", "1"], "in the author's order"
    manifest = json.loads(parts["manifest.json"])
    assert manifest["needs"] == {
        "agents": ["desk"], "channels": [], "groups": [], "hours": ["office"], "lists": ["regulars"], "services": [],
        "voices": ["joe", "rachel"],
    }  # fmt: skip
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    assert manifest["parts"] == {name: each for name, each in hashes.items() if name != "manifest.json"}
    with open_bundle(io.BytesIO(packed())) as bundle:
        assert bundle.sound(HASH) == SOUND
        assert bundle.lengths_ms == {HASH: 100}


def test_a_bundle_names_the_channels_that_its_menu_sends_by() -> None:
    nodes = {
        "a": {"action": "send", "to": "mail:office", "text": "x", "next": "b"},
        "b": {"action": "send", "to": "sms:{caller}", "text": "x", "next": "a"},
    }
    assert needs_of({"nodes": nodes}, {}).channels == ("mail:office", "sms:sms")


def test_needs_are_sorted_and_named_once() -> None:
    nodes = {"a": {"agent": "z"}, "b": {"agent": "a"}, "c": {"agent": "z", "voice": {"en": "joe", "es": "ana"}}}
    prompts: dict[str, dict[str, Any]] = {"a.wav": {"voice": "joe"}, "b.wav": {"voice": None}}
    assert needs_of({"nodes": nodes}, prompts) == Needs(("a", "z"), voices=("ana", "joe"))


def test_a_bundle_needs_the_groups_that_its_menu_rings() -> None:
    nodes = {"a": {"people": "night"}, "b": {"people": "day"}, "c": {"people": "night"}, "d": {"agent": "x"}}
    assert needs_of({"nodes": nodes}, {}).groups == ("day", "night")


def test_the_prompts_that_are_played_come_with_the_parts_of_those_that_say_variables() -> None:
    text = "Hello. Your code is {code}."
    parts = [part_audio(part, "joe") for part in fixed_parts(text)]
    assert parts
    prompts = {
        "welcome.wav": PromptFile("a" * 32 + ".wav", 1, text, "joe"),
        "unused.wav": PromptFile("b" * 32 + ".wav", 1),
        **{audio: PromptFile("c" * 32 + ".wav", 1) for audio in parts},
    }
    assert played(MENU, prompts) == sorted(["welcome.wav", *parts])


def test_a_name_with_variables_in_it_plays_every_prompt_that_it_may_stand_for() -> None:
    text = "You called {line}."
    parts = [part_audio(part, "joe") for part in fixed_parts(text)]
    names = ["open-north.wav", "open-7.wav", "open-.wav", "reopen-north.wav", "hold-a.wav", *parts]
    prompts = {name: PromptFile("a" * 32 + ".wav", 1) for name in names}
    prompts["open-north.wav"] = PromptFile("b" * 32 + ".wav", 1, text, "joe")
    menu = {
        "nodes": {
            "t": {"audio": "open-{line}.wav", "gather": {"1": "sales"}, "no_input_audio": "hold-{line}.wav"},
            "sales": {"action": "hangup", "audio": "{line}-bye.wav"},
        }
    }
    assert played(menu, prompts) == sorted(["open-north.wav", "open-7.wav", "hold-a.wav", *parts])
    assert playing(menu, prompts) == {
        "open-north.wav": ["t"], "open-7.wav": ["t"], "hold-a.wav": ["t"], "{line}-bye.wav": ["sales"],
    }  # fmt: skip


_words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@st.composite
def contents(draw: st.DrawFn) -> tuple[Any, Any, Any, Any]:
    samples = draw(st.lists(st.binary(min_size=1, max_size=8), unique=True, max_size=4))
    by_hash = {hashlib.sha256(wav(each * 2)).hexdigest(): wav(each * 2) for each in samples}
    names = draw(st.lists(st.from_regex(r"[a-z]{1,8}\.wav", fullmatch=True), unique=True, max_size=6))
    prompts = {
        name: {"sound": draw(st.sampled_from(sorted(by_hash))), "source": "upload", "text": draw(_words)}
        for name in (names if by_hash else ())
    }
    used = {each["sound"]: by_hash[each["sound"]] for each in prompts.values()}
    tests = [{"name": name, "script": "1"} for name in draw(st.lists(_words, unique=True, max_size=4))]
    nodes = draw(st.dictionaries(_words, st.dictionaries(_words, _words, max_size=3), max_size=4))
    return {"name": draw(_words), "nodes": nodes}, prompts, tests, used


@given(contents(), st.randoms())
def test_what_is_packed_comes_back_and_is_the_same_bytes_again(content: Any, chance: Any) -> None:
    document, prompts, tests, sounds = content
    first = packed(document, prompts, tests, sounds)
    with open_bundle(io.BytesIO(first)) as bundle:
        texts = {name: json.loads(text) for name, text in bundle.texts.items()}
        again = {sha256: bundle.sound(sha256) for sha256 in bundle.lengths_ms}
    assert (texts["menu.json"], texts["prompts.json"], again) == (document, prompts, sounds)
    shuffled = [*texts["tests.json"]]
    chance.shuffle(shuffled)
    mixed = dict(reversed(texts["prompts.json"].items()))
    assert packed(texts["menu.json"], mixed, shuffled, again) == first


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(content: bytes) -> None:
    assert refusal(content)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_noticed_or_changes_nothing(place: int, flipped: int) -> None:
    whole = bytearray(packed())
    whole[place % len(whole)] ^= flipped
    try:
        with open_bundle(io.BytesIO(bytes(whole))) as bundle:
            texts = dict(bundle.texts)
            assert bundle.sound(HASH) == SOUND
    except InvalidBundle:
        return
    assert texts == {name: content for name, content in parts_of(packed()).items() if name in texts}


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "/etc/passwd", "prompts/../menu.json", "prompts\\x.wav", "prompts/", "prompts/x.wav",
        f"prompts/{HASH.upper()}.wav", "menu.json/", "menu.json ", "Menu.json", "menu.json\n", "\u202emenu.json",
        "a" * 300, f"sounds/{HASH}.wav", "C:menu.json", "menu.json\u200b",
    ],
)  # fmt: skip
def test_a_part_of_any_other_name_is_refused(name: str) -> None:
    assert "part_refused" in refusal(zipped(listed({**parts_of(packed()), name: b"x"})))


def test_a_name_that_ends_at_a_zero_byte_is_refused() -> None:
    bundle = zipped({**parts_of(packed()), "menu.json#x": b"x"})
    assert "part_refused" in refusal(bundle.replace(b"menu.json#x", b"menu.json\0x"))


def test_a_part_that_is_there_twice_is_refused() -> None:
    out = io.BytesIO(packed())
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("menu.json", "{}")
    assert refusal(out.getvalue()) == ["part_refused"]


@pytest.mark.parametrize(
    "mode", [0o120777, 0o040755, 0o010600, 0o020600], ids=["link", "directory", "pipe", "device"]
)
def test_what_is_no_ordinary_file_is_refused(mode: int) -> None:
    def as_other(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = mode << 16

    assert set(refusal(zipped(parts_of(packed()), as_other))) == {"part_refused"}


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    def squeezed(entry: zipfile.ZipInfo) -> None:
        entry.compress_type = zipfile.ZIP_DEFLATED

    bomb = zipped({**parts_of(packed()), "tests.json": bytes(200 * 1024 * 1024)}, squeezed)
    assert len(bomb) < 1024 * 1024
    assert refusal(bomb) == ["part_refused"]


def test_many_sounds_of_the_largest_size_are_refused_by_what_they_say_they_have() -> None:
    def squeezed(entry: zipfile.ZipInfo) -> None:
        entry.compress_type = zipfile.ZIP_DEFLATED

    large = wav(bytes(300 * 16_000))
    many = {f"prompts/{number:064x}.wav": large for number in range(MAX_BYTES // len(large) + 1)}
    assert refusal(zipped({**parts_of(packed()), **many}, squeezed)) == ["bundle_too_large"]


def test_a_part_with_more_in_it_than_it_says_is_damaged() -> None:
    def squeezed(entry: zipfile.ZipInfo) -> None:
        entry.compress_type = zipfile.ZIP_DEFLATED

    whole = zipped({**parts_of(packed()), "tests.json": b" " * 100_000}, squeezed)
    said, less = struct.pack("<I", 100_000), struct.pack("<I", 10)
    assert refusal(whole.replace(said, less)) == ["part_broken"]


def test_a_bundle_packed_again_by_another_program_is_taken() -> None:
    def squeezed(entry: zipfile.ZipInfo) -> None:
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0

    with open_bundle(io.BytesIO(zipped(parts_of(packed()), squeezed))) as bundle:
        assert json.loads(bundle.texts["menu.json"]) == MENU


def test_more_parts_than_any_bundle_has_are_refused_by_the_size_of_the_directory() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(6000):
            archive.writestr(f"prompts/{number:064x}.wav", b"")
    assert refusal(out.getvalue()) == ["too_many_parts"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda parts: parts.pop("menu.json"), "part_missing"),
        (lambda parts: parts.pop("manifest.json"), "not_a_bundle"),
        (lambda parts: parts.pop(f"prompts/{HASH}.wav"), "part_missing"),
        (lambda parts: parts.update({f"prompts/{'0' * 64}.wav": SOUND}), "part_not_listed"),
        (lambda parts: parts.update({"menu.json": b"{}"}), "wrong_hash"),
        (lambda parts: parts.update({f"prompts/{HASH}.wav": SOUND[:-1] + b"x"}), "wrong_hash"),
        (lambda parts: parts.update({"manifest.json": b"["}), "broken_manifest"),
        (lambda parts: parts.update({"manifest.json": b"[" * 100_000}), "broken_manifest"),
        (lambda parts: parts.update({"manifest.json": b"[1]"}), "broken_manifest"),
        (lambda parts: parts.update({"manifest.json": b'{"format": 1, "parts": {"a": 7}}'}), "broken_manifest"),
        (lambda parts: parts.update({"manifest.json": b'{"format": true, "parts": {}}'}), "broken_manifest"),
        (lambda parts: parts.update({"manifest.json": b'{"format": 2, "parts": {}}'}), "newer_bundle"),
    ],
)  # fmt: skip
def test_what_is_missing_changed_or_newer_is_refused(change: Callable[[dict[str, bytes]], Any], code: str) -> None:
    parts = parts_of(packed())
    change(parts)
    assert code in refusal(zipped(parts))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no sound",
        SOUND[:-1],
        SOUND + b"\0\0",
        wav(b""),
        wav(bytes(300 * 16_000 + 2)),
        SOUND.replace(struct.pack("<I", 8000), struct.pack("<I", 16000), 1),
        SOUND.replace(b"data", b"LIST"),
    ],
)
def test_a_sound_is_one_as_every_prompt_is(content: bytes) -> None:
    assert find_sound_ms(content) is None
    name = f"prompts/{hashlib.sha256(content).hexdigest()}.wav"
    parts = {part: text for part, text in parts_of(packed()).items() if not part.startswith("prompts/")}
    (code,) = refusal(zipped(listed({**parts, name: content})))
    assert code == ("part_refused" if len(content) > 300 * 16_000 + 44 else "not_a_sound")


def test_a_sound_by_another_name_than_its_hash_is_refused() -> None:
    parts = {part: text for part, text in parts_of(packed()).items() if not part.startswith("prompts/")}
    assert refusal(zipped(listed({**parts, f"prompts/{'0' * 64}.wav": SOUND}))) == ["wrong_hash"]


_END = b"PK\x05\x06"


@pytest.mark.parametrize("end", [_END, b"x", _END + bytes(17), b"PK\x06\x07" + bytes(16) + _END + bytes(18)])
def test_a_file_that_ends_otherwise_is_no_bundle(end: bytes) -> None:
    assert refusal(packed() + end) == ["not_a_bundle"]


def test_a_zip_with_an_encrypted_part_is_refused() -> None:
    whole = bytearray(packed())
    at = whole.index(b"PK\x01\x02")
    whole[at + 8] |= 1
    assert refusal(bytes(whole)) == ["part_refused"]
