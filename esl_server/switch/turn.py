"""The end of a turn of the loop: every call that could go on has done so, and the process is about to wait.

What calls have to write and to send meanwhile is done here, once for all of them: one write to the journal in place
of one a call, and a far side that is woken once and not for each piece, which costs more than the sending.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from gevent import get_hub

log = logging.getLogger(__name__)

Step: TypeAlias = Callable[[], None]


class Turn:
    """Steps in this order, whoever adds them first: `keep` what must be written before anything is said, `say`, and
    `note` what is true only once it was said."""

    __slots__ = ("_is_due", "_keep", "_loop", "_note", "_say")

    def __init__(self) -> None:
        self._loop: Any = get_hub().loop
        self._is_due = False
        self._keep: list[Step] = []
        self._say: list[Step] = []
        self._note: list[Step] = []

    def keep(self, step: Step) -> None:
        self._keep.append(step)
        self._end_soon()

    def say(self, step: Step) -> None:
        self._say.append(step)
        self._end_soon()

    def note(self, step: Step) -> None:
        self._note.append(step)
        self._end_soon()

    def _end_soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._loop.run_callback(self._end)

    def _end(self) -> None:
        steps = [*self._keep, *self._say, *self._note]
        self._keep, self._say, self._note, self._is_due = [], [], [], False
        for step in steps:
            try:
                step()
            except Exception:
                log.exception("a step of the turn failed")  # the others are other calls'
