"""Mono at the telephone's rate, block by block, and whether the channels cancel each other when they are added."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr

from tts.server.decoder.sources import Limits, Refused, Source, Warnings

_LOOK_FRAMES = 1024
_SILENT_POWER = 1e-8
# Relative to the power that uncorrelated channels would have when mixed.
_CANCELLED_SHARE = 0.25
# The share of the sound that may be weakened like this before one channel alone is better.
_CANCELLED_TIME = 0.1
_LARGEST_SAMPLE = 1e6


def mono(source: Source, limits: Limits, warnings: Warnings) -> Any:
    """The recording as mono samples; of channels in antiphase only one is used. Refused gives the reason."""
    mixdown = Mixdown(limits)
    for rate_hz, block in source.blocks(warnings):
        mixdown.feed(rate_hz, block)
    channel = mixdown.better_channel()
    if channel is not None:
        mixdown = Mixdown(limits, channel)
        for rate_hz, block in source.blocks(Warnings()):
            mixdown.feed(rate_hz, block)
        warnings.add("antiphase", "its channels cancel each other out when they are mixed; one of them is taken")
    return mixdown.finish()


class Mixdown:
    """One reading: all channels mixed, or only `channel`."""

    def __init__(self, limits: Limits, channel: int | None = None) -> None:
        self._limits, self._channel = limits, channel
        self._stream: Any = None
        self._rate_hz = 0
        self._seconds = 0.0
        self._pieces: list[Any] = []
        self._active = self._cancelled = 0
        self._loudest = np.zeros(limits.max_channels, dtype=np.int64)

    def feed(self, rate_hz: int, block: Any) -> None:
        self._seconds += len(block) / rate_hz
        self._limits.check_duration(self._seconds)
        block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
        block = np.clip(block, -_LARGEST_SAMPLE, _LARGEST_SAMPLE)
        if rate_hz != self._rate_hz:
            self._flush()
            self._stream = soxr.ResampleStream(rate_hz, self._limits.rate_hz, 1, dtype="float32", quality="VHQ")
            self._rate_hz = rate_hz
        if self._channel is not None:
            mixed = np.ascontiguousarray(block[:, min(self._channel, block.shape[1] - 1)])
        else:
            mixed = block.mean(axis=1)
            if block.shape[1] > 1:
                self._compare(block)
        self._pieces.append(self._stream.resample_chunk(mixed))

    def better_channel(self) -> int | None:
        """The channel to use alone, if mixing weakens much of the sound."""
        if not self._active or self._cancelled < _CANCELLED_TIME * self._active:
            return None
        return int(np.argmax(self._loudest))

    def finish(self) -> Any:
        self._flush()
        if not self._seconds:
            raise Refused("there is no audio in it")
        return np.concatenate(self._pieces)

    def _flush(self) -> None:
        if self._stream is not None:
            self._pieces.append(self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True))

    def _compare(self, block: Any) -> None:
        looks = max(1, len(block) // _LOOK_FRAMES)
        length = len(block) // looks
        parts = block[: looks * length].reshape(looks, length, block.shape[1]).astype(np.float64)
        power = np.mean(np.square(parts), axis=1)
        mixed = np.mean(np.square(parts.mean(axis=2)), axis=1)
        active = power.max(axis=1) > _SILENT_POWER
        unrelated = power.sum(axis=1) / block.shape[1] ** 2
        self._active += int(np.count_nonzero(active))
        self._cancelled += int(np.count_nonzero(active & (mixed < _CANCELLED_SHARE * unrelated)))
        self._loudest += np.bincount(np.argmax(power[active], axis=1), minlength=len(self._loudest))
