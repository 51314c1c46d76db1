"""Hours as documents: every field comes back; the countries whose holidays are known."""

from __future__ import annotations

from typing import Any

from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.holiday_dates import countries, country_names
from ivr.domain.hours.model import DAYS, HolidaySet

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
