"""Days of time zones: each moment belongs to exactly one, whatever the clocks do."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.reports.days import day_of, day_starts, edges_of, span, whole_utc_days
from ivr.domain.time_zones import find_zone, zone_names

ZONES = (
    "America/New_York", "America/Phoenix", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
    "America/Havana", "Asia/Beirut", "Europe/London", "Pacific/Chatham", "UTC",
)  # fmt: skip

HOURS = [
    ("America/New_York", date(2026, 3, 8), 23),  # the clocks go forward at two
    ("America/New_York", date(2026, 11, 1), 25),
    ("America/New_York", date(2026, 3, 9), 24),
    ("America/Phoenix", date(2026, 3, 8), 24),  # they never do
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),  # by half an hour
    ("America/Havana", date(2026, 3, 8), 23),  # midnight does not come
    ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
    ("Pacific/Apia", date(2011, 12, 30), 0),  # a day that was left out
]


@pytest.mark.parametrize(("name", "day", "hours"), HOURS)
def test_a_day_has_the_hours_that_its_clocks_gave_it(name: str, day: date, hours: float) -> None:
    begin, end = day_starts(day, day, ZoneInfo(name))
    assert end - begin == timedelta(hours=hours)
    assert begin.tzinfo is UTC


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_a_moment_lies_in_its_own_day(name: str, moment: datetime, before: int, after: int) -> None:
    zone, at = ZoneInfo(name), moment.replace(tzinfo=UTC)
    day = day_of(at, zone)
    first, last = day - timedelta(days=before), day + timedelta(days=after)
    starts = day_starts(first, last, zone)
    assert list(starts) == sorted(starts)
    assert len(starts) == before + after + 2
    # As Postgres' width_bucket does it.
    assert first + timedelta(days=bisect_right(starts, at) - 1) == day


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Base", "america/new_york", "../etc/passwd", "/etc/localtime", "localtime", "\0", "\ud800", "EST5EDT4"],
)
def test_a_name_that_is_no_zone_is_none(name: str) -> None:
    assert find_zone(name) is None


@pytest.mark.parametrize("name", ["UTC", "America/New_York", "Europe/Berlin", "US/Arizona"])
def test_names_of_iana_are_zones(name: str) -> None:
    zone = find_zone(name)
    assert zone is not None
    assert zone.key == name


def test_every_name_that_is_offered_is_a_zone_in_the_order_of_names() -> None:
    names = zone_names()
    assert names == sorted(names)
    assert {"America/New_York", "Europe/Berlin", "UTC"} <= set(names)
    assert all(find_zone(name) is not None for name in names)


@given(st.sampled_from(ZONES), st.dates(date(1990, 1, 1), date(2037, 1, 1)), st.integers(0, 40))
def test_days_are_cut_into_whole_days_of_utc_and_what_is_left_at_their_ends(
    name: str, first: date, more: int
) -> None:
    begin, end = span(first, first + timedelta(days=more), ZoneInfo(name))
    pieces = edges_of(begin, end)
    if (whole := whole_utc_days(begin, end)) is not None:
        days = [datetime.combine(day, datetime.min.time(), UTC) for day in whole]
        pieces.append((days[0], days[1] + timedelta(days=1)))
    pieces.sort()
    assert sum(((until - since) for since, until in pieces), timedelta()) == end - begin
    assert all(since < until for since, until in pieces)
    assert [until for _, until in pieces[:-1]] == [since for since, _ in pieces[1:]]
    if pieces:
        assert (pieces[0][0], pieces[-1][1]) == (begin, end)
    if whole is not None:
        assert all(until - since < timedelta(days=1) for since, until in edges_of(begin, end))


@pytest.mark.parametrize("name", ZONES)
def test_the_ends_of_the_calendar_are_days_too(name: str) -> None:
    begin, end = span(date.min, date.max, ZoneInfo(name))
    assert begin < datetime(2, 1, 1, tzinfo=UTC) < datetime(9998, 1, 1, tzinfo=UTC) < end
