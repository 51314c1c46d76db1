"""Files that a caller hears one after the other, played by one command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from esl_server.switch import commands
from ivr.domain.call_records import BESIDE
from ivr.domain.menu.published import PromptFile


class PlayedFile(NamedTuple):
    """`path` is FreeSWITCH's, `file` what records name it, below the prompt directory; empty: they do not."""

    path: Path
    file: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class PlayedSequence:
    """`path` is what FreeSWITCH is told to play, `file` what records name it: its files joined by BESIDE.
    `duration_ms` includes the silence before the first of several. Of a prompt that says variables `heard` is the
    text with their values, and `left_out` the variables whose sentences could not be said."""

    path: str
    file: str
    duration_ms: int
    heard: str | None = None
    left_out: tuple[str, ...] = ()

    @property
    def pieces(self) -> int:
        """How many files it has."""
        return commands.count_files(self.path)

    @property
    def playback(self) -> bytes:
        return commands.playback(self.path)

    @property
    def uncut_playback(self) -> bytes:
        """No key ends it, and none is lost."""
        return commands.uncut_playback(self.path)


def in_sequence(
    files: Sequence[PlayedFile], heard: str | None = None, left_out: tuple[str, ...] = ()
) -> PlayedSequence | None:
    """None where there are no files. Raises EslCommandRefused for a path that is not fit for FreeSWITCH."""
    if not files:
        return None
    path = commands.in_sequence([str(each.path) for each in files])
    told = recorded([PromptFile(each.file, each.duration_ms) for each in files])
    return PlayedSequence(path, *told, heard, left_out)


def recorded(files: Sequence[PromptFile]) -> tuple[str, int]:
    """What a record says of files in sequence, at least one: their names, and the milliseconds they take."""
    lead_ms = commands.SEQUENCE_LEAD_MS if files[1:] else 0
    return BESIDE.join(each.file for each in files if each.file), lead_ms + sum(each.duration_ms for each in files)
