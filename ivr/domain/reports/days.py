"""Days of a time zone as moments: where each begins, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Ten years.
MAX_DAYS = 3700


def day_starts(first: date, last: date, zone: ZoneInfo) -> Sequence[datetime]:
    """The moments (UTC) at which the days from `first` to `last` begin there, and at last the end of `last`.

    A day begins with its first moment: where a change of the clocks takes midnight away, when they have changed;
    where midnight comes twice, the first time. Raises OverflowError at the ends of the calendar.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    return [datetime.combine(day, time(), zone).astimezone(UTC) for day in days]


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day that it is there."""
    return moment.astimezone(zone).date()
