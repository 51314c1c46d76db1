"""What calls cost and save, in dollars that can be worked out by hand."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome
from ivr.domain.numbers import E164
from ivr.domain.reports.usage import Rates, Spent, Usage, UsageKey, minutes_usd, rounded, spent, usage_of

RATES = Rates(Decimal("0.06"), Decimal("0.60"))
# 23:30 in Denver on the 8th is the 9th in UTC.
AT = datetime.fromisoformat("2026-03-08T23:30:00-06:00")


def call(outcome: Outcome | None, talk_ms: int | None = None, test: bool = False) -> CallRecord:
    agent = [AgentAttempt("sip:a@b", "answered", None, talk_ms)]
    return CallRecord(
        "call_1", "u", E164("+14155550100"), "x", None, "y", AT, "ivr_a", 1, duration_ms=90_000, outcome=outcome,
        agent=agent, test=test,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "usage"),
    [
        (call(Outcome.HUNG_UP), Usage(1, 90_000, 0, 0, 1, 90_000)),
        (call(Outcome.TRANSFERRED, 30_000), Usage(1, 60_000, 1, 30_000, 0, 0)),
        (call(Outcome.HUNG_UP, 30_000), Usage(1, 60_000, 1, 30_000, 0, 0)),
        (call(Outcome.AGENT_UNAVAILABLE), Usage(1, 90_000, 0, 0, 0, 0)),
        (call(Outcome.TRANSFERRED, 1), Usage(1, 89_999, 1, 1, 0, 0)),
    ],
)
def test_what_a_call_adds(record: CallRecord, usage: Usage) -> None:
    assert usage_of(record, RATES) == (UsageKey(date(2026, 3, 9), "ivr_a", "+14155550100", RATES), usage)


def test_the_day_is_that_of_utc_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/Phoenix")
        time.tzset()
        found = usage_of(call(Outcome.HUNG_UP), RATES)
    time.tzset()
    assert found is not None
    assert found[0].day == date(2026, 3, 9)


@pytest.mark.parametrize("record", [call(None), call(Outcome.HUNG_UP, test=True)])
def test_a_call_that_goes_on_and_a_test_cost_nothing(record: CallRecord) -> None:
    assert usage_of(record, RATES) is None


def test_a_call_that_heard_no_menu_costs_nothing() -> None:
    record = CallRecord("call_1", "u", None, "x", None, "y", AT.astimezone(UTC), outcome=Outcome.UNASSIGNED)
    assert usage_of(record, RATES) is None


def test_each_part_costs_its_own_rate() -> None:
    later = Rates(Decimal("0.12"), Decimal("1.20"))
    bill = spent(
        [(RATES, Usage(3, 60_000, 1, 120_000, 2, 30_000)), (later, Usage(2, 30_000, 1, 60_000, 1, 15_000))],
        7, Decimal("0.5"),
    )  # fmt: skip
    assert bill == Spent(
        calls=5, menu_ms=90_000, ivr_usd=Decimal("0.12"), agent_calls=2, talk_ms=180_000, agent_usd=Decimal("2.4"),
        tts_ms=7, tts_usd=Decimal("0.5"), deflected_calls=3, deflected_ms=45_000, deflected_ivr_usd=Decimal("0.06"),
        deflected_agent_usd=Decimal("0.6"), deflected_agent_usd_per_min=Decimal("2.4"),
    )  # fmt: skip
    assert bill.total_usd == Decimal("3.02")
    assert bill.saved_usd == Decimal("0.54")
    # An average talk is a minute and a half: 2.40 dollars a minute for all deflected calls together.
    assert bill.deflected_at_average_talk_usd == Decimal("3.6")
    assert bill.saved_at_average_talk_usd == Decimal("3.54")


def test_without_a_call_to_an_agent_there_is_no_average_talk() -> None:
    bill = spent([(RATES, Usage(1, 60_000, 0, 0, 1, 60_000))])
    assert (bill.tts_ms, bill.tts_usd, bill.total_usd) == (0, 0, Decimal("0.06"))
    assert bill.deflected_at_average_talk_usd is None
    assert bill.saved_at_average_talk_usd is None


def test_money_is_exact_and_shown_to_a_hundredth_of_a_cent() -> None:
    assert minutes_usd(1, Decimal("0.06")) == Decimal("0.000001")
    assert str(rounded(Decimal("0.00005"))) == "0.0001"
    assert str(rounded(Decimal("2.00004999"))) == "2.0000"
