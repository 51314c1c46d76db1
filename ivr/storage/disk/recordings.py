"""The switch's recordings as files: `<sound>.wav`, which the switch writes as the caller speaks, and `<sound>.json`,
which says what it is and lies there before the switch begins. So whoever finds the two later needs no process that
knew of them.

The call server makes both files: FreeSWITCH hangs up a caller whose recording it cannot open. In a directory that
only this account lists the switch may be of another account, which opens the file by its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.domain.errors import StorageUnavailable
from ivr.domain.sounds import SOUND, SoundNote, parse_note
from ivr.storage.disk.room import free_bytes

BYTES_PER_MS = 16
HEADER_BYTES = 44
# Left free for records, which matter more.
RESERVE_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A recording on disk. `written_s`: when the switch last wrote, by the clock of files; `size` in bytes."""

    note: SoundNote
    path: Path
    written_s: float
    size: int


class Recordings:
    """The directory, the same path for the switch. `is_shared`: the switch is another account's."""

    def __init__(self, directory: Path, *, is_shared: bool = False) -> None:
        self._directory = directory
        self._mode = 0o666 if is_shared else 0o600

    def path_of(self, sound: str) -> Path:
        """Where the switch writes this sound; ValueError for what is the name of none."""
        if not SOUND.fullmatch(sound):
            raise ValueError(f"{sound[:80]!r} is the name of no sound")
        return self._directory / f"{sound}.wav"

    def begin(self, note: SoundNote, longest_s: int) -> Path:
        """Make the files of a sound that may take so long. Raises StorageUnavailable where there is no room."""
        path = self.path_of(note.sound)
        try:
            if free_bytes(self._directory) < RESERVE_BYTES + 1000 * longest_s * BYTES_PER_MS:
                raise StorageUnavailable(f"{self._directory}: the disk is full")
            _write(path.with_suffix(".json"), json.dumps(note.to_json()).encode(), 0o600)
            _write(path, b"", self._mode)
        except OSError as error:
            raise StorageUnavailable(f"{self._directory}: {error.strerror or error}") from error
        return path

    def find(self, sound: str) -> Path | None:
        """The file of a sound, while it is here and has something in it."""
        with suppress(OSError, ValueError):
            path = self.path_of(sound)
            if path.stat().st_size > HEADER_BYTES:
                return path
        return None

    def milliseconds(self, sound: str) -> int:
        """How much of it is on disk."""
        path = self.find(sound)
        return 0 if path is None else (path.stat().st_size - HEADER_BYTES) // BYTES_PER_MS

    def forget(self, sound: str) -> None:
        """Remove the files of a sound; OSError is nothing to a call."""
        for path in (self.path_of(sound), self.path_of(sound).with_suffix(".json")):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def put_copy(self, sound: str, content: bytes) -> None:
        """Make the file of a sound that is kept already, to be played. OSError."""
        path = self.path_of(sound)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        _write(unfinished, content, self._mode)
        unfinished.replace(path)

    def forget_copies(self, before_s: float) -> None:
        """Remove those that were made before."""
        for path in self._directory.glob("sound_*.wav"):
            with suppress(OSError):
                if not path.with_suffix(".json").exists() and path.stat().st_mtime < before_s:
                    path.unlink()

    def found(self) -> Iterator[Found]:
        """All that there are; a file without its note, or with one that cannot be read, is left alone."""
        for path in sorted(self._directory.glob("sound_*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                note, wav = parse_note(json.loads(path.read_text(encoding="utf-8"))), path.with_suffix(".wav")
                written = wav.stat()
                yield Found(note, wav, written.st_mtime, written.st_size)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and without a sync: it must survive this process, not the machine."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        if mode & 0o066:
            os.fchmod(descriptor, mode)
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
    finally:
        os.close(descriptor)
