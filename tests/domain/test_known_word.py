"""The word of hours as calls read it: the same as the state at that moment, without working it out for each call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.hours import known_word
from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.known_word import KnownWord
from ivr.domain.hours.model import DAYS, Closure, Hours
from ivr.domain.hours.state import state_at

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime"})
YEAR = 2026


def ms_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def hours_of(zone: str, *spans: str) -> Hours:
    return parse_hours("office", {"zone": zone, "week": {day: list(spans) for day in DAYS}})


def word_at(hours: Hours, moment_ms: int) -> str:
    return state_at(hours, EPOCH + timedelta(milliseconds=moment_ms)).word


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """The first seconds (UTC) of another offset."""
    at, end = datetime(YEAR, 1, 1, tzinfo=UTC), datetime(YEAR + 1, 1, 1, tzinfo=UTC)
    while at < end:
        low, high = at, at + timedelta(hours=12)
        at = high
        if low.astimezone(zone).utcoffset() == high.astimezone(zone).utcoffset():
            continue
        while high - low > SECOND:
            middle = low + SECOND * ((high - low) // SECOND // 2)
            is_later = middle.astimezone(zone).utcoffset() != low.astimezone(zone).utcoffset()
            low, high = (low, middle) if is_later else (middle, high)
        yield high


def test_around_every_change_of_every_zone_each_second_has_its_word() -> None:
    seen = 0
    for name in ZONES:
        for moment in changes(ZoneInfo(name)):
            seen += 1
            before, after = ((moment + MINUTE * by).astimezone(ZoneInfo(name)) for by in (-1, 1))
            hours = hours_of(name, f"{before:%H:%M}-{after:%H:%M}")
            known = KnownWord(hours)
            for second in range(-130, 130):
                at_ms = ms_of(moment + SECOND * second)
                assert known.at(at_ms) == word_at(hours, at_ms), (name, second)
    assert seen > 200


@given(st.data())
def test_whatever_is_asked_before_a_moment_has_the_word_of_its_state(data: st.DataObject) -> None:
    start = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    milliseconds = st.integers(0, 6 * 3600 * 1000)
    since, until = (timedelta(milliseconds=data.draw(milliseconds), microseconds=each) for each in (0, 1))
    closure = Closure(start + since, start + since + until) if data.draw(st.booleans()) else None
    zone = data.draw(st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/Phoenix"]))
    hours = replace(hours_of(zone, "00:15-01:45", "03:01-03:02", "15:30-16:00"), closure=closure)
    known, now_ms = KnownWord(hours), ms_of(start)
    for step in data.draw(st.lists(st.integers(-90_000, 400_000), max_size=40)):
        now_ms += step
        assert known.at(now_ms) == word_at(hours, now_ms)
    for bound in (closure.since, closure.until) if closure is not None else ():
        assert bound is not None
        for near_ms in range(ms_of(bound) - 2, ms_of(bound) + 3):
            assert known.at(near_ms) == word_at(hours, near_ms)


def test_it_is_worked_out_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def looked_up(hours: Hours, moment: datetime) -> object:
        asked.append(moment)
        return state_at(hours, moment)

    monkeypatch.setattr(known_word, "state_at", looked_up)
    known = KnownWord(hours_of("America/Phoenix", "09:00-17:00"))
    begun = datetime(2026, 3, 9, 15, 59, 30, tzinfo=UTC)
    words = [known.at(ms_of(begun + SECOND * each)) for each in range(60)]
    assert words == ["closed"] * 30 + ["open"] * 30
    assert asked == [begun, begun + 30 * SECOND]


def test_at_a_given_moment_it_is_the_word_of_that_moment_whatever_the_time_is() -> None:
    hours, at = hours_of("America/Phoenix", "09:00-17:00"), datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert [KnownWord(hours, at - each).at(now_ms) for each in (SECOND, 0 * SECOND) for now_ms in (1, ms_of(at))] == [
        "closed", "closed", "open", "open"
    ]  # fmt: skip
