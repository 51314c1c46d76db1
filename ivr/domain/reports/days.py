"""Days of a time zone as moments: where each begins, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Ten years.
MAX_DAYS = 3700
_BEGIN, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_MIDDLE = 5000


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


def span(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments (UTC) between which these days lie, the second excluded; the ends of the calendar stand for what
    lies beyond them."""
    return _begin(first, zone), _begin(last + timedelta(days=1), zone) if last < date.max else _END


def _begin(day: date, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return _BEGIN if day.year < _MIDDLE else _END


def whole_utc_days(begin: datetime, end: datetime) -> tuple[date, date] | None:
    """The first and the last day of UTC that lie between these moments whole; None where none does."""
    midnight = begin.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.date() if midnight == begin else midnight.date() + timedelta(days=1)
    last = end.astimezone(UTC).date() - timedelta(days=1)
    return (first, last) if first <= last else None


def edges_of(begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """What is left between these moments beside `whole_utc_days`: none, one or two spans."""
    whole = whole_utc_days(begin, end)
    if whole is None:
        return [(begin, end)] if begin < end else []
    first, last = (datetime.combine(day, time(), UTC) for day in whole)
    spans = (begin, first), (last + timedelta(days=1), end)
    return [(since, until) for since, until in spans if since < until]
