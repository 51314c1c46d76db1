"""Alerts: what is unusual, when one begins and ends, and that none is told twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.alerts.judging import Alert, Judge, Reading
from ivr.domain.alerts.letters import alert_message
from ivr.domain.alerts.settings import AlertRule, AlertSettings, QuietHours, Recipient, parse_alert_settings
from ivr.domain.alerts.usual import Share, failed_lately, is_unusual_share, misses_calls

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DOWN = Reading("trunk_down", "carrier", "It is silent for 6 minutes.")


@pytest.mark.parametrize(
    ("now", "before", "missed"),
    [
        (0, [9, 8, 7, 9], True),
        (0, [9, 0, 7, 9], True),  # one holiday
        (0, [9, 0, 0, 9], False),
        (1, [9, 8, 7, 9], False),
        (0, [4, 4, 4, 4], False),  # fewer than are usual enough to be missed
        (0, [0, 0, 0, 0], False),  # a Sunday, or a new installation
        (0, [9, 9, 9], False),
    ],
)
def test_calls_are_missed_where_the_same_hours_of_most_weeks_had_some(
    now: int, before: list[int], missed: bool
) -> None:
    assert misses_calls(now, before, least=5) is missed


@given(st.integers(0, 50), st.lists(st.integers(0, 50), min_size=4, max_size=4), st.integers(1, 20))
def test_more_calls_never_make_an_alert_of_missed_calls(now: int, before: list[int], least: int) -> None:
    if misses_calls(now, before, least):
        assert now == 0
        assert sorted(before)[1] >= least
        assert misses_calls(now, [each + 1 for each in before], least)
        assert not misses_calls(now + 1, before, least)


@pytest.mark.parametrize(
    ("now", "before", "unusual"),
    [
        (Share(100, 40), Share(3000, 300), True),  # 40 % against 10 %
        (Share(100, 30), Share(3000, 300), False),  # three times, and no more than that
        (Share(100, 4), Share(3000, 0), False),  # four people
        (Share(100, 9), Share(3000, 0), True),
        (Share(49, 40), Share(3000, 300), False),
        (Share(100, 40), Share(49, 0), False),  # nothing is usual yet
    ],
)
def test_a_share_of_opt_outs_is_unusual_by_its_ratio_over_enough_calls(
    now: Share, before: Share, unusual: bool
) -> None:
    assert is_unusual_share(now, before, times=3, least=50) is unusual


@given(st.lists(st.booleans()), st.integers(1, 10), st.integers(1, 10))
def test_an_agent_is_down_by_its_latest_calls_alone(results: list[bool], failures: int, attempts: int) -> None:
    failed = failed_lately(results, failures, attempts)
    assert failed == failed_lately(results[:attempts], failures, attempts)
    assert (failed is not None) == (results[:attempts].count(False) >= failures)


def _ids() -> Iterator[str]:
    return (f"alert_{n}" for n in itertools.count(1))


def _look(judge: Judge, at: datetime, *readings: Reading, settings: AlertSettings | None = None) -> list[Alert]:
    return list(judge.look({"trunk_down": readings}, settings or AlertSettings(), at, _ids()))


def test_an_alert_is_told_when_it_begins_and_when_it_ends_and_not_between() -> None:
    judge = Judge({}, {})
    (begun,) = _look(judge, NOW, DOWN)
    assert (begun.told, begun.ended_at) == (True, None)
    assert _look(judge, NOW + timedelta(minutes=1), DOWN) == []
    (ended,) = _look(judge, NOW + timedelta(minutes=2))
    assert (ended.told, ended.ended_at) == (True, NOW + timedelta(minutes=2))


def test_what_comes_and_goes_is_told_once_in_so_many_hours_and_kept_each_time() -> None:
    judge, told, kept = Judge({}, {}), 0, 0
    for minute in range(0, 8 * 60, 2):
        at = NOW + timedelta(minutes=minute)
        changed = [*_look(judge, at, DOWN), *_look(judge, at + timedelta(minutes=1))]
        kept += len(changed)
        told += sum(each.told for each in changed)
    assert (kept, told) == (8 * 60, 2 * 2)


def test_what_cannot_be_read_neither_begins_nor_ends() -> None:
    judge = Judge({}, {})
    _look(judge, NOW, DOWN)
    assert judge.look({"trunk_down": None}, AlertSettings(), NOW, _ids()) == []
    assert len(judge.open) == 1


def test_a_kind_that_is_switched_off_ends_and_begins_no_more() -> None:
    judge, off = Judge({}, {}), AlertSettings(rules={**AlertSettings().rules, "trunk_down": AlertRule(False, {})})
    _look(judge, NOW, DOWN)
    (ended,) = _look(judge, NOW, DOWN, settings=off)
    assert ended.ended_at == NOW
    assert _look(judge, NOW, DOWN, settings=off) == []


@pytest.mark.parametrize(
    ("begin", "end", "at", "until"),
    [
        ("22:00", "07:00", "2026-03-09T23:00+01:00", "2026-03-10T07:00+01:00"),
        ("22:00", "07:00", "2026-03-09T06:59+01:00", "2026-03-09T07:00+01:00"),
        ("22:00", "07:00", "2026-03-09T07:00+01:00", None),
        ("12:00", "13:00", "2026-03-09T12:30+01:00", "2026-03-09T13:00+01:00"),
        ("12:00", "13:00", "2026-03-09T11:30+00:00", "2026-03-09T13:00+01:00"),
        # The clocks go forward in these quiet hours.
        ("22:00", "07:00", "2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00"),
    ],
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(begin: str, end: str, at: str, until: str | None) -> None:
    quiet = QuietHours(time.fromisoformat(begin), time.fromisoformat(end))
    found = quiet.end_after(datetime.fromisoformat(at), BERLIN)
    assert found == (None if until is None else datetime.fromisoformat(until))


def test_the_settings_are_what_they_were_written_as_and_lack_nothing() -> None:
    settings = AlertSettings((Recipient("office", "a@example.com"),), QuietHours(time(22), time(7)), 2)
    assert parse_alert_settings(settings.to_json()) == settings
    assert parse_alert_settings({**settings.to_json(), "kinds": {}}) == settings


def test_an_alert_reads_as_a_sentence_in_the_zone_of_the_installation() -> None:
    alert = Alert("alert_1", "trunk_down", "carrier", DOWN.detail, NOW)
    message = alert_message(alert, "a@example.com", BERLIN, "https://ivr.example.com")
    assert message.subject == "Digitree: Trunk carrier is down"
    assert message.text.splitlines() == [
        "Trunk carrier is down.",
        "It is silent for 6 minutes.",
        "Since 2026-03-09 13:00 (Europe/Berlin).",
        "https://ivr.example.com/ui/alerts",
    ]
