"""The days that the page of calls can be asked for, as the moments between which its calls begin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from admin.http.language import later, t
from admin.http.problems import fault
from ivr.domain.reports.days import day_of, day_starts

TODAY, YESTERDAY, WEEK, MONTH, BETWEEN = "today", "yesterday", "week", "month", "between"
CHOICES = (
    ("", later("any day")),
    (TODAY, later("today")),
    (YESTERDAY, later("yesterday")),
    (WEEK, later("the last 7 days")),
    (MONTH, later("this month")),
    (BETWEEN, later("from … to …")),
)


def moments_of(args: Mapping[str, str], zone: tzinfo, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The first moment of the days chosen and the end of the last; None: no limit. Raises ApiError for the field of a
    day that there is none of."""
    place = zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")
    chosen, today = args.get("days", ""), day_of(now, place)
    match chosen:
        case "today":
            return _within(today, today, place)
        case "yesterday":
            return _within(today - timedelta(days=1), today - timedelta(days=1), place)
        case "week":
            return _within(today - timedelta(days=6), today, place)
        case "month":
            return _within(today.replace(day=1), today, place)
        case "between":
            first, last = _day(args, "from"), _day(args, "to")
            if first and last and last < first:
                raise fault("/query/to", "order", t("the last day is before the first"))
            return _within(first, last, place)
    return None, None


def _day(args: Mapping[str, str], name: str) -> date | None:
    typed = args.get(name, "")
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise fault(f"/query/{name}", "not_a_day", t("choose a day, such as 2026-03-09")) from None


def _within(first: date | None, last: date | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    try:
        return (
            day_starts(first, first, zone)[0].astimezone(UTC) if first else None,
            day_starts(last, last, zone)[-1].astimezone(UTC) if last else None,
        )
    except OverflowError:
        raise fault("/query/from", "not_a_day", t("choose a day, such as 2026-03-09")) from None
