"""Holidays: which dates count, and what is wrong with a set."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.holiday_dates import (
    countries,
    country_names,
    find_set_faults,
    holiday_names,
    with_dates,
    years_kept,
)
from ivr.domain.hours.model import HolidaySet


def dates(*sets: dict[str, Any], years: tuple[int, ...] = (2026,)) -> dict[str, str]:
    hours = parse_hours("h", {"zone": "UTC", "week": {}, "holidays": list(sets)})
    return {on.isoformat(): name for on, name in with_dates(hours, years).holiday_dates.items()}


@pytest.mark.parametrize(
    ("country", "subdivision", "on", "name"),
    [
        ("US", None, "2026-11-26", "Thanksgiving Day"),
        ("US", "NY", "2026-02-12", "Lincoln's Birthday"),
        ("CA", "ON", "2026-02-16", "Family Day"),
        ("GB", "SCT", "2026-11-30", "Saint Andrew's Day"),
        ("DE", "BY", "2026-01-06", "Epiphany"),
        ("FR", None, "2026-07-14", "National Day"),
        ("ES", "CT", "2026-09-11", "National Day of Catalonia"),
        ("MX", None, "2026-09-16", "Independence Day"),
    ],
)
def test_the_holidays_of_these_countries_are_known_by_their_english_names(
    country: str, subdivision: str | None, on: str, name: str
) -> None:
    assert dates({"country": country, "subdivision": subdivision})[on] == name


def test_the_holidays_of_a_subdivision_are_its_own() -> None:
    assert "2026-01-06" not in dates({"country": "DE", "subdivision": "BE"})
    assert "2026-11-30" not in dates({"country": "GB", "subdivision": "ENG"})


def test_observed_days_count_unless_they_are_left_out() -> None:
    assert dates({"country": "US"})["2026-07-03"] == "Independence Day (observed)"
    without = dates({"country": "US", "observed": False})
    assert ("2026-07-03" in without, without["2026-07-04"]) == (False, "Independence Day")


def test_a_day_observed_in_the_year_before_counts_there() -> None:
    # The first of January 2028 is a Saturday.
    assert dates({"country": "US"}, years=(2027,))["2027-12-31"] == "New Year's Day (observed)"


def test_a_skipped_holiday_does_not_count_nor_does_its_observed_day() -> None:
    all_of_them, some = dates({"country": "US"}), dates({"country": "US", "skip": ["Independence Day"]})
    assert all_of_them.keys() - some.keys() == {"2026-07-03", "2026-07-04"}


def test_sets_are_added_up_and_a_date_has_all_its_names() -> None:
    both = dates({"country": "US"}, {"country": "MX"})
    assert both["2026-11-26"] == "Thanksgiving Day"
    assert both["2026-09-16"] == "Independence Day"
    assert both["2026-01-01"] == "New Year's Day"
    assert both["2026-11-16"] == "Revolution Day"


def test_the_years_kept_reach_from_the_last_to_the_one_after_the_next() -> None:
    assert list(years_kept(date(2026, 12, 31))) == [2025, 2026, 2027, 2028]
    found = dates({"country": "US"}, years=tuple(years_kept(date(2026, 1, 1))))
    assert {each[:4] for each in found} == {"2025", "2026", "2027", "2028"}


def test_every_country_that_is_offered_has_a_table() -> None:
    """A few small islands have one without an entry."""
    names = {country: holiday_names(country, None, (2026, 2027)) for country in countries()}
    assert all(names[country] for country in ("US", "CA", "GB", "DE", "FR", "ES", "MX"))
    assert sum(map(bool, names.values())) > 200


@pytest.mark.parametrize("country", ["US", "CA", "GB", "DE", "FR", "ES"])
def test_every_subdivision_that_is_offered_has_the_holidays_of_its_country_or_its_own(country: str) -> None:
    for subdivision in countries()[country]:
        assert len(holiday_names(country, subdivision, (2026, 2027))) > 3, subdivision


def test_every_set_that_is_not_known_is_named() -> None:
    sets = [HolidaySet("XX"), HolidaySet("US", "BY"), HolidaySet("YY"), HolidaySet("DE", None, True, ("Doomsday",))]
    assert [each.pointer for each in find_set_faults(sets, (2026,))] == [
        "/holidays/0/country",
        "/holidays/1/subdivision",
        "/holidays/2/country",
        "/holidays/3/skip/0",
    ]


def test_countries_are_offered_by_their_names() -> None:
    names = country_names()
    assert {code for code, _ in names} == countries().keys()
    assert ("US", "United States") in names
    assert ("DE", "Germany") in names
    assert [name for _, name in names] == sorted(name for _, name in names)


def test_names_that_may_be_skipped_are_those_of_the_holidays_themselves() -> None:
    """In both years some are observed on another day; these have no name of their own."""
    assert holiday_names("US", None, (2026, 2027)) == [
        "New Year's Day",
        "Martin Luther King Jr. Day",
        "Washington's Birthday",
        "Memorial Day",
        "Juneteenth National Independence Day",
        "Independence Day",
        "Labor Day",
        "Columbus Day",
        "Veterans Day",
        "Thanksgiving Day",
        "Christmas Day",
    ]


@pytest.mark.parametrize(
    ("chosen", "where", "code"),
    [
        (HolidaySet("XX"), "/holidays/1/country", "unknown_country"),
        (HolidaySet("US", "BY"), "/holidays/1/subdivision", "unknown_subdivision"),
        (HolidaySet("MX", "JAL"), "/holidays/1/subdivision", "unknown_subdivision"),
        (HolidaySet("US", None, True, ("Labor Day", "Doomsday")), "/holidays/1/skip/1", "unknown_holiday"),
        (HolidaySet("US", "NY", False, ("Lincoln's Birthday",)), None, None),
    ],
)
def test_a_set_that_is_not_known_is_refused_where_it_is(
    chosen: HolidaySet, where: str | None, code: str | None
) -> None:
    found = list(find_set_faults([HolidaySet("DE"), chosen], (2026,)))
    assert [(each.pointer, each.code) for each in found] == ([(where, code)] if where else [])
    assert all("known" in each.message or "no holiday" in each.message for each in found)
