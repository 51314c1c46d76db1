"""Kept sounds on disk: FLAC, encrypted, one file for each content, and a second name of that file for each sound.

    sounds/<two digits>/<SHA-256 of the FLAC>    the content
    sounds/names/<sound>                         the same file

So a sound is found without a database, and a content goes with its last name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ivr.domain.errors import StorageFull, StorageUnavailable
from ivr.domain.sounds import SOUND
from ivr.ports.sounds import KeptSound
from ivr.storage.disk.room import is_no_room
from ivr.storage.sound_codec import FLAC, seconds_of_flac


class BytesSealer(Protocol):
    """Encrypts and decrypts bytes (ivr.secrets)."""

    def seal(self, content: bytes) -> bytes: ...

    def find(self, sealed: bytes) -> bytes | None:
        """None: it was sealed with another secret, or changed."""


class KeptSounds:
    """A SoundReader, and its writer."""

    def __init__(self, directory: Path, sealer: BytesSealer) -> None:
        self._directory = directory
        self._sealer = sealer

    def keep(self, sound: str, flac: bytes) -> str:
        """Keep it under this name, durably; the hash of the content. Raises StorageFull, StorageUnavailable."""
        digest = hashlib.sha256(flac).hexdigest()
        path, name = self._path(digest), self._name(sound)
        try:
            for each in (path.parent, name.parent):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                self._write(path, self._sealer.seal(flac))
            fresh = name.with_name(f".{sound}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            os.link(path, fresh)
            self._forget(name)
            fresh.replace(name)
            _sync_directory(name.parent)
        except OSError as error:
            kind = StorageFull if is_no_room(error) else StorageUnavailable
            raise kind(f"{self._directory}: {error.strerror or error}") from error
        return digest

    def read(self, sound: str) -> KeptSound | None:
        """None where there is no such sound, or it cannot be decrypted."""
        try:
            sealed = self._name(sound).read_bytes()
        except (OSError, ValueError):
            return None
        content = self._sealer.find(sealed)
        return None if content is None else KeptSound(content, FLAC, seconds_of_flac(content))

    def has(self, sound: str) -> bool:
        with suppress(ValueError):
            return self._name(sound).exists()
        return False

    def old_names(self, before_s: float) -> Iterator[str]:
        """The sounds whose content was written before."""
        for path in (self._directory / "names").glob("sound_*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before_s:
                    yield path.name

    def forget(self, sound: str) -> None:
        """Remove it; one that is not there is gone already."""
        self._forget(self._name(sound))

    def _forget(self, name: Path) -> None:
        """The content goes with its last name."""
        with suppress(FileNotFoundError):
            is_last = name.stat().st_nlink <= 2
            content = self._sealer.find(name.read_bytes()) if is_last else None
            if content is not None:
                self._path(hashlib.sha256(content).hexdigest()).unlink(missing_ok=True)
            name.unlink()

    def _path(self, digest: str) -> Path:
        return self._directory / digest[:2] / digest

    def _name(self, sound: str) -> Path:
        if not SOUND.fullmatch(sound):
            raise ValueError(f"{sound[:80]!r} is the name of no sound")
        return self._directory / "names" / sound

    def _write(self, path: Path, content: bytes) -> None:
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
