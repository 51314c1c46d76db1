"""Recordings, good and hostile, made on the spot; and what a test wants to know of a prompt."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pyloudnorm
import soundfile
from numpy.typing import NDArray

RATE_HZ = 44_100


def tone(duration_s: float = 1.5, rate_hz: int = RATE_HZ, channels: int = 2) -> NDArray[np.float64]:
    """A tone that comes and goes, as syllables do."""
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    mono = 0.3 * np.sin(2 * np.pi * 440 * time_s) * (1.2 + np.sin(20 * time_s)) / 2.2
    return np.stack([mono] * channels, axis=1)


def encode(
    container: str,
    subtype: str | None = None,
    samples: NDArray[np.float64] | None = None,
    rate_hz: int = RATE_HZ,
) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone() if samples is None else samples, rate_hz, format=container, subtype=subtype)
    return file.getvalue()


def wav_claiming(data_bytes: int) -> bytes:
    """A WAV of 1.5 s whose header claims another length."""
    file = bytearray(encode("WAV"))
    file[40:44] = struct.pack("<I", data_bytes)
    return bytes(file)


def two_hours_of_flac(length_known: bool = True) -> bytes:
    """Silence packs to some 180 kB; the length can be taken out of the header."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, format="FLAC") as sound:
        for _ in range(720):
            sound.write(np.zeros(80_000, dtype="int16"))
    content = bytearray(file.getvalue())
    if not length_known:
        content[21] &= 0xF0
        content[22:26] = bytes(4)
    return bytes(content)


def read_prompt(path: Path) -> NDArray[np.float64]:
    """Samples of a prompt file, after its format has been checked with a reader that is not ours."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0


def lufs(samples: NDArray[np.float64]) -> float:
    return float(pyloudnorm.Meter(8000).integrated_loudness(samples))


def peak_dbfs(samples: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.max(np.abs(samples))))
