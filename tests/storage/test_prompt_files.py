"""Prompt files: nothing outside the directory, nothing half written, and a spoken list of keys without any TTS."""

from __future__ import annotations

import threading
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.storage.disk.prompt_files import RATE_HZ, PromptFiles, write_wav

NAMES = ["press", "or", "star", "pound", *"0123456789"]


@pytest.fixture
def prompts(tmp_path: Path) -> PromptFiles:
    """With every fragment: each a run of samples of its own, 100 ms."""
    for number, name in enumerate(NAMES, start=1):
        write_wav(tmp_path / "system" / f"{name}.wav", number.to_bytes(2, "little") * 800)
    return PromptFiles(tmp_path)


def heard(path: Path | None) -> list[str]:
    """The fragments of a composed prompt, in order; silence is left out."""
    assert path is not None
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE_HZ, 1, 2)
        frames = sound.readframes(sound.getnframes())
    values = [int.from_bytes(frames[place : place + 2], "little") for place in range(0, len(frames), 2)]
    runs: list[int] = []
    for before, value in zip([0, *values], values, strict=False):
        if value and value != before:
            runs.append(value)
    return [NAMES[value - 1] for value in runs]


@pytest.mark.parametrize(
    ("keys", "file", "words"),
    [
        ("1", "keys-1.wav", "press 1"),
        ("19", "keys-19.wav", "press 1 or 9"),
        ("129", "keys-129.wav", "press 1 2 or 9"),
        ("91", "keys-91.wav", "press 9 or 1"),
        ("*#", "keys-sp.wav", "press star or pound"),
        ("0#5", "keys-0p5.wav", "press 0 pound or 5"),
    ],
)
def test_a_question_s_keys_are_read_out_in_the_author_s_order(
    prompts: PromptFiles, tmp_path: Path, keys: str, file: str, words: str
) -> None:
    path = prompts.keys_prompt(list(keys))
    assert path == tmp_path / "system" / file
    assert heard(path) == words.split()


def test_the_same_keys_are_joined_once(prompts: PromptFiles) -> None:
    first = prompts.keys_prompt("19")
    assert first is not None
    made = first.stat().st_mtime_ns
    assert prompts.keys_prompt("191x") == first
    assert first.stat().st_mtime_ns == made


@given(st.lists(st.sampled_from(DTMF_DIGITS), min_size=1, max_size=20))
def test_any_keys_give_one_safe_path(tmp_path_factory: pytest.TempPathFactory, keys: list[str]) -> None:
    directory = tmp_path_factory.getbasetemp() / "any-keys"
    for name in NAMES:
        if not (directory / "system" / f"{name}.wav").exists():
            write_wav(directory / "system" / f"{name}.wav", b"\1\0" * 8)
    path = PromptFiles(directory).keys_prompt(keys)
    assert path is not None
    assert path.parent == directory / "system"
    assert path.name.isascii()


def test_without_a_fragment_or_without_keys_there_is_no_such_prompt(prompts: PromptFiles, tmp_path: Path) -> None:
    assert prompts.keys_prompt([]) is None
    assert prompts.keys_prompt(["x", "12", "../"]) is None
    (tmp_path / "system" / "or.wav").unlink()
    assert prompts.keys_prompt("12") is None
    assert prompts.keys_prompt("1") is not None


@pytest.mark.parametrize("content", [b"", b"RIFF", b"x" * 500])
def test_a_broken_fragment_gives_no_prompt(prompts: PromptFiles, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "system" / "1.wav").write_bytes(content)
    assert prompts.keys_prompt("1") is None


def test_a_composed_prompt_that_was_cut_off_is_made_again(prompts: PromptFiles) -> None:
    path = prompts.keys_prompt("1")
    assert path is not None
    path.write_bytes(path.read_bytes()[:20])
    assert heard(prompts.keys_prompt("1")) == ["press", "1"]


