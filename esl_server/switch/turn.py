"""Work batched at the end of a turn of the event loop: every call that could continue has done so, and the process
is about to wait.

Doing it once for all calls makes one write to the journal instead of one per call, and one packet instead of one per
piece: waking the peer costs more than sending.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from gevent import get_hub

log = logging.getLogger(__name__)

Step: TypeAlias = Callable[[], None]


class Turn:
    """Runs all `before_send` steps, then all `send` steps, then all `after_send` steps, in whatever order they were
    added. Records that must be on disk before bytes leave are `before_send`; those that are true only once the bytes
    have left are `after_send`."""

    __slots__ = ("_after_send", "_before_send", "_is_due", "_loop", "_send")

    def __init__(self) -> None:
        self._loop: Any = get_hub().loop
        self._is_due = False
        self._before_send: list[Step] = []
        self._send: list[Step] = []
        self._after_send: list[Step] = []

    def before_send(self, step: Step) -> None:
        self._before_send.append(step)
        self._end_soon()

    def send(self, step: Step) -> None:
        self._send.append(step)
        self._end_soon()

    def after_send(self, step: Step) -> None:
        self._after_send.append(step)
        self._end_soon()

    def _end_soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._loop.run_callback(self._end)

    def _end(self) -> None:
        steps = [*self._before_send, *self._send, *self._after_send]
        self._before_send, self._send, self._after_send, self._is_due = [], [], [], False
        for step in steps:
            try:
                step()
            except Exception:
                log.exception("a step of the turn failed")  # the other steps belong to other calls
