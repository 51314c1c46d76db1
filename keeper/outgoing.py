"""A few sender threads over an outbox: none of them holds up the thread that claims, nor another receiver's."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Generic, TypeVar

from ivr.domain.errors import StorageError

log = logging.getLogger(__name__)

POLL_S = 0.5
SENDERS = 8
_AWAY_S = 2.0
_COUNT_EVERY_S = 2.0

Due = TypeVar("Due")


class Outgoing(Generic[Due]):
    """`what` is sent, for the log and the threads' names; `claim` takes some that are due, none of busy receivers,
    and `send` sends one without raising. A receiver gets `at_once` of them at a time. `waiting`: the last `count`."""

    def __init__(
        self,
        what: str,
        *,
        claim: Callable[[int, Sequence[str]], list[Due]],
        send: Callable[[Due], None],
        receiver_of: Callable[[Due], str],
        at_once: int,
        count: Callable[[], int],
    ) -> None:
        self._what = what
        self._claim = claim
        self._send = send
        self._receiver_of = receiver_of
        self._at_once = at_once
        self._count = count
        self._landed = Event()
        self.waiting = 0

    def run(self, stopping: Event) -> None:
        """Runs until stopped. What is under way then is left to its thread, and to the next keeper once its lease has
        ended: a keeper that stops waits for no receiver."""
        flying: dict[Thread, str] = {}
        counted_at = float("-inf")
        while not stopping.is_set():
            self._landed.clear()
            flying = {thread: receiver for thread, receiver in flying.items() if thread.is_alive()}
            try:
                self._send_due(flying)
                now = time.monotonic()
                if now - counted_at > _COUNT_EVERY_S:
                    counted_at = now
                    self.waiting = self._count()
            except StorageError as error:
                log.error("%ss wait: %s", self._what, error)
                stopping.wait(_AWAY_S)
            if flying:
                self._landed.wait(POLL_S)
            else:
                stopping.wait(POLL_S)

    def _send_due(self, flying: dict[Thread, str]) -> None:
        free = SENDERS - len(flying)
        if free <= 0:
            return
        busy = [receiver for receiver, count in Counter(flying.values()).items() if count >= self._at_once]
        for due in self._claim(free, busy):
            thread = Thread(target=self._send_one, args=(due,), name=self._what, daemon=True)
            flying[thread] = self._receiver_of(due)
            thread.start()

    def _send_one(self, due: Due) -> None:
        try:
            self._send(due)
        finally:
            self._landed.set()