def test_when_the_disk_takes_no_file_there_is_no_prompt_and_no_rubbish(tmp_path: Path, prompts: PromptFiles) -> None:
    target = tmp_path / "system" / "keys-1.wav"
    target.mkdir()
    (target / "in the way").write_text("x")
    assert prompts.keys_prompt("1") is None or target.is_dir()
    assert [each for each in (tmp_path / "system").iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize(
    "file",
    ["", "x.wav", "../" + "a" * 32 + ".wav", "A" * 32 + ".wav", "a" * 32, "a" * 32 + ".wav\n", "a" * 31 + ".wav",
     "/" + "a" * 32 + ".wav", "a" * 32 + ".mp3", "a" * 33 + ".wav"],
)  # fmt: skip
def test_a_name_that_is_no_prompt_file_has_no_path(prompts: PromptFiles, file: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        prompts.path_of(file)
    with pytest.raises(ValueError, match="not the name"):
        prompts.exists(file)


@pytest.mark.parametrize("name", ["", "../x", "a b", "a.wav", "x" * 33, "A", "a\n"])
def test_a_name_that_is_no_system_prompt_has_no_path(prompts: PromptFiles, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        prompts.system(name)


def test_a_file_is_there_when_it_can_be_played(prompts: PromptFiles, tmp_path: Path) -> None:
    file = "a" * 32 + ".wav"
    assert not prompts.exists(file)
    prompts.path_of(file).write_bytes(b"RIFF")
    assert not prompts.exists(file)
    write_wav(prompts.path_of(file), b"\1\0" * 80)
    assert prompts.exists(file)
    assert prompts.find_system("press") == tmp_path / "system" / "press.wav"
    assert prompts.find_system("goodbye") is None


def test_whoever_plays_a_file_while_it_is_written_again_plays_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    write_wav(path, b"\1\0" * 4000)
    sizes: set[int] = set()
    done = threading.Event()

    def play() -> None:
        while not done.is_set():
            with wave.open(str(path)) as sound:
                sizes.add(len(sound.readframes(sound.getnframes())))

    player = threading.Thread(target=play)
    player.start()
    for _ in range(50):
        write_wav(path, b"\1\0" * 4000)
    done.set()
    player.join()
    assert sizes == {8000}


def test_a_system_prompt_of_another_language_lies_in_a_folder_of_it(prompts: PromptFiles, tmp_path: Path) -> None:
    spanish = tmp_path / "system" / "es" / "goodbye.wav"
    assert prompts.system("goodbye", "es-MX") == spanish
    assert prompts.find_system("goodbye", "es") is None
    assert prompts.heard_system("goodbye", "es") == tmp_path / "system" / "goodbye.wav"
    write_wav(spanish, b"\1\0" * 8)
    assert prompts.heard_system("goodbye", "es") == spanish
    assert prompts.system("goodbye", "ja") == tmp_path / "system" / "goodbye.wav"
    with pytest.raises(ValueError, match="not the name of a system prompt"):
        prompts.system("../goodbye", "es")


def test_keys_are_read_out_in_a_language_once_all_of_its_fragments_are_there(
    prompts: PromptFiles, tmp_path: Path
) -> None:
    english = tmp_path / "system" / "keys-18.wav"
    for name in ("press", "1", "8", "or"):
        write_wav(tmp_path / "system" / f"{name}.wav", b"\1\0" * 8)
        write_wav(tmp_path / "system" / "es" / f"{name}.wav", b"\2\0" * 8)
        assert prompts.keys_prompt("18", "es") == english or name != "or"
    # Spanish has another word before ocho, which is missing.
    assert prompts.keys_prompt("18", "es") == english
    write_wav(tmp_path / "system" / "es" / "or_8.wav", b"\3\0" * 8)
    assert prompts.keys_prompt("18", "es") == tmp_path / "system" / "es" / "keys-18.wav"
    assert prompts.keys_prompt("18") == english
