"""Sounds as FLAC, and as WAV again. libsndfile only ever reads what was written here: a WAV of the switch is read by
its header alone, which a switch that was killed has not completed."""

from __future__ import annotations

import os
import struct
from typing import Any, BinaryIO, NamedTuple, cast

FLAC, WAV = "audio/flac", "audio/wav"
_CHUNK = struct.Struct("<4sI")
_PCM, _EXTENSIBLE = 1, 0xFFFE


class Samples(NamedTuple):
    """16-bit samples, interleaved."""

    rate: int
    channels: int
    data: bytes

    @property
    def milliseconds(self) -> int:
        return len(self.data) // (2 * self.channels) * 1000 // self.rate


def read_wav(content: bytes) -> Samples | None:
    """The sound of a WAV file with 16 bits; the sizes in a header that was never completed do not count. None: there
    is none."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    at, form = 12, None
    while at + _CHUNK.size <= len(content):
        name, size = _CHUNK.unpack_from(content, at)
        at += _CHUNK.size
        if name == b"data":
            there = len(content) - at
            # 0: the writer was killed; a file that goes on behind its sound has a size that fits.
            return None if form is None else _cut(form, content[at : at + (size if 0 < size <= there else there)])
        if name == b"fmt " and size >= 16:
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", content, at)
            form = (rate, channels) if kind in (_PCM, _EXTENSIBLE) and bits == 16 and channels and rate else None
        at += size + (size & 1)
    return None


def _cut(form: tuple[int, int], data: bytes) -> Samples | None:
    rate, channels = form
    whole = len(data) - len(data) % (2 * channels)
    return Samples(rate, channels, data[:whole]) if whole else None


def to_flac(samples: Samples) -> bytes:
    """Loads libsndfile when it is first called."""
    import numpy as np
    import soundfile

    shaped: Any = np.frombuffer(samples.data, dtype="<i2").reshape(-1, samples.channels)
    with _in_memory() as file:
        soundfile.write(file.fileno(), shaped, samples.rate, format="FLAC", subtype="PCM_16", closefd=False)
        file.seek(0)
        return file.read()


def from_flac(content: bytes) -> Samples:
    """Of `to_flac`."""
    import soundfile

    with _in_memory() as file:
        file.write(content)
        file.flush()
        file.seek(0)
        data, rate = soundfile.read(file.fileno(), dtype="int16", always_2d=True, closefd=False)
    return Samples(rate, data.shape[1], data.astype("<i2").tobytes())


def _in_memory() -> BinaryIO:
    """A file that is nowhere on disk. With Python's own objects libsndfile would call back, for which memory must be
    writable and executable at once, as no unit of ours may have it."""
    return cast("BinaryIO", os.fdopen(os.memfd_create("sound"), "w+b"))


def to_wav(samples: Samples) -> bytes:
    width = 2 * samples.channels
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + len(samples.data), b"WAVE", b"fmt ", 16, _PCM, samples.channels, samples.rate),
        *(samples.rate * width, width, 16, b"data", len(samples.data)),
    )
    return head + samples.data


def seconds_of_flac(content: bytes) -> float:
    """The length that a FLAC tells in its first block (RFC 9639, 8.2); 0 where it does not."""
    if content[:4] != b"fLaC" or len(content) < 26:
        return 0.0
    packed = int.from_bytes(content[18:26], "big")
    rate, samples = packed >> 44, packed & ((1 << 36) - 1)
    return samples / rate if rate else 0.0
