"""Sounds that are told apart on the wire: what callers and people say, music, the tone of a recording, prompts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE, FRAME = 8000, 160
SILENCE = b"\xff" * FRAME
# Hertz: what callers say, what people say, hold audio, and the product's own tone before a recording.
CALLER, PERSON, MUSIC, BEEP = 400, 650, 880, 1000
_LOUD = 500
_NEAR_HZ = 30
# What is looked at again and again while a call goes on.
_FRAMES = 1 << 16

Samples = NDArray[np.float64]


def _decoded() -> NDArray[np.float64]:
    values = []
    for byte in range(256):
        inverted = ~byte & 0xFF
        magnitude = ((((inverted & 0x0F) << 3) + 132) << ((inverted & 0x70) >> 4)) - 132
        values.append(-magnitude if inverted & 0x80 else magnitude)
    return np.array(values, dtype=np.float64)


_LINEAR = _decoded()


def decoded(payload: bytes) -> Samples:
    """The samples of G.711 µ-law."""
    return _LINEAR[np.frombuffer(payload, dtype=np.uint8)]


def encoded(sample: int) -> int:
    """G.711 µ-law of one 16-bit sample."""
    sign, loud = (0x80 if sample < 0 else 0), min(abs(sample), 32635) + 132
    exponent = max(loud.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | loud >> exponent + 3 & 15) & 0xFF


def tone(hertz: int, seconds: float = 1.0) -> list[bytes]:
    """Frames of 20 ms."""
    samples = [round(8000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(round(seconds * RATE))]
    sound = bytes(map(encoded, samples))
    return [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]


@lru_cache(_FRAMES)
def pitch(payload: bytes) -> int | None:
    """The frequency of a frame that is one tone, to within 50 Hz; None: silence, or another sound."""
    samples = decoded(payload)
    if len(samples) < FRAME or np.abs(samples).max() < _LOUD:
        return None
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(power.argmax())
    if power[max(0, peak - 2) : peak + 3].sum() < 0.9 * power.sum():
        return None
    return round(peak * RATE / len(samples))


def is_tone(payload: bytes, hertz: int) -> bool:
    found = pitch(payload)
    return found is not None and abs(found - hertz) <= _NEAR_HZ


@lru_cache(_FRAMES)
def is_loud(payload: bytes) -> bool:
    return bool(np.abs(decoded(payload)).max() > _LOUD)


def find(wanted: Samples, heard: Samples, begin: int = 0) -> int | None:
    """Where these samples are heard, from `begin` on; None: nowhere."""
    size = len(wanted)
    heard = heard[begin:]
    if not size or len(heard) < size:
        return None
    length = 1 << (len(heard) + size - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(wanted, length)), length)
    product = product[: len(heard) - size + 1]
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = sums[size:] - sums[:-size]
    scale = np.sqrt(np.maximum(energy, 1.0) * (wanted**2).sum())
    fit = product / np.maximum(scale, 1.0)
    good = np.flatnonzero(fit > 0.8)
    return begin + int(good[0]) if len(good) else None


def loudest_part(samples: Samples, size: int) -> Samples:
    """Of these samples the part of this size that is loudest."""
    if len(samples) <= size:
        return samples
    sums = np.concatenate(([0.0], np.cumsum(samples**2)))
    begin = int((sums[size:] - sums[:-size]).argmax())
    return samples[begin : begin + size]


def joined(payloads: Sequence[bytes]) -> Samples:
    return decoded(b"".join(payloads))
