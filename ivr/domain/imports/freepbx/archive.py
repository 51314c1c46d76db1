"""The archive of a backup: the documents of its modules, and its recordings.

Nothing is written to a disk. An archive that is made to do harm is refused: names that lead out of it, links, more
members or bytes than a backup of menus has.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ivr.domain.imports.freepbx.settings import MODULES
from ivr.domain.imports.report import NotReadable

MAX_ARCHIVE_BYTES = 64_000_000
_MOST_UNPACKED = 400_000_000
_MOST_MEMBERS = 20_000
_LONGEST_DOCUMENT = 16_000_000
_LONGEST_SOUND = 16_000_000
_MOST_SOUNDS = 64_000_000
_MAGIC_OF_TAR = slice(257, 262), b"ustar"
_GZIP = b"\x1f\x8b"
_SOUND = re.compile(r"(?:^|/)sounds/((?:[a-z]{2}(?:_[A-Z]{2})?/)?custom/.+\.(?:wav|mp3))", re.ASCII)
_INSIDE = re.compile(r".+\.(?:tar\.gz|tgz|tar)", re.ASCII)
_BROKEN = "this archive is broken, or cut off: make the backup again"


@dataclass(slots=True)
class Backup:
    """`modules`: documents by the name of their module; `sounds`: by their paths below the folder of sounds."""

    modules: dict[str, Any] = field(default_factory=dict)
    sounds: dict[str, bytes] = field(default_factory=dict)


def is_archive(content: bytes) -> bool:
    """Whether this is an archive of tar, compressed or not."""
    where, magic = _MAGIC_OF_TAR
    return content.startswith(_GZIP) or content[where] == magic


def open_backup(content: bytes) -> Backup:
    """What of the backup menus need; where the archive has another one inside instead, that one's. Raises
    NotReadable."""
    if len(content) > MAX_ARCHIVE_BYTES:
        raise NotReadable(f"this archive has {len(content):,} bytes; {MAX_ARCHIVE_BYTES:,} are read at most")
    backup, inside = _open(content)
    if not backup.modules and inside is not None:
        backup, _ = _open(inside)
    if not backup.modules:
        raise NotReadable(
            "there is no modulejson/Ivr.json in this archive: a backup of FreePBX 15 or later has one if its modules "
            "include IVR"
        )
    return backup


def _open(content: bytes) -> tuple[Backup, bytes | None]:
    raw: Any = io.BytesIO(content)
    bounded: Any = _Bounded(gzip.GzipFile(fileobj=raw) if content.startswith(_GZIP) else raw)
    try:
        with tarfile.open(fileobj=bounded, mode="r:") as archive:
            return _read_members(archive)
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError):
        raise NotReadable(_BROKEN) from None


def _read_members(archive: tarfile.TarFile) -> tuple[Backup, bytes | None]:
    backup, inside = Backup(), None
    kept = 0
    for number, member in enumerate(archive, 1):
        _refuse_harm(member, number)
        path = PurePosixPath(member.name)
        sound = _SOUND.search(member.name)
        if path.parent.name == "modulejson" and path.suffix == ".json" and path.stem in MODULES:
            backup.modules[path.stem] = _document(member, archive)
        elif sound and member.size <= _LONGEST_SOUND and kept + member.size <= _MOST_SOUNDS:
            backup.sounds[sound[1]] = _content(member, archive)
            kept += member.size
        elif inside is None and _INSIDE.fullmatch(path.name) and member.size <= MAX_ARCHIVE_BYTES:
            inside = _content(member, archive)
    return backup, inside


def _refuse_harm(member: tarfile.TarInfo, number: int) -> None:
    if number > _MOST_MEMBERS:
        raise NotReadable(f"this archive has more than {_MOST_MEMBERS:,} files: back up the modules alone")
    if member.name.startswith("/") or ".." in PurePosixPath(member.name).parts:
        raise NotReadable(f"this archive has a file that lies outside of it, {member.name[:100]!r}: it is not read")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise NotReadable(f"this archive has a link or a device, {member.name[:100]!r}: it is not read")


def _document(member: tarfile.TarInfo, archive: tarfile.TarFile) -> Any:
    if member.size > _LONGEST_DOCUMENT:
        raise NotReadable(f"{member.name} has {member.size:,} bytes; {_LONGEST_DOCUMENT:,} are read at most")
    try:
        return json.loads(_content(member, archive))
    except (ValueError, RecursionError):
        raise NotReadable(f"{member.name} in this archive is no JSON") from None


def _content(member: tarfile.TarInfo, archive: tarfile.TarFile) -> bytes:
    found = archive.extractfile(member)
    return found.read() if found is not None else b""


class _Bounded:
    """A file that is read so far and in such pieces as a backup needs."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MAX_ARCHIVE_BYTES:
            raise NotReadable("a part of this archive is larger than any of a backup")
        self._refuse_beyond(self.file.tell() + size)
        found: bytes = self.file.read(size)
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._refuse_beyond(offset)
        place: int = self.file.seek(offset, whence)
        return place

    def tell(self) -> int:
        place: int = self.file.tell()
        return place

    def _refuse_beyond(self, place: int) -> None:
        if place > _MOST_UNPACKED:
            what = f"this archive unpacks to more than {_MOST_UNPACKED:,} bytes"
            raise NotReadable(f"{what}: back up the modules alone")
