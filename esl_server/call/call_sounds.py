"""Sounds that callers left, as files that the switch can play."""

from __future__ import annotations

from collections.abc import Callable

from esl_server.call.sequence import PlayedFile
from ivr.domain.sounds import SOUND
from ivr.storage.disk.recordings import BYTES_PER_MS, HEADER_BYTES, Recordings


def no_thawing(sound: str) -> None:
    """Where nothing is kept beside the recordings of calls under way."""


class CallSounds:
    """`thaw` makes the file of a sound that is kept already, if there is one."""

    def __init__(self, recordings: Recordings, thaw: Callable[[str], None] = no_thawing) -> None:
        self._recordings = recordings
        self._thaw = thaw

    def find(self, sound: str) -> PlayedFile | None:
        """None where there is no such sound. Records do not name its file."""
        if not SOUND.fullmatch(sound):
            return None
        path = self._recordings.find(sound)
        if path is None:
            self._thaw(sound)
            path = self._recordings.find(sound)
        return None if path is None else PlayedFile(path, "", (path.stat().st_size - HEADER_BYTES) // BYTES_PER_MS)
