"""Where the sound of a recording begins and ends, and how loud it is: judged by most of it, never by its peak.

A click is louder than any speech, so nothing here is measured from the loudest moment. The *floor* is the level of
the quietest moments (room noise), the *level* what half of the sound exceeds. Before the first and after the last
moment that exceeds the floor there is only room noise; a fade that still goes on there belongs to the sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, oaconvolve

from tts.client.naming import SAMPLE_RATE_HZ

Samples = NDArray[np.float64]

FRAME_MS = 10
HOP_MS = 5
# A filter of 30 ms: a click rings for no longer than that.
_ABOVE_RUMBLE = firwin(241, 150, pass_zero=False, fs=SAMPLE_RATE_HZ)
# The quietest sound: 16-bit samples have nothing below it.
_INAUDIBLE_DBFS = -90.0
_SILENT_BELOW_DBFS = -72.0
# A recording this steady and this quiet is room noise, or a muted microphone.
_STEADY_DB = 8.0
_STEADY_SILENT_BELOW_DBFS = -55.0
_FLOOR_PERCENTILE = 5
_FLOOR_MS = 60
_LEVEL_PERCENTILE = 90
_PEAK_PERCENTILE = 60
_SMALLEST_PEAK = 1 / 32768
# Sound exceeds the floor by this much.
_OUT_OF_FLOOR_DB = 6.0
# Less than the first below the level is sound, however noisy the room; the second below the median is none.
_ALWAYS_SOUND_DB = 20.0
_BELOW_MEDIAN_DB = 50.0
# Room noise less than this below the level may hide the last consonant; this much more is kept then.
_HIDING_DB = 40.0
_HIDDEN_START_MS = 100
_HIDDEN_END_MS = 250
_CLICK_MS = 35
_SHORTER_THAN_BEEPS_MS = 20
_RINGING_MS = 55
_CLICK_DB = 25.0
_ALONE_MS = 300
_FADE_STEP_MS = 100
_FADE_STEP_DB = 0.7


@dataclass(frozen=True)
class MeasuredSound:
    """`first` and `last`: the samples between which there is sound; `level_dbfs`: what its loud tenth exceeds;
    `peak`: the peak that two in five of its moments exceed."""

    first: int
    last: int
    level_dbfs: float
    peak: float


def find_sound(samples: Samples) -> MeasuredSound | None:
    """Measure the sound; None if there is none. The samples must have no DC offset."""
    audible = _without_rumble(samples)
    levels = frame_levels_db(audible)
    floor = _floor_db(audible)
    active = _active(levels, floor)
    if not np.any(active):
        return None
    level = float(np.percentile(levels[active], _LEVEL_PERCENTILE))
    steady = level - floor < _STEADY_DB
    if level < (_STEADY_SILENT_BELOW_DBFS if steady else _SILENT_BELOW_DBFS):
        return None
    faintest = float(np.median(levels[active])) - _BELOW_MEDIAN_DB
    lowest = max(floor + _OUT_OF_FLOOR_DB, faintest, _INAUDIBLE_DBFS)
    threshold = min(lowest, level - _ALWAYS_SOUND_DB)
    # The filter rings where the recording itself is silent.
    peaks = np.maximum(np.max(np.abs(_frames(samples)), axis=1)[active], _SMALLEST_PEAK)
    peaks = peaks[peaks > _SMALLEST_PEAK] if np.any(peaks > _SMALLEST_PEAK) else peaks
    loud = _without_clicks(levels, levels >= threshold, _ALONE_MS)
    first, last = _ends(audible, loud if np.any(loud) else levels >= threshold)
    if floor > max(level - _HIDING_DB, _INAUDIBLE_DBFS):
        first, last = max(0, first - ms(_HIDDEN_START_MS)), min(len(samples), last + ms(_HIDDEN_END_MS))
    return MeasuredSound(first, last, level, float(np.percentile(peaks, _PEAK_PERCENTILE)))


def frame_levels_db(samples: Samples) -> NDArray[np.float64]:
    """RMS of each 10 ms, every 5 ms, in dBFS."""
    return _decibels(np.mean(np.square(_frames(samples)), axis=1))


def ms(duration_ms: int) -> int:
    """Milliseconds as a number of samples."""
    return duration_ms * SAMPLE_RATE_HZ // 1000


def _frames(samples: Samples) -> Any:
    frame = ms(FRAME_MS)
    padded = np.pad(samples, (0, max(0, frame - len(samples))))
    return np.lib.stride_tricks.sliding_window_view(padded, frame)[:: ms(HOP_MS)]


def _decibels(power: Any) -> Any:
    return 10 * np.log10(np.maximum(power, 1e-20))


def _without_rumble(samples: Samples) -> Samples:
    """The samples without hum and rumble, which a telephone does not carry; unchanged if they are all there is."""
    if len(samples) < len(_ABOVE_RUMBLE):
        return samples
    audible = oaconvolve(samples, _ABOVE_RUMBLE, mode="same")
    return audible if np.max(np.abs(audible)) > np.max(np.abs(samples)) / 100 else samples


def _floor_db(audible: Samples) -> float:
    length = ms(_FLOOR_MS)
    if len(audible) < length:
        return float("-inf")
    sums = np.concatenate([[0.0], np.cumsum(np.square(audible))])
    power = (sums[length:] - sums[:-length])[:: ms(HOP_MS)] / length
    return float(np.percentile(_decibels(power), _FLOOR_PERCENTILE))


def _runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The first frame of each unbroken stretch, and the one after its last."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.stack([np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0]], axis=1)


def _active(levels: NDArray[np.float64], floor: float) -> NDArray[np.bool_]:
    """The frames that the level is measured from; short beeps count only if there is nothing longer."""
    audible = levels > _INAUDIBLE_DBFS
    standing_out = audible & (levels > floor + _OUT_OF_FLOOR_DB)
    for chosen, click_ms in ((standing_out, _CLICK_MS), (standing_out, _SHORTER_THAN_BEEPS_MS), (audible, _CLICK_MS)):
        found = _without_clicks(levels, chosen, click_ms=click_ms)
        if np.any(found):
            return found
    return found


def _without_clicks(
    levels: NDArray[np.float64], loud: NDArray[np.bool_], alone_ms: int = 0, click_ms: int = _CLICK_MS
) -> NDArray[np.bool_]:
    """The frames without stretches shorter than a consonant, ringing included, that stand apart from longer ones."""
    runs = _runs(loud)
    clicks = np.array([_is_click(levels[begin:end], click_ms) for begin, end in runs], dtype=bool)
    begins, ends = runs[~clicks, 0], runs[~clicks, 1]
    result = loud.copy()
    for begin, end in runs[clicks]:
        after, before = begins[begins >= end], ends[ends <= begin]
        gaps = [int(after[0] - end)] if len(after) else []
        gaps += [int(begin - before[-1])] if len(before) else []
        if not gaps or min(gaps) * HOP_MS >= alone_ms:
            result[begin:end] = False
    return result


def _is_click(levels: NDArray[np.float64], click_ms: int) -> bool:
    core = np.count_nonzero(levels > np.max(levels) - _CLICK_DB)
    return int(core) * HOP_MS <= click_ms and len(levels) * HOP_MS <= _RINGING_MS


def _ends(audible: Samples, loud: NDArray[np.bool_]) -> tuple[int, int]:
    at = np.nonzero(loud)[0]
    first, last = int(at[0]) * ms(HOP_MS), min(len(audible), int(at[-1]) * ms(HOP_MS) + ms(FRAME_MS))
    return len(audible) - _after_fade(audible[::-1], len(audible) - first), _after_fade(audible, last)


def _after_fade(audible: Samples, last: int) -> int:
    """`last` moved later as long as each tenth of a second is quieter than the one before."""
    step = ms(_FADE_STEP_MS)

    def level(begin: int) -> float:
        return float(_decibels(np.mean(np.square(audible[begin : begin + step]))))

    falling = False
    while last + 2 * step <= len(audible):
        now = level(last)
        falling = now > _INAUDIBLE_DBFS and now - level(last + step) >= _FADE_STEP_DB
        if not falling:
            return last
        last += step
    return len(audible) if falling else last
