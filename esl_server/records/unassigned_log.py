"""Log lines about calls to numbers that no menu has: a number is named once, and scanners cannot fill the log."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

log = logging.getLogger(__name__)

_AGAIN_S = 3600.0
_MINUTE_S = 60.0
_LINES_A_MINUTE = 10
_REMEMBERED = 1024


class UnassignedLog:
    """A line for a number dialled, at most once an hour for each and ten a minute in all; each line says how many
    calls went without one since the last."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._named_s: OrderedDict[str, float] = OrderedDict()
        self._minute_s = float("-inf")
        self._lines = 0
        self._left_out = 0

    def note(self, call_id: str, dialled: str, why: str) -> None:
        """`dialled` as received, printable; `why` nobody has it."""
        now_s = self._now_s()
        if now_s - self._minute_s >= _MINUTE_S:
            self._minute_s, self._lines = now_s, 0
        if self._lines >= _LINES_A_MINUTE or now_s - self._named_s.get(dialled, float("-inf")) < _AGAIN_S:
            self._left_out += 1
            return
        self._named_s[dialled] = now_s
        self._named_s.move_to_end(dialled)
        if len(self._named_s) > _REMEMBERED:
            self._named_s.popitem(last=False)
        self._lines += 1
        more = f" ({self._left_out} other calls to such numbers were not logged)" if self._left_out else ""
        self._left_out = 0
        log.warning("%s: 404 for %r: %s%s", call_id, dialled, why, more)
