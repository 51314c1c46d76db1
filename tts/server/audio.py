"""A model's samples made into a telephone prompt: 8 kHz, mono, one loudness, no clipping; some of it serves
recordings, too.

Pure: arrays in, arrays out. Samples are float64 between -1 and 1 until the last step. Loudness is ITU-R
BS.1770 (LUFS); the level is what keeps five prompts of a menu from being five volumes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyloudnorm
import soxr
from numpy.typing import NDArray

from tts.client.naming import SAMPLE_RATE_HZ
from tts.server.sound_level import FRAME_MS, HOP_MS, Samples, frame_levels_db, ms

TARGET_LUFS = -19.0
PEAK_CEILING = 10 ** (-1 / 20)  # -1 dBFS
EDGE_MS = 50
# Single words that are joined to a sentence: the join must not be longer than a breath between words.
FRAGMENT_EDGE_MS = 15

_SILENCE_DBFS = -60.0
_GATING_BLOCK_S = 0.4
_LIMITER_LOOKAHEAD_MS = 5
_FADE_MS = 4
# A model's silence is 75 dB below its loudest 10 ms and its f, at telephone bandwidth, 55: "five" must not become
# "ive".
_ONSET_DB = 60.0
_OFFSET_DB = 45.0


class SilentAudio(ValueError):
    """There is nothing to hear in it."""


def resample(samples: NDArray[Any], rate_hz: int) -> Samples:
    """Mono samples at `rate_hz` as mono samples at 8 kHz."""
    wide = np.asarray(samples, dtype=np.float64)
    return wide if rate_hz == SAMPLE_RATE_HZ else soxr.resample(wide, rate_hz, SAMPLE_RATE_HZ, quality="VHQ")


def make_prompt(samples: NDArray[Any], edge_ms: int = EDGE_MS) -> NDArray[np.int16]:
    """16-bit samples of a prompt from a model's mono samples at 8 kHz; SilentAudio if there is no sound.

    The result has `edge_ms` before and after the sound.
    """
    sound = np.asarray(samples, dtype=np.float64)
    peak = float(np.max(np.abs(sound))) if sound.size else 0.0
    if not math.isfinite(peak) or peak < _db_to_ratio(_SILENCE_DBFS):
        raise SilentAudio("there is no sound in it")
    sound = trim_silence(sound - np.median(sound), edge_ms)
    return as_pcm(fade_edges(set_loudness(sound, edge_ms)))


def as_pcm(samples: Samples) -> NDArray[np.int16]:
    """16-bit samples that last whole milliseconds, so that a duration in milliseconds is exact."""
    whole = np.pad(samples, (0, -len(samples) % (SAMPLE_RATE_HZ // 1000)))
    return np.round(whole * 32767.0).astype(np.int16)


def trim_silence(samples: Samples, edge_ms: int) -> Samples:
    """A model's sound with exactly `edge_ms` before and after it; where there was less, silence is added."""
    frame, hop = ms(FRAME_MS), ms(HOP_MS)
    level = frame_levels_db(samples)
    loudest = float(np.max(level))
    if loudest < _SILENCE_DBFS:
        raise SilentAudio("there is no sound in it")
    edge = ms(edge_ms)
    first = int(np.nonzero(level >= loudest - _ONSET_DB)[0][0]) * hop - edge
    last = int(np.nonzero(level >= loudest - _OFFSET_DB)[0][-1]) * hop + frame + edge
    return cut_with_edges(samples, first, last)


def cut_with_edges(samples: Samples, first: int, last: int) -> Samples:
    """The samples from `first` to `last`, with silence where they lie outside."""
    inner = samples[max(0, first) : min(len(samples), last)]
    return np.pad(inner, (max(0, -first), max(0, last - len(samples))))


def measure_lufs(samples: Samples) -> float:
    """Integrated loudness. A clip shorter than the gating block of 400 ms is measured as one block of its
    own length: silence added to fill a block would count as part of the word."""
    block_s = min(_GATING_BLOCK_S, len(samples) / SAMPLE_RATE_HZ)
    if block_s * SAMPLE_RATE_HZ > len(samples):
        # The quotient was rounded up, and a block longer than the clip is refused.
        block_s = math.nextafter(block_s, 0.0)
    meter = pyloudnorm.Meter(SAMPLE_RATE_HZ, block_size=block_s)
    return float(meter.integrated_loudness(samples))


def set_loudness(samples: Samples, edge_ms: int = 0) -> Samples:
    """At TARGET_LUFS with no sample above -1 dBFS. The edges are not measured: a word would be made louder
    than a sentence by as much as they are longer in proportion.

    The limiter takes some loudness away with the peaks, so the level is set again after it; what cannot
    be had so in three rounds (clicks over silence) stays quieter rather than distorted.
    """
    edge = ms(edge_ms)
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


def limit_peaks(samples: Samples, ceiling: float = PEAK_CEILING) -> Samples:
    """No sample above the ceiling, by lowering the gain around each peak, not by cutting it off.

    The gain a peak needs is taken 5 ms ahead and held 5 ms after it, then smoothed over the same span: the
    smoothed gain is a mean of values none of which is higher than the peak allows.
    """
    reach = ms(_LIMITER_LOOKAHEAD_MS)
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(samples), 1e-12))
    if float(np.min(needed)) >= 1.0:
        return samples
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(needed, 2 * reach, mode="edge"), 2 * reach + 1)
    held = np.min(windows, axis=1)
    weights = np.hanning(2 * reach + 3)[1:-1]
    gain = np.convolve(held, weights / np.sum(weights), mode="valid")
    return samples * np.minimum(gain, needed)


def fade_edges(samples: Samples) -> Samples:
    """Without a click where the prompt begins and ends."""
    length = min(ms(_FADE_MS), len(samples) // 2)
    ramp = np.linspace(0.0, 1.0, length)
    result = samples.copy()
    result[:length] *= ramp
    result[len(result) - length :] *= ramp[::-1]
    return result


def silence(duration_ms: int) -> Samples:
    return np.zeros(ms(duration_ms))


def _db_to_ratio(db: float) -> float:
    return float(10 ** (db / 20))
