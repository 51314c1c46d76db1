"""A file's kind, from its first bytes, and the length that a WAV or AIFF states."""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from tts.server.decoder.sources import Refused

HEAD_BYTES = 4096

# Offset, bytes, FFmpeg's demuxer. The first match counts.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (8, b"AVI ", "avi"),
    (0, b"RIFF", "wav"),
    (0, b"RIFX", "wav"),
    (0, b"RF64", "wav"),
    (0, b"BW64", "wav"),
    (0, b"riff", "w64"),
    (0, b"FORM", "aiff"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    *((4, name, "mov") for name in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"#!AMR", "amr"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"FLV\x01", "flv"),
    (0, b"wvpk", "wv"),
    (0, b"MAC ", "ape"),
    (0, b"TTA1", "tta"),
    (0, b"\x0b\x77", "ac3"),
)
_CHUNKED = {
    (b"RIFF", b"WAVE"): ("<", b"data"),
    (b"RIFX", b"WAVE"): (">", b"data"),
    (b"FORM", b"AIFF"): (">", b"SSND"),
    (b"FORM", b"AIFC"): (">", b"SSND"),
}
# Programs that write to a pipe do not know the length; they leave it at 0 or near one of the two largest numbers.
_STREAMED_FROM = 0x7FFF_0000


def recognise(head: bytes) -> str | None:
    """FFmpeg's name for the container, or None. MP3 and ADTS have no magic but the pattern of a frame's header."""
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return name
    at = _after_id3(head)
    frame = head[at : at + 2] if at < len(head) else b""
    if at and not frame:
        return "mp3"
    if len(frame) == 2 and frame[0] == 0xFF and frame[1] & 0xF6 == 0xF0:
        return "aac"
    if len(frame) == 2 and frame[0] == 0xFF and frame[1] & 0xE0 == 0xE0:
        return "mp3"
    if len(frame) == 2 and frame[0] == 0x56 and frame[1] & 0xE0 == 0xE0:
        return "loas"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpegts"
    return None


def has_magic(head: bytes) -> bool:
    """Whether the first bytes identify the format, whatever the file's name says."""
    return any(len(magic) >= 4 and head[at : at + len(magic)] == magic for at, magic, _ in _MAGIC)


def _after_id3(head: bytes) -> int:
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


@dataclass(frozen=True)
class SampleChunk:
    """The sample chunk of a WAV or AIFF: where its length is stored, the stated length and the real one."""

    length_at: int
    byte_order: str
    promised: int
    there: int
    streamed: bool

    @property
    def cut_short(self) -> bool:
        return self.promised > self.there and not self.streamed


def find_sample_chunk(file: BinaryIO, size: int) -> SampleChunk | None:
    """The sample chunk; None if the file is no WAV or AIFF. Refused if it ends before its samples begin."""
    file.seek(0)
    header = file.read(12)
    byte_order, sample_chunk = _CHUNKED.get((header[:4], header[8:]), ("", b""))
    if not byte_order:
        return None
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{byte_order}4sI", file.read(8))
        position += 8
        if name == sample_chunk:
            there = size - position
            empty = length == 0 and _is_chain(file, position, size, byte_order)
            streamed = length > there if length >= _STREAMED_FROM else length == 0 and not empty
            return SampleChunk(position - 4, byte_order, length, there, streamed)
        position += length + length % 2
    raise Refused("there is no audio in it; the file was cut short")


def _is_chain(file: BinaryIO, position: int, size: int, byte_order: str) -> bool:
    """Whether only whole chunks follow, so that a stated length of 0 is true."""
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{byte_order}4sI", file.read(8))
        if not name.isascii() or not name.decode("ascii").isprintable():
            return False
        position += 8 + length + length % 2
    return position in (size, size + 1)


class Patched(io.RawIOBase):
    """A file that is read with some of its bytes replaced."""

    def __init__(self, file: BinaryIO, at: int, patch: bytes) -> None:
        self._file, self._at, self._patch = file, at, patch

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        begin = self._file.tell()
        content = bytearray(self._file.read(size))
        for index, byte in enumerate(self._patch, self._at - begin):
            if 0 <= index < len(content):
                content[index] = byte
        return bytes(content)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


def with_true_length(file: BinaryIO, chunk: SampleChunk) -> Patched:
    """The same WAV or AIFF with its real length in the header."""
    return Patched(file, chunk.length_at, struct.pack(f"{chunk.byte_order}I", chunk.there))
