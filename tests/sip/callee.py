"""Whom we call, for tests: answers, says a person's or a machine's greeting, and keys what it is told to."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable, Iterator

import numpy as np
from aiortp.codecs import get_codec

from tests.sip.agent_phone import SILENCE
from tests.sip.carrier import Carrier
from tests.sip.phone import Message

_RATE, _FRAME = 8000, 160


def spoken(ms: int) -> np.ndarray:
    """As loud as speech, in syllables of a fifth of a second with short breaks."""
    noise = np.random.default_rng(3).normal(0, 2500, ms * _RATE // 1000)
    at_ms = np.arange(len(noise)) * 1000 / _RATE
    return noise * (at_ms % 260 < 200)


def tone(ms: int, hertz: int = 1000) -> np.ndarray:
    return 6000 * np.sin(2 * np.pi * hertz * np.arange(ms * _RATE // 1000) / _RATE)


def quiet(ms: int) -> np.ndarray:
    return np.zeros(ms * _RATE // 1000)


def frames(*sounds: np.ndarray) -> list[bytes]:
    samples = np.concatenate(sounds).astype("<i2").tobytes()
    encoded = get_codec(0).encode(samples)
    return [encoded[at : at + _FRAME].ljust(_FRAME, b"\xff") for at in range(0, len(encoded), _FRAME)]


class Callee(Carrier):
    """`says`: the frames of its greeting, from the answer on; silence behind them. `said_at`: when the last of them
    was sent."""

    def __init__(self, says: Iterable[bytes] = ()) -> None:
        super().__init__()
        self.says = list(says)
        self.said_at: float | None = None
        self._left: Iterator[bytes] = iter(())

    def _take(self, invite: Message) -> None:
        self.said_at, self._left = None, iter(self.says)
        super()._take(invite)

    @property
    def _frame(self) -> bytes:
        if not self.answered.is_set():
            return SILENCE
        frame = next(self._left, None)
        if frame is None:
            self.said_at = self.said_at or time.monotonic()
        return frame or SILENCE

    @_frame.setter
    def _frame(self, frame: bytes) -> None:
        """What a phone says all the time, this one says nothing of."""

    def forget_sound(self) -> None:
        """What has come so far."""
        while select.select([self._rtp], [], [], 0)[0]:
            self._rtp.recv(2048)
