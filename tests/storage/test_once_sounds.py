"""Sounds for one call: under names that nobody can compute, gone with their call, swept when a process died."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ivr.domain.menu.published import ONCE_FILE, PROMPT_FILE
from ivr.storage.disk.once_sounds import OnceSounds
from ivr.storage.disk.prompt_files import PromptFiles


def test_the_name_of_a_sound_for_one_call_says_nothing_of_it(tmp_path: Path) -> None:
    sounds = OnceSounds(tmp_path)
    kept = [sounds.keep(b"\1\0" * 8000) for _ in range(2)]
    assert {each.duration_ms for each in kept} == {1000}
    assert len({each.file for each in kept}) == 2
    for each in kept:
        assert ONCE_FILE.fullmatch(each.file)
        assert not PROMPT_FILE.fullmatch(each.file)
        assert each.in_records == ""
        assert PromptFiles(tmp_path).read(each.file) == b"\1\0" * 8000
        sounds.delete(each.file)
        sounds.delete(each.file)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["a" * 32 + ".wav", "../once-" + "a" * 32 + ".wav", "system/goodbye.wav", ""])
def test_nothing_else_is_deleted(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        OnceSounds(tmp_path).delete(name)


def test_what_a_process_that_died_left_lying_is_swept(tmp_path: Path) -> None:
    sounds = OnceSounds(tmp_path)
    left, now = (tmp_path / sounds.keep(b"\0\0").file for _ in range(2))
    names = (f".{left.name}.12-ab", "a" * 32 + ".wav", "once-upon.wav")
    unfinished, menu, other = (tmp_path / name for name in names)
    for each in (unfinished, menu, other):
        each.write_bytes(b"")
    for each in (left, unfinished, menu, other):
        os.utime(each, (time.time() - 700,) * 2)
    assert sounds.sweep(600) == 2
    assert {*tmp_path.iterdir()} == {now, menu, other}
