"""Voices of Piper's catalogue, added from a mirror: whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tts.mirror import Mirror, open_mirror
from tts.library.catalogue import read_catalogue
from tts.library.installing import add_piper_voice, fetch_catalogue, remove_voice
from tts.library.places import VoiceError
from tts.server.voices import VoiceTable

AMY = "en_US-amy-medium"
AMYS_MODEL = f"en/en_US/amy/medium/{AMY}.onnx"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with open_mirror() as opened:
        opened.add(AMY)
        yield opened


@pytest.fixture
def voices_dir(tmp_path: Path) -> Path:
    return tmp_path / "voices"


def add(mirror: Mirror, voices_dir: Path, name: str = AMY) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    voice = fetch_catalogue(mirror.url)[name]
    add_piper_voice(voices_dir, voice, lambda there, of: seen.append((there, of)))
    return seen


def test_an_added_voice_is_in_the_table_with_its_licence_and_where_it_is_stated(
    mirror: Mirror, voices_dir: Path
) -> None:
    add(mirror, voices_dir)
    amy = VoiceTable(voices_dir).resolve(AMY)
    assert (amy.licence.name, amy.licence.commerce) == ("CC0", "yes")
    assert amy.licence.source == "https://example.com/amy"
    assert amy.model_path.read_bytes() == mirror.files[AMYS_MODEL]


def test_progress_ends_at_the_size_that_the_catalogue_names(mirror: Mirror, voices_dir: Path) -> None:
    there, total = add(mirror, voices_dir)[-1]
    assert there == total == fetch_catalogue(mirror.url)[AMY].size_bytes


def test_a_download_that_broke_off_changes_nothing_and_is_gone_on_with(mirror: Mirror, voices_dir: Path) -> None:
    mirror.cut[AMYS_MODEL] = 2000
    with pytest.raises(VoiceError, match="goes on"):
        add(mirror, voices_dir)
    assert VoiceTable(voices_dir).names() == ["joe", "rachel"]
    assert all(path.name.startswith(".") for path in voices_dir.iterdir())
    add(mirror, voices_dir)
    assert mirror.server.asked[-1].headers["range"] == "bytes=2000-"
    assert VoiceTable(voices_dir).resolve(AMY).model_path.read_bytes() == mirror.files[AMYS_MODEL]


def test_a_damaged_download_changes_nothing_and_the_next_one_begins_again(mirror: Mirror, voices_dir: Path) -> None:
    add(mirror, voices_dir)
    before = {path.name: path.read_bytes() for path in voices_dir.iterdir()}
    mirror.damaged.add(AMYS_MODEL)
    with pytest.raises(VoiceError, match="damaged"):
        add(mirror, voices_dir)
    assert {p.name: p.read_bytes() for p in voices_dir.iterdir() if not p.name.startswith(".")} == before
    mirror.damaged.clear()
    add(mirror, voices_dir)
    assert "range" not in mirror.server.asked[-1].headers
    assert {path.name: path.read_bytes() for path in voices_dir.iterdir()} == before


def test_a_mirror_that_lacks_a_file_is_named(mirror: Mirror, voices_dir: Path) -> None:
    del mirror.files[AMYS_MODEL]
    with pytest.raises(VoiceError, match="answered 404; check DIGITREE_VOICES_URL"):
        add(mirror, voices_dir)
    assert VoiceTable(voices_dir).names() == ["joe", "rachel"]


def test_a_removed_voice_leaves_no_file(mirror: Mirror, voices_dir: Path) -> None:
    add(mirror, voices_dir)
    assert remove_voice(voices_dir, AMY)
    assert list(voices_dir.iterdir()) == []
    assert not remove_voice(voices_dir, AMY)


@pytest.mark.parametrize("text", ["", "[]", "<html>", "[" * 100_000])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(VoiceError, match="no catalogue"):
        read_catalogue(text, "https://mirror.example.com")


@pytest.mark.parametrize("path", ["../../etc/x.onnx", "/etc/x.onnx"])
def test_a_catalogue_cannot_name_files_outside_the_mirror(mirror: Mirror, path: str) -> None:
    index = json.loads(mirror.files["voices.json"])
    facts = index[AMY]["files"].pop(AMYS_MODEL)
    index[AMY]["files"][path.replace("x", AMY)] = facts
    assert read_catalogue(json.dumps(index), mirror.url) == {}
