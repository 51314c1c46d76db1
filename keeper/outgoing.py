"""A few sender threads over an outbox: none of them holds up the thread that claims, nor another receiver's."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, NamedTuple, TypeVar

from ivr.domain.channels.message import MessageState
from ivr.domain.errors import StorageError
from ivr.storage.postgres.outbox import DueMessage, Outbox

log = logging.getLogger(__name__)

POLL_S = 0.5
SENDERS = 8
_AWAY_S = 2.0
_COUNT_EVERY_S = 2.0

Due = TypeVar("Due", bound=DueMessage)


class Attempt(NamedTuple):
    """What came of one: the state after it, and why the receiver did not take the message."""

    state: MessageState
    failure: str | int | None


class Outgoing(Generic[Due]):
    """`what` is sent, for the log and the threads' names; `attempt` sends one and settles it. `waiting`: the last
    count. `last_s`: for so long what is under way may come to its end when it stops. `counters`: attempts by result
    (delivered, failed, dead, not_sent)."""

    def __init__(
        self, what: str, outbox: Outbox[Due], attempt: Callable[[Due], Attempt], *, last_s: float = 0.0
    ) -> None:
        self._last_s = last_s
        self._what = what
        self._outbox = outbox
        self._attempt = attempt
        self._landed = Event()
        self.waiting = 0
        self.counters: Counter[str] = Counter()

    def run(self, stopping: Event) -> None:
        """Runs until stopped. What is under way `last_s` later is left to its thread, and to the next keeper once its
        lease has ended: a keeper that stops waits for no receiver."""
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
                    self.waiting = self._outbox.waiting()
            except StorageError as error:
                log.error("%ss wait: %s", self._what, error)
                stopping.wait(_AWAY_S)
            if flying:
                self._landed.wait(POLL_S)
            else:
                stopping.wait(POLL_S)
        until = time.monotonic() + self._last_s
        for thread in flying:
            thread.join(max(0.0, until - time.monotonic()))

    def _send_due(self, flying: dict[Thread, str]) -> None:
        free = SENDERS - len(flying)
        if free <= 0:
            return
        under_way = Counter(flying.values())
        busy = [receiver for receiver, count in under_way.items() if count >= self._outbox.at_once]
        for due in self._outbox.claim(free, busy):
            thread = Thread(target=self._send, args=(due,), name=self._what, daemon=True)
            flying[thread] = due.receiver
            thread.start()

    def _send(self, due: Due) -> None:
        sent = f"{self._what} {due.message_id} to {due.receiver}"
        try:
            state, failure = self._attempt(due)
            self.counters["failed" if state == "waiting" else state] += 1
            if state == "dead":
                log.warning("%s is dead after %d attempts: %s", sent, due.attempts, failure)
        except StorageError as error:
            log.error("%s: %s", sent, error)  # its lease ends, then it is tried again
        except Exception:
            log.exception("%s could not be sent", sent)
        finally:
            self._landed.set()
