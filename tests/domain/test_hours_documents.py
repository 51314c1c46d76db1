"""Hours as documents: every field comes back; the countries whose holidays are known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.holiday_dates import countries, country_names, with_dates
from ivr.domain.hours.model import DAYS, HolidaySet, State
from ivr.domain.hours.state import next_change, state_at

WHOLE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "week": {day: [] for day in DAYS} | {"mon": ["09:00-12:00", "13:00-17:00"], "sun": ["20:00-02:00"]},
    "overrides": [
        {"date": "2026-12-24", "last_date": "2026-12-26", "open": ["09:00-11:00"], "label": "Eve", "holiday": True},
        {"date": "2026-12-31", "last_date": "2026-12-31", "open": [], "label": "", "holiday": False},
    ],
    "holidays": [
        {"country": "DE", "subdivision": "BY", "observed": False, "skip": ["Epiphany"]},
        {"country": "US", "subdivision": None, "observed": True, "skip": []},
    ],
    "closure": {"since": "2026-03-09T10:00:00+00:00", "until": "2026-03-10T10:00:00+00:00", "label": "Storm"},
    "holiday_dates": [{"date": "2026-01-01", "name": "New Year"}, {"date": "2026-05-01", "name": "Labour Day"}],
}


def test_every_field_of_hours_is_written_as_it_was_read() -> None:
    assert parse_hours("office", WHOLE).to_json() == WHOLE
    endless = {**WHOLE, "closure": {"since": "2026-03-09T10:00:00+00:00", "until": None, "label": ""}}
    assert parse_hours("office", endless).to_json() == endless
    never = {**WHOLE, "closure": None}
    assert parse_hours("office", never).to_json() == never


def test_what_a_document_leaves_out_is_not_there() -> None:
    sets = [{"country": "US", "skip": ["a", "b", "a"]}]
    hours = parse_hours("office", {"zone": "UTC", "week": {}, "holidays": sets})
    assert hours.holiday_sets == (HolidaySet("US", None, True, ("a", "b")),)
    assert (hours.week, hours.overrides, hours.closure, hours.holiday_dates) == (((),) * 7, (), None, {})
    (override,) = parse_hours(
        "office", {"zone": "UTC", "week": {}, "overrides": [{"date": "2026-12-24", "open": []}]}
    ).overrides
    assert (override.first, override.last, override.label, override.is_holiday) == (
        override.last, override.first, "", False
    )  # fmt: skip


def test_a_date_that_is_a_holiday_twice_has_both_names() -> None:
    sets = [{"country": "US"}, {"country": "FR"}]
    hours = with_dates(parse_hours("h", {"zone": "UTC", "week": {}, "holidays": sets}), [2026])
    first, second = hours.holiday_dates[date(2026, 11, 11)].split("; ")
    assert first == "Veterans Day"
    assert second.isascii()
    assert hours.holiday_dates[date(2026, 12, 25)] == "Christmas Day"
    assert list(hours.holiday_dates) == sorted(hours.holiday_dates)


def test_countries_have_their_names_for_people_in_the_order_of_these() -> None:
    names = country_names()
    assert ("US", "United States") in names
    assert ("GB", "United Kingdom") in names
    assert [name for _, name in names] == sorted(name for _, name in names)
    assert not [name for _, name in names if "_" in name]
    assert {code for code, _ in names} <= set(countries())
    assert len(names) > 200
    assert "CA" in countries()["US"]
    assert list(countries()) == sorted(countries())


def test_hours_that_begin_in_the_hour_that_never_comes_open_when_the_clocks_go_forward() -> None:
    """Found some days before, too: 02:00 becomes 03:00 in New York on 8 March 2026, at 07:00 UTC."""
    hours = parse_hours("h", {"zone": "America/New_York", "week": {"sun": ["02:30-04:00"]}})
    change = next_change(hours, datetime(2026, 3, 5, 12, tzinfo=UTC))
    assert change is not None
    assert (change.at, change.state.word) == (datetime(2026, 3, 8, 7, tzinfo=UTC), "open")


def test_a_change_just_a_week_later_is_found() -> None:
    override = {"date": "2026-03-16", "open": ["08:00-09:00"]}
    hours = parse_hours("h", {"zone": "UTC", "week": {}, "overrides": [override]})
    change = next_change(hours, datetime(2026, 3, 9, 8, tzinfo=UTC))
    assert change is not None
    assert change.at == datetime(2026, 3, 16, 8, tzinfo=UTC)


def test_a_night_of_other_hours_keeps_their_name_past_midnight() -> None:
    override = {"date": "2026-03-16", "open": ["20:00-02:00"], "label": "Long night"}
    hours = parse_hours("h", {"zone": "UTC", "week": {}, "overrides": [override]})
    open_late = State("open", "override", "Long night")
    assert state_at(hours, datetime(2026, 3, 16, 20, tzinfo=UTC)) == open_late
    assert state_at(hours, datetime(2026, 3, 17, 1, 59, tzinfo=UTC)) == open_late
