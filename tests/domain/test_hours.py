"""Hours: what holds when, on every day that clocks are changed, and what is wrong with a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.hours.document import find_faults, hours_named, parse_hours
from ivr.domain.hours.model import DAYS, Closure, Hours, State
from ivr.domain.hours.spans import Span, overlapping, parse_span
from ivr.domain.hours.state import Change, next_change, state_at

YEAR = 2026
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OFFICE: dict[str, Any] = {
    "zone": "America/New_York",
    "week": {**{day: ["09:00-12:00", "13:00-17:00"] for day in DAYS[:4]}, "fri": ["20:00-02:00"]},
    "overrides": [
        {"date": "2026-12-24", "open": ["09:00-11:00"], "label": "Christmas Eve", "holiday": True},
        {"date": "2026-08-03", "last_date": "2026-08-07", "open": [], "label": "Summer"},
    ],
    "holidays": [{"country": "US"}],
    "holiday_dates": [{"date": "2026-11-26", "name": "Thanksgiving Day"}, {"date": "2026-12-24", "name": "Eve"}],
}


def office(**changes: Any) -> Hours:
    return parse_hours("office", {**OFFICE, **changes})


def at(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("when", "word", "reason", "label"),
    [
        ("2026-03-09T08:59:59.999999", "closed", "week", ""),
        ("2026-03-09T09:00", "open", "week", ""),
        ("2026-03-09T11:59:59", "open", "week", ""),
        ("2026-03-09T12:00", "closed", "week", ""),
        ("2026-03-09T13:00", "open", "week", ""),
        ("2026-03-09T17:00", "closed", "week", ""),
        ("2026-03-13T19:59", "closed", "week", ""),
        ("2026-03-13T20:00", "open", "week", ""),
        ("2026-03-14T01:59", "open", "week", ""),
        ("2026-03-14T02:00", "closed", "week", ""),
        ("2026-03-13T01:00", "closed", "week", ""),
        ("2026-11-26T03:00", "holiday", "holiday", "Thanksgiving Day"),
        ("2026-11-26T10:00", "holiday", "holiday", "Thanksgiving Day"),
        ("2026-11-27T00:00", "closed", "week", ""),
        ("2026-12-24T10:00", "open", "override", "Christmas Eve"),
        ("2026-12-24T11:00", "holiday", "override", "Christmas Eve"),
        ("2026-08-02T23:59", "closed", "week", ""),
        ("2026-08-03T00:00", "closed", "override", "Summer"),
        ("2026-08-07T21:00", "closed", "override", "Summer"),
        ("2026-08-08T01:00", "closed", "week", ""),
    ],
)
def test_an_override_comes_before_a_holiday_and_a_holiday_before_the_week(
    when: str, word: str, reason: str, label: str
) -> None:
    assert state_at(office(), at(when)) == State(word, reason, label)  # type: ignore[arg-type]


def test_a_night_that_runs_into_a_holiday_stays_open_to_its_end() -> None:
    hours = office(holiday_dates=[{"date": "2026-03-14", "name": "Pi Day"}])
    assert state_at(hours, at("2026-03-14T01:59")).word == "open"
    assert state_at(hours, at("2026-03-14T02:00")) == State("holiday", "holiday", "Pi Day")


def test_the_zone_is_that_of_the_hours_whatever_zone_the_moment_is_told_in() -> None:
    moment = at("2026-03-09T09:00")
    assert {state_at(office(), moment.astimezone(ZoneInfo(zone))).word for zone in ("UTC", "Asia/Tokyo")} == {"open"}


@pytest.mark.parametrize("until", [None, "2026-03-10T10:00"])
def test_closed_by_hand_comes_before_everything_until_its_end(until: str | None) -> None:
    end = at(until) if until else None
    hours = replace(office(), closure=Closure(at("2026-03-09T10:00"), end, "Storm"))
    closed = State("closed", "by_hand", "Storm")
    assert state_at(hours, at("2026-03-09T09:59")).word == "open"
    assert [state_at(hours, at(each)) for each in ("2026-03-09T10:00", "2026-03-10T09:59")] == [closed, closed]
    assert state_at(hours, at("2026-03-10T10:00")).word == ("open" if until else "closed")
    change = next_change(hours, at("2026-03-09T11:00"))
    assert change == (Change(at("2026-03-10T10:00"), State("open", "week")) if until else None)


def test_a_closure_that_ends_at_night_changes_nothing_before_the_morning() -> None:
    hours = replace(office(), closure=Closure(at("2026-03-09T10:00"), at("2026-03-10T03:00")))
    assert next_change(hours, at("2026-03-09T11:00")) == Change(at("2026-03-10T09:00"), State("open", "week"))


def test_a_closure_in_the_future_is_a_change_of_its_own() -> None:
    hours = replace(office(), closure=Closure(at("2026-03-09T10:30"), None))
    assert next_change(hours, at("2026-03-09T10:00")) == Change(at("2026-03-09T10:30"), State("closed", "by_hand"))


@pytest.mark.parametrize(
    ("when", "change", "word"),
    [
        ("2026-03-09T08:00", "2026-03-09T09:00", "open"),
        ("2026-03-09T09:00", "2026-03-09T12:00", "closed"),
        ("2026-03-12T18:00", "2026-03-13T20:00", "open"),
        ("2026-03-13T23:00", "2026-03-14T02:00", "closed"),
        ("2026-11-25T18:00", "2026-11-26T00:00", "holiday"),
        ("2026-11-26T18:00", "2026-11-27T00:00", "closed"),
        ("2026-07-31T23:00", "2026-08-01T02:00", "closed"),
        ("2026-08-01T03:00", "2026-08-10T09:00", "open"),
    ],
)
def test_the_next_change_is_the_first_moment_of_another_word(when: str, change: str, word: str) -> None:
    found = next_change(office(), at(when))
    assert found is not None
    assert (found.at, found.state.word) == (at(change).astimezone(UTC), word)


def test_the_next_opening_is_found_behind_other_changes() -> None:
    found = next_change(office(), at("2026-11-25T18:00"), to="open")
    assert found == Change(at("2026-11-27T20:00"), State("open", "week"))


@pytest.mark.parametrize("week", [{}, {day: ["00:00-24:00"] for day in DAYS}])
def test_what_never_changes_has_no_next_change(week: Any) -> None:
    hours = parse_hours("h", {"zone": "Europe/Berlin", "week": week})
    assert next_change(hours, at("2026-03-09T08:00")) is None
    assert next_change(hours, at("2026-03-09T08:00"), to="holiday") is None


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


def transitions(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """The first whole minutes (UTC) with another offset."""
    at_hour, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while at_hour < end:
        later = at_hour + timedelta(hours=12)
        if offset(zone, at_hour) != offset(zone, later):
            minutes = (at_hour + MINUTE * count for count in range(1, 12 * 60 + 1))
            yield next(each for each in minutes if offset(zone, each) != offset(zone, each - MINUTE))
        at_hour = later


ZONES = sorted(available_timezones() - {"localtime"})
TRANSITIONS = [(name, moment) for name in ZONES for moment in transitions(ZoneInfo(name), YEAR)]


def every_day(*spans: str) -> dict[str, list[str]]:
    return {day: list(spans) for day in DAYS}


def span_text(start: datetime, end: datetime) -> str:
    return f"{start:%H:%M}-{end:%H:%M}"


def test_there_are_days_of_both_kinds_and_half_an_hour_too() -> None:
    jumps = {moved(name, moment) for name, moment in TRANSITIONS}
    assert {timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=30), timedelta(minutes=-30)} <= jumps
    assert len(TRANSITIONS) > 200


def moved(name: str, moment: datetime) -> timedelta:
    zone = ZoneInfo(name)
    return offset(zone, moment) - offset(zone, moment - MINUTE)


def test_an_hour_that_comes_twice_counts_both_times_and_one_that_never_comes_does_not() -> None:
    """For each change of each zone: hours that are open exactly for the time that is repeated or left out."""
    for name, moment in TRANSITIONS:
        zone, jump = ZoneInfo(name), moved(name, moment)
        # As the clock on the wall would show the change: before it, and after it.
        before = moment.replace(tzinfo=None) + offset(zone, moment - MINUTE)
        after = before + jump
        early, late = sorted((before, after))
        hours = parse_hours("h", {"zone": name, "week": every_day(span_text(early, late))})
        around = [moment + MINUTE * count for count in range(-6 * 60, 6 * 60)]
        opened = sum(state_at(hours, each).word == "open" for each in around) * MINUTE
        assert opened == (timedelta() if jump > timedelta() else -2 * jump), name


def test_a_time_that_the_clock_never_shows_is_the_moment_it_stands_for() -> None:
    hours = parse_hours("h", {"zone": "America/New_York", "week": every_day("02:00-02:30")})
    skipped = datetime(2026, 3, 8, 2, 15, tzinfo=ZoneInfo("America/New_York"))
    assert state_at(hours, skipped) == state_at(hours, skipped.astimezone(UTC))
    assert state_at(hours, skipped).word == "closed"


def test_the_next_change_is_right_around_every_change_of_every_zone() -> None:
    """Held against looking at every five minutes. The spans begin and end within the changed hour."""
    for name, moment in TRANSITIONS:
        zone = ZoneInfo(name)
        wall = moment.astimezone(zone).replace(tzinfo=None)
        near = [wall + timedelta(minutes=each) for each in (-90, -30, -15, 15, 45, 75)]
        spans = [span_text(*near[place : place + 2]) for place in (0, 2, 4)]
        hours = parse_hours("h", {"zone": name, "week": every_day(*spans)})
        looked_at = [moment + 5 * MINUTE * count for count in range(-40, 40)]
        words = [state_at(hours, each).word for each in looked_at]
        changes = [
            when for when, word, last in zip(looked_at[1:], words[1:], words, strict=False) if word != last
        ]
        found, after = [], looked_at[0]
        while (change := next_change(hours, after)) is not None and change.at <= looked_at[-1]:
            found.append(change.at)
            after = change.at
        assert found == changes, name


@given(st.data())
def test_a_moment_has_the_state_that_the_clock_on_the_wall_gives_it(data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]))
    minutes = st.integers(0, 1439)
    spans = data.draw(st.lists(st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]), max_size=3))
    texts = [span_text(*(datetime(2026, 1, 1) + MINUTE * each for each in pair)) for pair in spans]
    hours = parse_hours("h", {"zone": zone, "week": every_day(*texts)})
    moment = data.draw(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
    clock = moment.astimezone(ZoneInfo(zone)).time()

    def covered(start: int, end: int) -> bool:
        first, last = time(*divmod(start, 60)), time(*divmod(end, 60))
        return first <= clock < last if first < last else clock >= first or clock < last

    assert state_at(hours, moment).word == ("open" if any(covered(*pair) for pair in spans) else "closed")
    change = next_change(hours, moment)
    if change is not None:
        assert change.at > moment
        assert state_at(hours, change.at).word != state_at(hours, moment).word
        assert state_at(hours, change.at - timedelta(seconds=1)).word == state_at(hours, moment).word


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("09:00-17:30", Span(540, 1050)),
        ("00:00-24:00", Span(0, 1440)),
        ("20:00-02:00", Span(1200, 1560)),
        ("23:59-00:00", Span(1439, 1440)),
        ("00:01-00:00", Span(1, 1440)),
    ],
)
def test_a_span_that_ends_before_it_begins_goes_past_midnight(text: str, span: Span) -> None:
    assert parse_span(text) == span
    assert parse_span(str(span)) == span


@pytest.mark.parametrize(
    "text",
    ["", "9-17", "9:00-17:00", "24:00-25:00", "09:00-24:01", "09:60-10:00", "09:00-09:00", "٠٩:00-10:00"],
)
def test_a_text_that_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the whole day is 00:00-24:00"):
        parse_span(text)


def test_spans_that_touch_do_not_overlap() -> None:
    spans = [parse_span(each) for each in ("12:00-13:00", "09:00-12:00", "22:00-02:00", "12:59-14:00")]
    assert [f"{a} {b}" for a, b in overlapping(spans)] == ["12:00-13:00 12:59-14:00"]


def test_a_change_is_found_where_two_weeks_of_looking_ahead_meet() -> None:
    closed = [{"date": "2026-06-01", "open": []}]
    hours = parse_hours("h", {"zone": "Europe/Berlin", "week": {"mon": ["09:00-10:00"]}, "overrides": closed})
    monday = at("2026-06-01T09:00", "Europe/Berlin")
    assert next_change(hours, monday) == Change(monday + 7 * DAY, State("open", "week"))


@pytest.mark.parametrize("days", [0.5, 5, 6.9, 13])
def test_a_change_of_the_clocks_far_ahead_is_found_to_the_second_closure_or_not(days: float) -> None:
    """It is open from half past two on a Sunday on which two o'clock is followed by three."""
    hours = parse_hours("h", {"zone": "America/New_York", "week": {"sun": ["02:30-06:00"]}})
    opening = datetime(2026, 3, 8, 7, tzinfo=UTC)
    closed = [{"date": "2026-03-01", "open": []}]
    hours = parse_hours("h", {**hours.to_json(), "overrides": closed})
    past = Closure(opening - 90 * DAY, opening - 80 * DAY)
    for each in (hours, replace(hours, closure=past)):
        assert next_change(each, opening - timedelta(days=days)) == Change(opening, State("open", "week"))


