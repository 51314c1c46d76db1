"""Prompt files on disk: 8 kHz, mono, 16-bit PCM WAV, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import struct
import time
from pathlib import Path

from ivr.storage.disk.prompt_files import mode_in
from tts.client.naming import SAMPLE_RATE_HZ

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_TEMPORARY_PREFIX = ".tts-"
_ABANDONED_AFTER_S = 600


def wav_bytes(pcm: bytes) -> bytes:
    """A WAV file around 16-bit little-endian samples."""
    return _header(len(pcm)) + pcm


def _header(data_bytes: int) -> bytes:
    byte_rate = 2 * SAMPLE_RATE_HZ
    form = (b"fmt ", 16, 1, 1, SAMPLE_RATE_HZ, byte_rate, 2, 16)
    return _HEADER.pack(b"RIFF", 36 + data_bytes, b"WAVE", *form, b"data", data_bytes)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file so that a reader sees the old or the new one, even after a power cut. OSError if that fails."""
    temporary = path.with_name(f"{_TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode_in(path.parent))
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def find_duration_ms(path: Path) -> int | None:
    """Duration of a prompt file; None if it is missing, cut short, or not in our format."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return None
    data_bytes = size - _HEADER.size
    if data_bytes <= 0 or header != _header(data_bytes):
        return None
    return data_bytes * 1000 // (2 * SAMPLE_RATE_HZ)


def remove_abandoned(directory: Path) -> None:
    """Delete temporary files of a killed process; recent ones may still be in use."""
    for path in directory.glob(f"{_TEMPORARY_PREFIX}*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_AFTER_S:
                path.unlink()
