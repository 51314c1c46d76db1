"""Opens a bundle that anybody may have made: its directory, the sizes and hashes of its parts, and its sounds.

Only names that a bundle has are taken, each once, as ordinary files and of bounded size, so nothing in it can lead to
a path. Nothing is unpacked to disk, and of the sounds only one is in memory. What the texts say is read elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from ivr.domain.bundles.packing import sounds_in
from ivr.domain.bundles.parts import (
    FORMAT,
    MANIFEST,
    MAX_BYTES,
    MAX_SOUND_S,
    MAX_SOUNDS,
    MAX_TEXT_BYTES,
    SOUND,
    TEXTS,
    InvalidBundle,
    find_sound_ms,
    sound_part,
)
from ivr.domain.problems import Problem, pointer

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_PARTS = MAX_SOUNDS + len(TEXTS) + 1
# The record at the end of a ZIP file without a comment; before it a file of 4 GB and more has another one.
_END_BYTES, _END, _BIG_END = 22, b"PK\x05\x06", b"PK\x06\x07"
_LOCATOR_BYTES = 20
# Each part has 46 bytes there, its name, and what packers write beside it.
_MAX_DIRECTORY_BYTES = _MAX_PARTS * 256
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MAX_SOUND_BYTES = 44 + MAX_SOUND_S * 16_000
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError, ValueError)


@dataclass(frozen=True)
class OpenBundle:
    """`texts`: the menu, the prompts and the tests as they are written; `lengths_ms`: of each sound, by its
    SHA-256."""

    texts: Mapping[str, bytes]
    lengths_ms: Mapping[str, int]
    _archive: zipfile.ZipFile

    def sound(self, sha256: str) -> bytes:
        """The content of a sound, which has this hash."""
        return _read(self._archive, self._archive.getinfo(sound_part(sha256)))


@contextmanager
def open_bundle(file: IO[bytes]) -> Iterator[OpenBundle]:
    """Raises InvalidBundle."""
    _check_end(file)
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        raise _refused("", "not_a_bundle", "this is no ZIP file that can be read") from None
    with archive:
        entries = _entries(archive)
        hashes = _manifest(_read(archive, entries.pop(MANIFEST)))
        problems = list(_differences(entries, hashes))
        if problems:
            raise InvalidBundle(*problems)
        texts = {name: _checked(archive, entries[name], hashes[name]) for name in TEXTS}
        lengths_ms = {sha256: _length_ms(archive, entries, hashes, sha256) for sha256 in sounds_in(hashes)}
        yield OpenBundle(texts, lengths_ms, archive)


def _check_end(file: IO[bytes]) -> None:
    """The end of the file bounds its directory, before it is read."""
    size = file.seek(0, 2)
    if size > MAX_BYTES:
        raise _refused("", "bundle_too_large", f"a bundle may have {MAX_BYTES:,} bytes; this has {size:,}")
    file.seek(max(0, size - _END_BYTES - _LOCATOR_BYTES))
    tail = file.read()
    end = tail[-_END_BYTES:]
    if len(end) < _END_BYTES or not end.startswith(_END) or tail[:-_END_BYTES].startswith(_BIG_END):
        text = "this is not a bundle, which is a ZIP file; download the menu's bundle again"
        raise _refused("", "not_a_bundle", text)
    if int.from_bytes(end[12:16], "little") > _MAX_DIRECTORY_BYTES:
        raise _refused("", "too_many_parts", f"a bundle has at most {MAX_SOUNDS:,} sounds; this has more")


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    problems = []
    for entry in archive.infolist():
        fault, name = _fault_of(entry), _shown(entry.filename)
        if fault is None and entry.filename in entries:
            fault = "is in the file twice"
        if fault is not None:
            problems.append(Problem(pointer(name), "part_refused", f"{name} {fault}"))
        entries[entry.filename] = entry
    if not problems and sum(entry.file_size for entry in entries.values()) > MAX_BYTES:
        problems.append(Problem("", "bundle_too_large", f"its parts have more than {MAX_BYTES:,} bytes"))
    if len(entries) > _MAX_PARTS:
        problems = [Problem("", "too_many_parts", f"a bundle has at most {MAX_SOUNDS:,} sounds; this has more")]
    if not problems and MANIFEST not in entries:
        problems.append(Problem("", "not_a_bundle", f"there is no {MANIFEST} in it, so it is no bundle of a menu"))
    if problems:
        raise InvalidBundle(*problems)
    return entries


def _fault_of(entry: zipfile.ZipInfo) -> str | None:
    mode = entry.external_attr >> 16
    is_sound = SOUND.fullmatch(entry.filename) is not None
    # The name as it lies in the file: zipfile cuts it at a zero byte.
    if entry.orig_filename != entry.filename or not (is_sound or entry.filename in (MANIFEST, *TEXTS)):
        return "is no part of a bundle"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is no ordinary file"
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        return "is encrypted, or packed in a way that bundles are not"
    most = _MAX_SOUND_BYTES if is_sound else MAX_TEXT_BYTES
    if entry.file_size > most:
        return f"has {entry.file_size:,} bytes; it may have {most:,}"
    return None


def _manifest(raw: bytes) -> dict[str, str]:
    """The hashes of the parts."""
    try:
        manifest: Any = json.loads(raw)
    except (ValueError, RecursionError):
        raise _refused(MANIFEST, "broken_manifest", f"{MANIFEST} is not JSON") from None
    written = manifest.get("format") if isinstance(manifest, dict) else None
    if type(written) is not int:
        raise _refused(MANIFEST, "broken_manifest", f"{MANIFEST} does not say its format")
    if written > FORMAT:
        text = "this bundle was made by a later release of Digitree; update this one"
        raise _refused(MANIFEST, "newer_bundle", text)
    parts = manifest.get("parts") if written == FORMAT else None
    if not isinstance(parts, dict) or not all(_SHA256.fullmatch(str(each)) for each in parts.values()):
        raise _refused(MANIFEST, "broken_manifest", f"{MANIFEST} does not list the parts with their hashes")
    return parts


def _differences(entries: Mapping[str, zipfile.ZipInfo], hashes: Mapping[str, str]) -> Iterator[Problem]:
    for name in sorted({*TEXTS, *hashes} - {*entries}):
        yield Problem(pointer(_shown(name)), "part_missing", f"{_shown(name)} is missing")
    for name in sorted({*entries} - {*hashes}):
        yield Problem(pointer(name), "part_not_listed", f"{name} is not listed in {MANIFEST}")


def _checked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, sha256: str) -> bytes:
    content = _read(archive, entry)
    if hashlib.sha256(content).hexdigest() != sha256:
        text = f"{entry.filename} was changed since the bundle was made: its hash is another one"
        raise _refused(entry.filename, "wrong_hash", text)
    return content


def _length_ms(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], hashes: Mapping[str, str], sha256: str
) -> int:
    name = sound_part(sha256)
    if hashes[name] != sha256:
        raise _refused(name, "wrong_hash", f"{name} is not named by its hash")
    length_ms = find_sound_ms(_checked(archive, entries[name], sha256))
    if length_ms is None:
        text = f"{name} is not a sound as prompts are: WAV, 8 kHz, mono, 16 bit, up to {MAX_SOUND_S} seconds"
        raise _refused(name, "not_a_sound", text)
    return length_ms


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(entry)
    except _BROKEN:
        text = f"{entry.filename} cannot be unpacked: the file is damaged"
        raise _refused(entry.filename, "part_broken", text) from None


def _refused(part: str, code: str, message: str) -> InvalidBundle:
    return InvalidBundle(Problem(pointer(part) if part else "", code, message))


def _shown(name: str) -> str:
    """Of a name that is no part of a bundle, what can be shown."""
    return "".join(each if each.isprintable() else "?" for each in name[:100])
