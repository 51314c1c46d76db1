"""The file around a backup: bytes in frames, each checked by itself, encrypted when there is a passphrase.

    DIGITREE-BACKUP\\n
    {"format": 1, "made_at": ..., "made_by": ..., "encryption": null or {...}}\\n
    frames: 4 bytes (highest bit: the last frame; the rest: length), then as many bytes

With a passphrase a frame is AES-256-GCM under a key that scrypt (RFC 7914) makes of the passphrase and the file's
salt; its nonce is the frame's number and whether it is the last one. Without one it ends with a SHA-256 over the
same. Both cover the header, so that a frame that was changed, moved, left out or cut off is found before it is used.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ivr.settings import SetupError

MAGIC = b"DIGITREE-BACKUP\n"
FORMAT = 1
FRAME_BYTES = 1 << 20
_LAST = 1 << 31
_LONGEST_HEADER = 4096
_CHECK_BYTES = 32
# 128 MiB and half a second for each guess.
_SCRYPT = {"n": 1 << 17, "r": 8, "p": 1}


class _Frames(Protocol):
    def seal(self, number: int, last: bool, data: bytes) -> bytes: ...

    def open(self, number: int, last: bool, sealed: bytes) -> bytes | None: ...


class _Encrypted:
    def __init__(self, header: bytes, passphrase: str, salt: bytes) -> None:
        self._header = header
        self._cipher = AESGCM(Scrypt(salt=salt, length=32, **_SCRYPT).derive(passphrase.encode()))

    def seal(self, number: int, last: bool, data: bytes) -> bytes:
        return self._cipher.encrypt(_place(number, last), data, self._header)

    def open(self, number: int, last: bool, sealed: bytes) -> bytes | None:
        try:
            return self._cipher.decrypt(_place(number, last), sealed, self._header)
        except (InvalidTag, ValueError):
            return None


class _Checked:
    def __init__(self, header: bytes) -> None:
        self._header = header

    def seal(self, number: int, last: bool, data: bytes) -> bytes:
        return data + self._check(number, last, data)

    def open(self, number: int, last: bool, sealed: bytes) -> bytes | None:
        data, check = sealed[:-_CHECK_BYTES], sealed[-_CHECK_BYTES:]
        return data if hmac.compare_digest(check, self._check(number, last, data)) else None

    def _check(self, number: int, last: bool, data: bytes) -> bytes:
        return hashlib.sha256(hashlib.sha256(self._header).digest() + _place(number, last) + data).digest()


def _place(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealingWriter:
    """Takes bytes by `write`; the file is whole only after `close`."""

    def __init__(self, out: BinaryIO, *, made_at: str, made_by: str, passphrase: str | None) -> None:
        self._out = out
        salt = os.urandom(16)
        encryption = {"cipher": "AES-256-GCM", "kdf": "scrypt", **_SCRYPT, "salt": salt.hex()} if passphrase else None
        document = {"format": FORMAT, "made_at": made_at, "made_by": made_by, "encryption": encryption}
        header = MAGIC + json.dumps(document).encode("ascii") + b"\n"
        out.write(header)
        self._frames: _Frames = _Encrypted(header, passphrase, salt) if passphrase else _Checked(header)
        self._number = 0
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > FRAME_BYTES:
            self._put(bytes(self._waiting[:FRAME_BYTES]), last=False)
            del self._waiting[:FRAME_BYTES]
        return len(data)

    def close(self) -> None:
        """Write the last frame. The file underneath stays open."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, data: bytes, *, last: bool) -> None:
        sealed = self._frames.seal(self._number, last, data)
        self._out.write((len(sealed) | (_LAST if last else 0)).to_bytes(4, "big") + sealed)
        self._number += 1


class Header:
    """The beginning of a backup file. `made_at` is ISO 8601, `made_by` a release. SetupError for any other file."""

    def __init__(self, file: BinaryIO) -> None:
        if file.read(len(MAGIC)) != MAGIC:
            raise SetupError("this file is not a backup of Digitree")
        line = file.readline(_LONGEST_HEADER)
        document = _object(line)
        if document.get("format") != FORMAT:
            what = f"this backup has the format {document.get('format')}, and this release reads {FORMAT}"
            raise SetupError(f"{what}: restore it with the release that made it ({document.get('made_by')})")
        self.raw = MAGIC + line
        self.made_at, self.made_by = str(document.get("made_at")), str(document.get("made_by"))
        self.encryption: dict[str, Any] | None = document.get("encryption")

    def frames(self, passphrase: str | None) -> _Frames:
        if self.encryption is None:
            return _Checked(self.raw)
        if not passphrase:
            raise SetupError("this backup is encrypted: give its passphrase")
        if {name: self.encryption.get(name) for name in _SCRYPT} != _SCRYPT:
            raise SetupError("the beginning of this backup was changed")
        return _Encrypted(self.raw, passphrase, bytes.fromhex(str(self.encryption.get("salt"))))


def _object(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SetupError("the beginning of this backup is damaged")
    return document


class SealedReader:
    """Gives the bytes back by `read`, only such as were checked. SetupError says what is wrong with the file."""

    def __init__(self, file: BinaryIO, passphrase: str | None) -> None:
        header = Header(file)
        self._chunks = _chunks(file, header.frames(passphrase), encrypted=header.encryption is not None)
        self._waiting = b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; fewer only at the end."""
        parts, wanted = [], size
        while wanted:
            if not self._waiting:
                self._waiting = next(self._chunks, b"")
                if not self._waiting:
                    break
            part, self._waiting = self._waiting[:wanted], self._waiting[wanted:]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def drain(self) -> None:
        """Check what is left of the file."""
        for _ in self._chunks:
            pass


def _chunks(file: BinaryIO, frames: _Frames, *, encrypted: bool) -> Iterator[bytes]:
    number, last = 0, False
    while not last:
        head = file.read(4)
        length = int.from_bytes(head, "big")
        last, length = bool(length & _LAST), length & ~_LAST
        if len(head) < 4 or length > FRAME_BYTES + _CHECK_BYTES:
            raise SetupError(f"this backup was cut off or damaged after {number} MiB")
        sealed = file.read(length)
        if len(sealed) < length:
            raise SetupError(f"this backup was cut off after {number} MiB")
        data = frames.open(number, last, sealed)
        if data is None and number == 0 and encrypted:
            raise SetupError("the passphrase does not open this backup (or its beginning was changed)")
        if data is None:
            raise SetupError(f"this backup is damaged: what comes after {number} MiB was changed")
        number += 1
        if data:
            yield data
    if file.read(1):
        raise SetupError("this backup has something behind its end: it was changed")
