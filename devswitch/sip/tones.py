"""Keys that come as tones in the sound itself (ITU-T Q.23, Q.24), by the Goertzel algorithm. Pure.

Used only if the other side did not negotiate telephone-event, as in our FreeSWITCH dialplan.
"""

from __future__ import annotations

import numpy as np

from devswitch.media import SAMPLE_RATE

# 12.75 ms: the shortest key, 40 ms, fills two blocks wherever it begins.
_BLOCK = 102
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
_TURNS = np.exp(-2j * np.pi * np.outer((*_ROWS, *_COLUMNS), np.arange(_BLOCK)) / SAMPLE_RATE)
_LEAST_ENERGY = _BLOCK * 200.0**2
# The least share of a block's energy that the two tones have; speech spreads wider.
_LEAST_SHARE = 0.8
_ABOVE_NEIGHBOURS = 6.3  # 8 dB
_HIGH_OVER_LOW, _LOW_OVER_HIGH = 4.0, 8.0  # 6 dB and 9 dB of twist
_HITS, _MISSES = 2, 2


class ToneKeys:
    """A detector, fed with 16-bit samples in any pieces; yields each key once, after its second block."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.float64)
        self._candidate = ""
        self._hits = 0
        self._held = ""
        self._misses = 0

    def feed(self, pcm: bytes) -> str:
        """The keys detected in these samples, mostly none."""
        samples = np.concatenate([self._rest, np.frombuffer(pcm, dtype="<i2").astype(np.float64)])
        count = len(samples) // _BLOCK
        self._rest = samples[count * _BLOCK :]
        blocks = samples[: count * _BLOCK].reshape(count, _BLOCK)
        return "".join(self._next(find_key(block)) for block in blocks)

    def _next(self, key: str) -> str:
        if self._held:
            self._misses = 0 if key == self._held else self._misses + 1
            if self._misses >= _MISSES:
                self._held = ""
        self._hits = self._hits + 1 if key and key == self._candidate else int(bool(key))
        self._candidate = key
        if key and key != self._held and self._hits >= _HITS:
            self._held, self._misses = key, 0
            return key
        return ""


def find_key(block: np.ndarray) -> str:
    """The key whose two tones fill the block, or nothing."""
    energy = float(block @ block)
    if energy < _LEAST_ENERGY:
        return ""
    power = np.abs(_TURNS @ block) ** 2
    rows, columns = power[:4], power[4:]
    row, column = int(rows.argmax()), int(columns.argmax())
    low, high = float(rows[row]), float(columns[column])
    if (low + high) / (energy * _BLOCK / 2) < _LEAST_SHARE:
        return ""
    if high > _HIGH_OVER_LOW * low or low > _LOW_OVER_HIGH * high:
        return ""
    if _stands_out(rows, row) and _stands_out(columns, column):
        return _KEYS[row][column]
    return ""


def _stands_out(powers: np.ndarray, best: int) -> bool:
    return bool(powers[best] > _ABOVE_NEIGHBOURS * np.delete(powers, best).max())
