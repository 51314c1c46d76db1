"""The sound of a talk of several legs: each hears all the others. In SIP's thread."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator

import numpy as np
from aiortp.codecs import get_codec

from devswitch.media import FRAME_SAMPLES
from devswitch.sip.rtp import RtpLeg
from devswitch.sip.sounds import frames_of

# Packets that wait for their turn: a hundred milliseconds.
_WAITING = 5
_LINEAR = 0
_QUIET = np.zeros(FRAME_SAMPLES, dtype="<i4")


class Mixer:
    """One talk; its legs are in it from `add` to `remove`."""

    def __init__(self) -> None:
        # By who hears and who speaks.
        self._heard: dict[RtpLeg, dict[RtpLeg, deque[np.ndarray]]] = {}
        self._announced: dict[RtpLeg, deque[np.ndarray]] = {}

    def add(self, leg: RtpLeg) -> None:
        if leg in self._heard or leg.media is None:
            return
        for speakers in self._heard.values():
            speakers[leg] = deque(maxlen=_WAITING)
        self._heard[leg] = {other: deque(maxlen=_WAITING) for other in self._heard}
        self._announced[leg] = deque()
        leg.on_mixed = lambda sound, payload: self._take(leg, sound, payload)
        leg.stop()
        leg.play(self._frames(leg, leg.media.payload))

    def remove(self, leg: RtpLeg) -> None:
        if self._heard.pop(leg, None) is None:
            return
        del self._announced[leg]
        leg.on_mixed = None
        leg.stop()
        for speakers in self._heard.values():
            speakers.pop(leg, None)
        for other in list(self._heard) if len(self._heard) == 1 else ():
            self.remove(other)

    def announce(self, sound: str) -> None:
        """Have all hear this."""
        frames = [_samples(each, _LINEAR) for each in frames_of(sound, _LINEAR)]
        for queue in self._announced.values():
            queue.extend(frames)

    def _take(self, leg: RtpLeg, sound: bytes, payload: int) -> None:
        samples = _samples(sound[:FRAME_SAMPLES], payload)
        for listener, speakers in self._heard.items():
            if listener is not leg and leg in speakers and len(samples) == FRAME_SAMPLES:
                speakers[leg].append(samples)

    def _frames(self, leg: RtpLeg, payload: int) -> Iterator[bytes]:
        for _ in itertools.count():
            total = _QUIET
            for queue in (*self._heard.get(leg, {}).values(), self._announced.get(leg, deque())):
                if queue:
                    total = total + queue.popleft()
            yield bytes(get_codec(payload).encode(np.clip(total, -32768, 32767).astype("<i2").tobytes()))


def _samples(sound: bytes, payload: int) -> np.ndarray:
    return np.frombuffer(get_codec(payload).decode(sound), dtype="<i2").astype("<i4")
