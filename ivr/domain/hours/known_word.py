"""The word of hours for many calls, worked out once a minute.

The word changes with a minute of the clock on the wall, or when a closure by hand begins or ends. No zone has changed
its offset within a minute of that clock since 1972.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf

from ivr.domain.hours.model import Hours, Word
from ivr.domain.hours.state import state_at

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_MINUTE_MS = 60_000


class KnownWord:
    """Of these hours, which never change: others get a word of their own. `given`: the word at this moment, whatever
    the time is."""

    __slots__ = ("_from_ms", "_hours", "_until_ms", "_word")

    def __init__(self, hours: Hours, given: datetime | None = None) -> None:
        self._hours = hours
        self._word: Word = "closed" if given is None else state_at(hours, given).word
        # From when, and up to when, it is known: epoch milliseconds.
        self._from_ms, self._until_ms = 0.0, 0.0 if given is None else inf

    def at(self, moment_ms: int) -> Word:
        """The word at this moment, in epoch milliseconds."""
        if not self._from_ms <= moment_ms < self._until_ms:
            self._work_out(moment_ms)
        return self._word

    def _work_out(self, moment_ms: int) -> None:
        moment = _EPOCH + moment_ms * _MS
        self._word = state_at(self._hours, moment).word
        wall = moment.astimezone(self._hours.zone)
        ends = [moment_ms + _MINUTE_MS - wall.second * 1000 - wall.microsecond // 1000]
        closure = self._hours.closure
        if closure is not None:
            bounds = (closure.since, closure.until)
            ends += [-((_EPOCH - each) // _MS) for each in bounds if each is not None and each > moment]
        self._from_ms, self._until_ms = moment_ms, min(ends)
