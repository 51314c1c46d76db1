"""A day up to a time of day, and the same weekday a week before: what is compared on the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

HOURS = 24
_WEEK = timedelta(days=7)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DaySoFar:
    """`starts`: the moments (UTC) at which the hours of the day begin, `until` among them, and at last the end of the
    day. `of_clock`: for each but the last the hour on the clock there. `until`: the moment up to which the day
    counts."""

    day: date
    starts: Sequence[datetime]
    of_clock: Sequence[int]
    until: datetime

    def counts(self, place: int) -> bool:
        """Whether what begins at `starts[place]` is before `until`."""
        return self.starts[place] < self.until


def day_so_far(now: datetime, zone: tzinfo) -> tuple[DaySoFar, DaySoFar]:
    """Today in this zone until now, and the same day last week until the same time on the clock."""
    there = now.astimezone(zone)
    before = datetime.combine(there.date() - _WEEK, there.time(), zone)
    return _so_far(there, zone), _so_far(before, zone)


def _so_far(until: datetime, zone: tzinfo) -> DaySoFar:
    day = until.date()
    first, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    until = until.astimezone(UTC)
    starts = {first, until}
    while (first := first + _HOUR) < end:
        starts.add(first)
    hours = sorted(starts)
    return DaySoFar(day, (*hours, end), [each.astimezone(zone).hour for each in hours], until)
