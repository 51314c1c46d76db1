"""Days of a time zone as moments: where each begins, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

UTC_NAME = "UTC"
# Ten years.
MAX_DAYS = 3700


def find_zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of this name, such as `America/New_York`."""
    return ZoneInfo(name) if name in _names() else None


def zone_names() -> list[str]:
    """All names that `find_zone` knows, sorted."""
    return sorted(_names())


@cache
def _names() -> frozenset[str]:
    # The machine's own zone may lie beside them.
    return frozenset(available_timezones() - {"localtime"})


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
