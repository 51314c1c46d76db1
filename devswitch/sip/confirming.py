"""An agent's leg that is to be confirmed after its answer: it hears a file, and presses a key or hears it out.

In SIP's thread. The rules are those of `devswitch.confirm`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping

from devswitch.expand import atoi
from devswitch.media import find_sound
from devswitch.sip.rtp import RtpLeg
from devswitch.sip.sounds import frames_of, silence

_EXEC = "exec"
_FRAME_S = 0.02


class Confirming:
    """`done` is called once: with True when the leg has the call, False when its time is over."""

    def __init__(self, variables: Mapping[str, str], done: Callable[[bool], None]) -> None:
        self._key = variables["group_confirm_key"]
        self._file = variables.get("group_confirm_file", "")
        self._timeout_s = atoi(variables.get("group_confirm_timeout", ""))
        self._pause_s = atoi(variables.get("group_confirm_read_timeout", "")) / 1000 or 5.0
        self._done: Callable[[bool], None] | None = done
        self._rtp: RtpLeg | None = None

    @classmethod
    def of(cls, variables: Mapping[str, str], done: Callable[[bool], None]) -> Confirming | None:
        return cls(variables, done) if "group_confirm_key" in variables else None

    def begin(self, rtp: RtpLeg, payload: int) -> None:
        """The leg was answered."""
        self._rtp = rtp
        loop = asyncio.get_running_loop()
        if self._key == _EXEC:
            frames = list(_frames(self._file.partition(" ")[2], payload))
            rtp.play(iter(frames))
            loop.call_later(len(frames) * _FRAME_S, self._end, True)
            return
        pause = itertools.repeat(silence(payload), round(self._pause_s / _FRAME_S))
        rtp.play(itertools.cycle([*_frames(self._file, payload), *pause]))
        loop.call_later(self._timeout_s, self._end, False)

    def press(self, key: str) -> None:
        if self._rtp is not None and key == self._key:
            self._end(True)

    def stop(self) -> None:
        """The leg is gone."""
        self._done = None

    def _end(self, has_call: bool) -> None:
        done, self._done = self._done, None
        if done is not None and self._rtp is not None:
            self._rtp.stop()
            done(has_call)


def _frames(file: str, payload: int) -> Iterator[bytes]:
    sound = find_sound(file)
    for part in () if sound is None else sound.parts:
        yield from frames_of(part.file, payload)