def test_the_night_of_an_override_has_its_name_to_its_end() -> None:
    hours = office(overrides=[{"date": "2026-12-31", "open": ["20:00-03:00"], "label": "New Year's Eve"}])
    assert state_at(hours, at("2027-01-01T02:59")) == State("open", "override", "New Year's Eve")
    assert state_at(hours, at("2027-01-01T03:00")) == State("closed", "week")


def test_what_is_not_named_has_no_label() -> None:
    hours = office(overrides=[{"date": "2026-12-31", "open": [], "label": None}, {"date": "2026-12-30", "open": []}])
    assert [state_at(hours, at(f"2026-12-{day}T10:00")).label for day in (30, 31)] == ["", ""]
    assert hours.name == "office"


def test_a_document_is_read_back_as_it_was_written() -> None:
    hours = replace(office(), closure=Closure(at("2026-03-09T10:00"), at("2026-03-10T10:00"), "x"))
    assert parse_hours("office", hours.to_json()) == hours
    assert parse_hours("office", office().to_json()) == office()
    sets = [
        {"country": "DE", "subdivision": "BY", "observed": False, "skip": ["Epiphany"]},
        {"country": "US", "subdivision": None, "observed": True, "skip": []},
    ]
    assert office(holidays=sets).to_json()["holidays"] == sets


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"zone": "Mars/Olympus"}, "a time zone that is not known"),
        ({"zone": "../../etc/passwd"}, "ZoneInfo keys"),
        ({"week": {"mon": ["x"]}}, "the whole day is"),
        ({"overrides": [{"date": "2026-02-30", "open": []}]}, "out of range"),
        ({"overrides": [{"date": "2026-03-02", "last_date": "2026-03-01", "open": []}]}, "before it begins"),
        ({"overrides": [{"date": "2026-03-02", "open": []}] * 2}, "two overrides"),
        ({"closure": {"since": "x", "until": None, "label": ""}}, "isoformat"),
    ],
)
def test_a_document_that_could_not_have_been_stored_is_not_read(changes: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        office(**changes)


def test_hours_have_a_name() -> None:
    with pytest.raises(ValueError, match="without a name"):
        parse_hours("a b", OFFICE)


WHOLE: dict[str, Any] = {"zone": "UTC", "week": {}, "overrides": []}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"zone": "Mars/Olympus"}, [("/zone", "unknown_time_zone")]),
        ({"week": {"mon": ["09:00-09:00", "09:00-10:00"]}}, [("/week/mon/0", "invalid_span")]),
        ({"week": {"sun": ["13:00-15:00", "09:00-14:00"]}}, [("/week/sun", "spans_overlap")]),
        ({"overrides": [{"date": "2026-02-29", "open": []}]}, [("/overrides/0/date", "no_such_date")]),
        (
            {"overrides": [{"date": "2026-01-01", "last_date": "2026-13-01", "open": ["09:00-09:00"]}]},
            [("/overrides/0/open/0", "invalid_span"), ("/overrides/0/last_date", "no_such_date")],
        ),
        (
            {"overrides": [{"date": "2026-01-02", "last_date": "2026-01-01", "open": []}]},
            [("/overrides/0/last_date", "invalid_dates")],
        ),
        (
            {"overrides": [{"date": "2026-01-01", "last_date": "2027-01-02", "open": []}]},
            [("/overrides/0/last_date", "invalid_dates")],
        ),
        ({"overrides": [{"date": "2026-01-01", "last_date": "2027-01-01", "open": []}]}, []),
        (
            {
                "overrides": [
                    {"date": "2026-01-05", "last_date": "2026-01-09", "open": []},
                    {"date": "2026-01-10", "open": []},
                    {"date": "2026-01-09", "last_date": None, "open": []},
                ]
            },
            [("/overrides/2/date", "date_taken")],
        ),
        (
            {
                "overrides": [
                    {"date": "2026-01-05", "last_date": "2026-01-09", "open": []},
                    {"date": "2026-01-01", "last_date": "2026-01-05", "open": []},
                    {"date": "2026-01-06", "last_date": "2026-01-07", "open": []},
                    {"date": "2026-01-01", "last_date": "2026-01-31", "open": []},
                ]
            },
            [(f"/overrides/{index}/date", "date_taken") for index in (1, 2, 3)],
        ),
        (
            {"overrides": [{"date": "2026-13-01", "last_date": "2026-02-30", "open": []}]},
            [("/overrides/0/date", "no_such_date"), ("/overrides/0/last_date", "no_such_date")],
        ),
        (
            {"overrides": [{"date": "2026-13-01", "open": []}, {"date": "2026-14-01", "open": []}]},
            [("/overrides/0/date", "no_such_date"), ("/overrides/1/date", "no_such_date")],
        ),
    ],
)
def test_each_fault_is_named_where_it_is(changes: Any, faults: list[tuple[str, str]]) -> None:
    found = list(find_faults({**WHOLE, **changes}))
    assert [(each.pointer, each.code) for each in found] == faults
    assert all(len(each.message.split()) > 3 for each in found)


def test_a_menu_names_the_hours_that_it_asks() -> None:
    nodes = {
        "a": {"switch": "hours:office", "case": {"open": "b"}, "default": "c"},
        "b": {"switch": "hours:night"},
        "c": {"switch": "caller"},
        "d": {"action": "hangup"},
        "e": {"switch": "hours:office"},
    }
    assert hours_named({"nodes": nodes}) == ["night", "office"]


def test_the_week_begins_on_monday() -> None:
    hours = parse_hours("h", {"zone": "UTC", "week": {"mon": ["00:00-24:00"]}})
    monday = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert [state_at(hours, monday + DAY * count).word for count in range(7)] == ["open"] + ["closed"] * 6
    assert hours.day(date(2026, 3, 9)).spans == (Span(0, 1440),)
