from __future__ import annotations

import os
import wave
from pathlib import Path

import pytest

from tts.client.wav_files import find_duration_ms, remove_abandoned, wav_bytes, write_atomically


def test_the_file_is_what_another_reader_takes_for_8_khz_mono_16_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_atomically(path, wav_bytes(bytes(2 * 8000)))
    with wave.open(str(path)) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 8000)
    assert find_duration_ms(path) == 1000


@pytest.mark.parametrize("damage", [b"", b"RIFF", wav_bytes(b""), wav_bytes(bytes(800))[:-1], bytes(1000)])
def test_a_damaged_file_does_not_count_as_there(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(damage)
    assert find_duration_ms(path) is None


def test_a_missing_file_has_no_duration(tmp_path: Path) -> None:
    assert find_duration_ms(tmp_path / "a.wav") is None


def test_a_file_that_cannot_be_written_whole_is_not_written_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    write_atomically(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.wav"]


def test_only_old_temporary_files_are_swept(tmp_path: Path) -> None:
    old, young, prompt = (tmp_path / name for name in (".tts-aa.tmp", ".tts-bb.tmp", "a.wav"))
    for path in (old, young, prompt):
        path.write_bytes(b"")
    os.utime(old, (0, 0))
    os.utime(prompt, (0, 0))
    remove_abandoned(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".tts-bb.tmp", "a.wav"]
