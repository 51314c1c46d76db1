"""Whether it is open at a moment, and when that changes.

The clock on the wall decides. An hour that comes twice when clocks are put back counts both times, and one that never
comes when they are put forward is never open. What a call asks needs no file and no table of holidays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ivr.domain.hours.model import Hours, State, Word
from ivr.domain.hours.spans import DAY_MINUTES

LOOK_AHEAD_DAYS = 400
_DAY = timedelta(days=1)
_WINDOW = timedelta(days=7)


class Change(NamedTuple):
    """The first moment (UTC) of another word, and the state then."""

    at: datetime
    state: State


def state_at(hours: Hours, moment: datetime) -> State:
    """The state at a moment, which has a time zone. A span past midnight belongs to the date on which it begins."""
    closure = hours.closure
    if closure is not None and closure.holds_at(moment):
        return State("closed", "by_hand", closure.label)
    # By UTC, since a time of the zone itself stays what it is, even one that its clock never shows.
    local = moment.astimezone(UTC).astimezone(hours.zone)
    today, minute = local.date(), local.hour * 60 + local.minute
    day = hours.day(today)
    if any(span.covers(minute) for span in day.spans):
        return State("open", day.otherwise.reason, day.otherwise.label)
    before = hours.day(today - _DAY)
    if any(span.covers(minute + DAY_MINUTES) for span in before.spans):
        return State("open", before.otherwise.reason, before.otherwise.label)
    return day.otherwise


def next_change(hours: Hours, moment: datetime, to: Word | None = None) -> Change | None:
    """The first change of the word after a moment, or with `to` the first to that word; None: none within
    LOOK_AHEAD_DAYS."""
    now, start = state_at(hours, moment), moment.astimezone(UTC)
    end = start + LOOK_AHEAD_DAYS * _DAY
    while start < end:
        for at in sorted(_turning_points(hours, start, start + _WINDOW)):
            state = state_at(hours, at)
            if state.word != now.word if to is None else state.word == to != now.word:
                return Change(at, state)
        start += _WINDOW
    return None


def _turning_points(hours: Hours, start: datetime, end: datetime) -> set[datetime]:
    """All moments after `start`, up to `end`, at which the state could change."""
    closure = (hours.closure.since, hours.closure.until) if hours.closure is not None else ()
    points = {*_zone_changes(hours.zone, start, end), *(each for each in closure if each is not None)}
    on, last = start.astimezone(hours.zone).date() - 2 * _DAY, end.astimezone(hours.zone).date() + _DAY
    while on <= last:
        for wall in _wall_times(hours, on):
            # Of a time that comes twice both, of one that never comes two that change nothing.
            points |= {wall.replace(tzinfo=hours.zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        on += _DAY
    return {each.astimezone(UTC) for each in points if start < each <= end}


def _wall_times(hours: Hours, on: date) -> Iterator[datetime]:
    midnight = datetime.combine(on, time())
    yield midnight
    for span in hours.day(on).spans:
        yield midnight + timedelta(minutes=span.start)
        yield midnight + timedelta(minutes=span.end)


def _zone_changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The first seconds of another offset between two moments, which no zone changes twice within a day."""
    at = start.replace(microsecond=0)
    while at < end:
        low, high = at, at + _DAY
        at = high
        if _offset(zone, low) == _offset(zone, high):
            continue
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
            low, high = (middle, high) if _offset(zone, middle) == _offset(zone, low) else (low, middle)
        yield high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
