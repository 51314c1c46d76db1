"""One frame every 20 ms on every leg that has sound to send, and a count of those that left late.

All legs share one beat: a single timer is cheaper and steadier than one per leg.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from devswitch.media import FRAME_MS

log = logging.getLogger(__name__)

FRAME_S = FRAME_MS / 1000
LATE_S = 0.040
# Frames further behind than this are skipped: sent in a burst they would only be noise.
_GIVE_UP_S = 0.100
_SAY_SO_EVERY_S = 10.0


class Player(Protocol):
    """A leg on the beat. Its methods return False when it has nothing left to send."""

    def send_frame(self) -> bool: ...

    def skip_frame(self) -> bool: ...


class Pacer:
    """The shared beat, which runs only while a leg plays."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.frames = 0
        self.late_frames = 0  # more than LATE_S behind their beat
        self.worst_s = 0.0
        self._loop = loop
        self._players: dict[Player, None] = {}
        self._due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._said_s = float("-inf")
        self._unsaid = 0

    def join(self, player: Player) -> None:
        self._players[player] = None
        if self._timer is None:
            # Keep the beat through short pauses, so that no leg shifts it for the others.
            now_s = self._loop.time()
            beats = max(0, -(-(now_s - self._due_s) // FRAME_S))
            self._due_s += beats * FRAME_S
            self._timer = self._loop.call_at(self._due_s, self._beat)

    def leave(self, player: Player) -> None:
        self._players.pop(player, None)

    def _beat(self) -> None:
        self._timer = None
        while self._players and (late_s := self._loop.time() - self._due_s) >= 0:
            self._one_frame_each(late_s > _GIVE_UP_S)
            self._due_s += FRAME_S
        if self._players:
            self._timer = self._loop.call_at(self._due_s, self._beat)

    def _one_frame_each(self, skip: bool) -> None:
        late = 0
        for player in list(self._players):
            behind_s = self._loop.time() - self._due_s
            self.worst_s = max(self.worst_s, behind_s)
            late += behind_s > LATE_S
            self.frames += 1
            if not (player.skip_frame() if skip else player.send_frame()):
                self._players.pop(player, None)
        if late:
            self._note_late(late)

    def _note_late(self, frames: int) -> None:
        self.late_frames += frames
        self._unsaid += frames
        now_s = self._loop.time()
        if now_s - self._said_s >= _SAY_SO_EVERY_S:
            log.warning(
                "cannot keep up: %d frames of sound left more than %.0f ms late (worst %.0f ms, %d calls playing)",
                self._unsaid,
                LATE_S * 1000,
                self.worst_s * 1000,
                len(self._players),
            )
            self._said_s, self._unsaid = now_s, 0
