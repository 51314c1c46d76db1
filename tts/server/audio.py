"""From whatever a model or a recording gives to a telephone prompt: 8 kHz, mono, one loudness, no clipping.

Pure: arrays in, arrays out. Samples are float64 between -1 and 1 until the last step. Loudness is ITU-R
BS.1770 (LUFS); the level is what keeps five prompts of a menu from being five volumes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyloudnorm
import soxr
from numpy.typing import NDArray

from tts.client.naming import SAMPLE_RATE_HZ

Samples = NDArray[np.float64]

TARGET_LUFS = -19.0
PEAK_CEILING = 10 ** (-1 / 20)  # -1 dBFS
EDGE_MS = 50
# Single words that are joined to a sentence: the join must not be longer than a breath between words.
FRAGMENT_EDGE_MS = 15

_FRAME_MS = 10
_HOP_MS = 5
_SILENCE_DBFS = -60.0
_GATING_BLOCK_S = 0.4
_LIMITER_LOOKAHEAD_MS = 5
_FADE_MS = 4


@dataclass(frozen=True)
class Hearing:
    """How far below the loudest 10 ms a sound may be and still count, where it begins and where it ends."""

    onset_db: float
    offset_db: float


# A model's silence is 75 dB down and its f, at telephone bandwidth, 55: "five" must not become "ive".
SYNTHETIC = Hearing(onset_db=60.0, offset_db=45.0)
# A recording's room is seldom more than 45 dB down.
RECORDED = Hearing(onset_db=40.0, offset_db=40.0)


class SilentAudio(ValueError):
    """There is nothing to hear in it."""


def resample(samples: NDArray[Any], rate_hz: int) -> Samples:
    """Mono samples at `rate_hz` as mono samples at 8 kHz."""
    wide = np.asarray(samples, dtype=np.float64)
    return wide if rate_hz == SAMPLE_RATE_HZ else soxr.resample(wide, rate_hz, SAMPLE_RATE_HZ, quality="VHQ")


def make_prompt(samples: NDArray[Any], hearing: Hearing, edge_ms: int = EDGE_MS) -> NDArray[np.int16]:
    """16-bit samples of a prompt from mono samples at 8 kHz of any level; SilentAudio if there is no sound.

    The result has `edge_ms` before and after the sound and lasts whole milliseconds, so that a duration in
    milliseconds is exact.
    """
    sound = np.asarray(samples, dtype=np.float64)
    peak = float(np.max(np.abs(sound))) if sound.size else 0.0
    if not math.isfinite(peak) or peak < _db_to_ratio(_SILENCE_DBFS):
        raise SilentAudio("there is no sound in it")
    # Recordings can carry an offset, which is no sound but would count as such. Its measure is the median:
    # the mean of speech is not zero, and taking it away would put an offset into the silence.
    sound = trim_silence(sound - np.median(sound), hearing, edge_ms)
    sound = fade_edges(set_loudness(sound, edge_ms))
    sound = np.pad(sound, (0, -len(sound) % (SAMPLE_RATE_HZ // 1000)))
    return np.round(sound * 32767.0).astype(np.int16)


def trim_silence(samples: Samples, hearing: Hearing, edge_ms: int) -> Samples:
    """The sound with exactly `edge_ms` before and after it; where there was less, silence is added."""
    frame, hop = _ms(_FRAME_MS), _ms(_HOP_MS)
    padded = np.pad(samples, (0, max(0, frame - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[::hop]
    level = np.sqrt(np.mean(np.square(frames), axis=1))
    loudest = float(np.max(level))
    if loudest < _db_to_ratio(_SILENCE_DBFS):
        raise SilentAudio("there is no sound in it")
    edge = _ms(edge_ms)
    first = int(np.nonzero(level >= loudest * _db_to_ratio(-hearing.onset_db))[0][0]) * hop - edge
    last = int(np.nonzero(level >= loudest * _db_to_ratio(-hearing.offset_db))[0][-1]) * hop + frame + edge
    inner = samples[max(0, first) : min(len(samples), last)]
    return np.pad(inner, (max(0, -first), max(0, last - len(samples))))


def measure_lufs(samples: Samples) -> float:
    """Integrated loudness. A clip shorter than the gating block of 400 ms is measured as one block of its
    own length: silence added to fill a block would count as part of the word."""
    block_s = min(_GATING_BLOCK_S, len(samples) / SAMPLE_RATE_HZ)
    meter = pyloudnorm.Meter(SAMPLE_RATE_HZ, block_size=block_s)
    return float(meter.integrated_loudness(samples))


def set_loudness(samples: Samples, edge_ms: int = 0) -> Samples:
    """At TARGET_LUFS with no sample above -1 dBFS. The edges are not measured: a word would be made louder
    than a sentence by as much as they are longer in proportion.

    The limiter takes some loudness away with the peaks, so the level is set again after it; what cannot
    be had so in three rounds (clicks over silence) stays quieter rather than distorted.
    """
    edge = _ms(edge_ms)
    sounding = slice(edge, len(samples) - edge)
    loudness = measure_lufs(samples[sounding])
    if not math.isfinite(loudness):
        raise SilentAudio("there is no sound in it")
    gain = _db_to_ratio(TARGET_LUFS - loudness)
    result = limit_peaks(samples * gain)
    for _ in range(2):
        shortfall_db = TARGET_LUFS - measure_lufs(result[sounding])
        if shortfall_db < 0.1:
            break
        gain *= _db_to_ratio(shortfall_db)
        result = limit_peaks(samples * gain)
    return result


def limit_peaks(samples: Samples) -> Samples:
    """No sample above -1 dBFS, by lowering the gain around each peak, not by cutting it off.

    The gain a peak needs is taken 5 ms ahead and held 5 ms after it, then smoothed over the same span: the
    smoothed gain is a mean of values none of which is higher than the peak allows.
    """
    reach = _ms(_LIMITER_LOOKAHEAD_MS)
    needed = np.minimum(1.0, PEAK_CEILING / np.maximum(np.abs(samples), 1e-12))
    if float(np.min(needed)) >= 1.0:
        return samples
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(needed, 2 * reach, mode="edge"), 2 * reach + 1)
    held = np.min(windows, axis=1)
    weights = np.hanning(2 * reach + 3)[1:-1]
    gain = np.convolve(held, weights / np.sum(weights), mode="valid")
    return samples * np.minimum(gain, needed)


def fade_edges(samples: Samples) -> Samples:
    """Without a click where the prompt begins and ends."""
    length = min(_ms(_FADE_MS), len(samples) // 2)
    ramp = np.linspace(0.0, 1.0, length)
    result = samples.copy()
    result[:length] *= ramp
    result[len(result) - length :] *= ramp[::-1]
    return result


def silence(duration_ms: int) -> Samples:
    return np.zeros(_ms(duration_ms))


def _ms(duration_ms: int) -> int:
    return duration_ms * SAMPLE_RATE_HZ // 1000


def _db_to_ratio(db: float) -> float:
    return float(10 ** (db / 20))
