"""A telephone line and what can be measured on it: G.711 mu-law there and back, loudness, clipping and silence."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyloudnorm
import soundfile
from numpy.typing import NDArray

RATE_HZ = 8000
_FRAME = RATE_HZ // 100
# A frame this far below the loudest one is silence.
_SILENCE_DB = 40.0
_FULL_SCALE = 0.985

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Level:
    """`lufs`: loudness by ITU-R BS.1770. `clipped`: samples at full scale. `before_ms` and `after_ms`: silence around
    the words."""

    lufs: float
    peak_dbfs: float
    clipped: int
    before_ms: int
    after_ms: int
    speech_s: float


def read_prompt(path: Path) -> Sound:
    """Samples in -1..1 of a prompt as it is played; raises ValueError where it is not one channel at 8 kHz."""
    sound, rate_hz = soundfile.read(path, dtype="float32")
    if rate_hz != RATE_HZ or sound.ndim != 1:
        raise ValueError(f"{path.name} has {rate_hz} Hz and {sound.ndim} channels")
    return np.asarray(sound, dtype=np.float32)


def through_g711(sound: Sound) -> Sound:
    """What the far end of a line hears."""
    line = io.BytesIO()
    soundfile.write(line, sound, RATE_HZ, format="RAW", subtype="ULAW")
    line.seek(0)
    heard, _ = soundfile.read(
        line, dtype="float32", samplerate=RATE_HZ, channels=1, format="RAW", subtype="ULAW"
    )
    return np.asarray(heard, dtype=np.float32)


def level_of(sound: Sound) -> Level:
    """Raises ValueError for less than 0.4 s of sound, of which no loudness is defined."""
    frames = np.abs(sound[: len(sound) // _FRAME * _FRAME]).reshape(-1, _FRAME).max(axis=1)
    loudest = float(frames.max())
    spoken = np.flatnonzero(frames > loudest * 10 ** (-_SILENCE_DB / 20))
    first, last = int(spoken[0]), int(spoken[-1])
    return Level(
        lufs=round(float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound.astype(np.float64))), 1),
        peak_dbfs=round(20 * math.log10(max(loudest, 1e-6)), 1),
        clipped=int((np.abs(sound) >= _FULL_SCALE).sum()),
        before_ms=10 * first,
        after_ms=10 * (len(frames) - 1 - last),
        speech_s=(last - first + 1) / 100,
    )
