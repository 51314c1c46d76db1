"""What "today so far" and "the same day last week until the same time" mean, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr.domain.reports.so_far import day_so_far

PHOENIX, BERLIN = ZoneInfo("America/Phoenix"), ZoneInfo("Europe/Berlin")


def test_last_week_is_compared_until_the_same_time_on_the_clock() -> None:
    # Berlin's clocks were put back on October 25, 2026, so the same time was an hour earlier in UTC.
    today, week_ago = day_so_far(datetime(2026, 10, 28, 9, 30, tzinfo=UTC), BERLIN)
    assert (today.day.isoformat(), week_ago.day.isoformat()) == ("2026-10-28", "2026-10-21")
    assert week_ago.until == datetime(2026, 10, 21, 8, 30, tzinfo=UTC)
    assert today.starts[0] == datetime(2026, 10, 27, 23, tzinfo=UTC)


def test_what_began_after_that_time_last_week_is_in_the_days_hours_but_does_not_count() -> None:
    _, week_ago = day_so_far(datetime(2026, 3, 9, 19, 15, tzinfo=UTC), PHOENIX)
    counted = [week_ago.of_clock[place] for place in range(len(week_ago.of_clock)) if week_ago.counts(place)]
    assert counted == list(range(13)), "12:15 splits its hour: what began before it counts"
    assert week_ago.of_clock[len(counted)] == 12
    assert week_ago.starts[-1] - week_ago.starts[0] == timedelta(days=1)


@pytest.mark.parametrize(("day", "hours"), [(29, 23), (25, 25)])
def test_a_day_of_changed_clocks_has_all_its_hours(day: int, hours: int) -> None:
    month = 3 if day == 29 else 10
    today, _ = day_so_far(datetime(2026, month, day, 0, 0, tzinfo=BERLIN), BERLIN)
    assert len(today.of_clock) == hours
    assert today.starts[-1] - today.starts[0] == timedelta(hours=hours)
    assert today.of_clock.count(2) == hours - 23
