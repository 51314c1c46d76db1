"""Reports by mail: which period is due, and how it reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.reports.mailed import (
    EVERY,
    Every,
    Figures,
    MailedReport,
    Period,
    due_period,
    last_period,
    parse_mailed_report,
    period_before,
    report_message,
)
from ivr.domain.reports.usage import Spent

PHOENIX = ZoneInfo("America/Phoenix")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "first", "last", "before"),
    [
        ("day", "2026-03-08", "2026-03-08", "2026-03-07"),
        ("week", "2026-03-02", "2026-03-08", "2026-02-23"),
        ("month", "2026-02-01", "2026-02-28", "2026-01-01"),
    ],
)
def test_a_period_is_over_and_stands_beside_the_one_before(every: Every, first: str, last: str, before: str) -> None:
    period = last_period(every, date(2026, 3, 9))
    assert period == Period(date.fromisoformat(first), date.fromisoformat(last))
    assert period_before(every, period).first == date.fromisoformat(before)


@given(st.sampled_from(EVERY), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_periods_follow_one_another_without_gap(every: Every, today: date) -> None:
    period = last_period(every, today)
    assert period.first <= period.last < today
    assert period_before(every, period).last == period.first - timedelta(days=1)
    assert last_period(every, period.last + timedelta(days=1)) == period


@pytest.mark.parametrize(
    ("every", "now", "first"),
    [
        ("day", "2026-03-09T06:59-07:00", "2026-03-07"),
        ("day", "2026-03-09T07:00-07:00", "2026-03-08"),
        ("day", "2026-03-09T14:30+00:00", "2026-03-08"),  # 7:30 there
        ("week", "2026-03-09T06:00-07:00", "2026-02-23"),
        ("week", "2026-03-12T12:00-07:00", "2026-03-02"),
        ("month", "2026-03-01T07:00-07:00", "2026-02-01"),
    ],
)
def test_a_report_is_due_from_its_hour_on_in_the_zone_of_the_installation(every: Every, now: str, first: str) -> None:
    found = due_period(MailedReport("report_1", every, 7), LONG_AGO, datetime.fromisoformat(now), PHOENIX)
    assert found is not None
    assert found.first == date.fromisoformat(first)


def test_a_report_that_was_made_after_its_hour_begins_with_the_next_period() -> None:
    made = datetime(2026, 3, 9, 8, tzinfo=PHOENIX)
    report = MailedReport("report_1", "day", 7)
    assert due_period(report, made, made + timedelta(hours=22), PHOENIX) is None
    found = due_period(report, made, made + timedelta(hours=23), PHOENIX)
    assert found == Period(date(2026, 3, 9), date(2026, 3, 9))


@given(st.sampled_from(EVERY), st.integers(0, 23), st.datetimes(datetime(2020, 1, 2), datetime(2050, 1, 1)))
def test_at_each_moment_one_period_is_due_and_it_is_over(every: Every, hour: int, moment: datetime) -> None:
    now = moment.replace(tzinfo=PHOENIX)
    found = due_period(MailedReport("report_1", every, hour), datetime(2000, 1, 1, tzinfo=UTC), now, PHOENIX)
    assert found is not None
    assert found.last < now.date()


def test_a_report_reads_as_text_and_as_html_with_the_same_figures() -> None:
    now = Figures(Spent(calls=1200, ivr_usd=Decimal("12.346"), agent_calls=300), qualified=400, opt_outs=7)
    message = report_message(
        "week", last_period("week", date(2026, 3, 9)), now, Figures(Spent(), 0, 0), "a@example.com", "https://x.example"
    )
    assert message.subject == "Digitree: your calls, 2026-03-02 to 2026-03-08"
    assert message.text.splitlines() == [
        "Your calls, 2026-03-02 to 2026-03-08",
        "",
        "Calls:                     1,200   (the week before: 0)",
        "Answered by agents:          300   (the week before: 0)",
        "Led to an agent:           33.3%   (the week before: none)",
        "Opt-outs:                      7   (the week before: 0)",
        "Cost:                     $12.35   (the week before: $0.00)",
        "Money saved:               $0.00   (the week before: $0.00)",
        "",
        "More of it: https://x.example/ui/money?from=2026-03-02&to=2026-03-08",
    ]
    for value in ("1,200", "300", "33.3%", "$12.35", 'href="https://x.example/ui/money?from=2026-03-02&amp;to='):
        assert value in message.html


def test_a_report_is_what_it_was_written_as() -> None:
    report = MailedReport("report_1", "month", 6, ("a@example.com",), ("user_1",))
    assert parse_mailed_report("report_1", report.to_json()) == report
