"""What a call adds to the funnel and to the bill; that it can be taken away again; what a quantile is worth."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step
from ivr.domain.reports.funnel import ENTRY, NodeCounts, funnel_of, step_ms, time_step, visits
from ivr.domain.reports.usage import Rates, Usage, spent, usage_of
from tests.domain.call_stories import DAY, story


def call(*path: Step, outcome: Outcome | None = Outcome.HUNG_UP, **fields: Any) -> CallRecord:
    base = CallRecord("call_1", "u", None, "x", None, "y", DAY, "ivr_story0", 1, path=list(path), outcome=outcome)
    return replace(base, **fields)


def test_a_call_is_counted_at_each_node_with_what_was_done_there() -> None:
    counts = funnel_of(
        call(
            Step("a", 1, "no_match", "7", 400, 1000),
            Step("a", 2, "no_input", None, 1400, 6000),
            Step("a", 3, "key", "1", 7400, 500),
            Step("b", 1, "key", "3", 7900, 800),
            Step("a", 1, "key", "2", 8700, 700),
            Step("end", 1, "action", None, 9400, 0),
        )
    )
    assert counts[ENTRY].calls == 1
    assert counts[ENTRY].nodes_after() == [("a", 1)]
    first = counts["a"]
    assert (first.entered, first.calls, first.no_input, first.no_match, first.hang_up) == (2, 1, 1, 1, 0)
    assert first.keys == {"1": 1, "2": 1}
    assert first.nodes_after() == [("b", 1), ("end", 1)]
    assert first.quantile_s(0.5) == pytest.approx(0.7, rel=0.026)
    assert first.quantile_s(0.9) == pytest.approx(7.5, rel=0.026)
    assert counts["end"].outcomes_after() == [("hung_up", 1)]
    assert counts["end"].quantile_s(0.5) is None


def test_a_caller_who_hangs_up_is_counted_where_they_did() -> None:
    counts = funnel_of(call(Step("a", 1, "hang_up", None, 400, 1000), outcome=Outcome.CALLER_HUNG_UP))
    assert (counts["a"].hang_up, counts["a"].no_input) == (1, 0)
    assert counts["a"].outcomes_after() == [("caller_hung_up", 1)]


def test_what_is_done_several_times_at_a_node_is_counted_each_time() -> None:
    counts = funnel_of(
        call(
            Step("a", 1, "no_match", "7", 0, 10),
            Step("a", 2, "no_match", "8", 10, 10),
            Step("a", 3, "no_input", None, 20, 10),
            Step("a", 4, "no_input", None, 30, 10),
            Step("a", 1, "hang_up", None, 40, 10),
            Step("a", 1, "hang_up", None, 50, 10),
        )
    )
    assert (counts["a"].no_match, counts["a"].no_input, counts["a"].hang_up) == (2, 2, 2)


def test_a_variable_that_was_not_set_is_no_stay_of_its_own() -> None:
    path = [Step("a", 1, "key", "1", 0, 1), Step("b", 1, "not_set", None, 1, 0), Step("b", 1, "key", "1", 1, 1)]
    assert [[step.result for step in stay] for stay in visits(path)] == [["key"], ["key"]]


def test_a_key_that_leads_back_to_its_own_node_begins_another_visit() -> None:
    path = [Step("a", 1, "key", "*", 0, 1), Step("a", 1, "key", "1", 1, 1)]
    assert [len(stay) for stay in visits(path)] == [1, 1]


@pytest.mark.parametrize(
    "changes", [{"outcome": None}, {"ivr_id": None}, {"test": True}], ids=["under way", "no menu", "a test"]
)
def test_only_callers_who_heard_a_menu_to_their_end_count(changes: dict[str, Any]) -> None:
    record = call(Step("a", 1, "key", "1", 0, 1), **changes)
    assert funnel_of(record) == {}
    assert usage_of(record, Rates()) is None


@given(st.lists(st.integers(0, 10**6), max_size=30), st.randoms())
def test_whatever_is_added_can_be_taken_away_in_any_order(seeds: list[int], chance: random.Random) -> None:
    calls = [story(seed, random.Random(seed)) for seed in seeds]
    total: dict[str, NodeCounts] = {}
    for record in calls:
        for node, counts in funnel_of(record).items():
            total.setdefault(node, NodeCounts()).add(counts)
    for node, counts in total.items():
        assert NodeCounts.of_json(json.loads(json.dumps(counts.to_json()))) == counts, node
        each = [shares[node].to_json() for record in calls if node in (shares := funnel_of(record))]
        assert NodeCounts.sum_of_json(each) == counts, node
    assert NodeCounts.sum_of_json([]).is_empty
    chance.shuffle(calls)
    for record in calls:
        for node, counts in funnel_of(record).items():
            total[node].add(counts, -1)
    assert all(counts.is_empty for counts in total.values())


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_every_visit_leads_somewhere_and_every_call_to_one_end(seeds: list[int]) -> None:
    total: dict[str, NodeCounts] = {}
    counted = 0
    for seed in seeds:
        shares = funnel_of(story(seed, random.Random(seed)))
        counted += bool(shares)
        for node, counts in shares.items():
            total.setdefault(node, NodeCounts()).add(counts)
    assert sum(count for each in total.values() for _, count in each.outcomes_after()) == counted
    arrived: Counter[str] = Counter()
    for each in total.values():
        assert sum(each.onward.values()) == each.entered
        for node, count in each.nodes_after():
            arrived[node] += count
    for node, each in total.items():
        assert each.entered == (counted if node == ENTRY else arrived[node])


@given(st.lists(st.integers(1, 900_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 1.0]))
def test_a_quantile_is_at_most_two_and_a_half_percent_off(times: list[int], share: float) -> None:
    counts = NodeCounts(times=dict(Counter(map(time_step, times))))
    exact = sorted(times)[max(1, math.ceil(share * len(times))) - 1]
    assert counts.quantile_s(share) == pytest.approx(exact / 1000, rel=0.025)


def test_the_quantile_of_a_short_visit_is_no_further_off() -> None:
    for ms in range(1, 3000):
        assert NodeCounts(times={time_step(ms): 1}).quantile_s(0.5) == pytest.approx(ms / 1000, rel=0.025), ms


def test_counts_of_many_calls_are_added_and_taken_away() -> None:
    total, day = NodeCounts(9, 8, 7, 6, 5), NodeCounts(5, 4, 3, 2, 4)
    total.add(day)
    assert total == NodeCounts(14, 12, 10, 8, 9)
    total.add(day, -1)
    assert total == NodeCounts(9, 8, 7, 6, 5)
    sums = Usage(9, 8, 7, 6, 5, 4)
    sums.add(Usage(5, 4, 3, 2, 4, 3))
    assert sums == Usage(14, 12, 10, 8, 9, 7)
    sums.add(Usage(5, 4, 3, 2, 4, 3), -1)
    assert sums == Usage(9, 8, 7, 6, 5, 4)


def test_a_quantile_is_told_to_the_microsecond() -> None:
    quantile = NodeCounts(times={200: 1}).quantile_s(0.5)
    assert quantile == round(1.05**200 / 1000, 6) != round(1.05**200 / 1000, 7)


def test_where_visits_led_is_told_with_the_most_taken_way_first_and_then_by_name() -> None:
    counts = NodeCounts(onward={"n:b": 2, "n:c": 3, "o:hung_up": 1, "n:a": 2, "o:no_input": 4})
    assert counts.nodes_after() == [("c", 3), ("a", 2), ("b", 2)]
    assert counts.outcomes_after() == [("no_input", 4), ("hung_up", 1)]


@given(st.integers(1, 10**8))
def test_the_scale_goes_up_in_steps_of_five_percent(ms: int) -> None:
    assert step_ms(time_step(ms)) == pytest.approx(ms, rel=0.025)


TALK = [AgentAttempt("sip:a@b", "answered", None, talk_ms=120_000)]


@pytest.mark.parametrize("outcome", [Outcome.CALLER_HUNG_UP, Outcome.DISCONNECTED])
def test_a_call_that_was_never_answered_is_in_no_report(outcome: Outcome) -> None:
    record = call(outcome=outcome, duration_ms=4000)
    assert record.was_unanswered
    assert funnel_of(record) == {}
    assert usage_of(record, Rates()) is None
    answered = call(Step("a", 1, "hang_up", None, 0, 900), outcome=outcome, duration_ms=4000)
    assert not answered.was_unanswered
    assert funnel_of(answered)["a"].outcomes_after() == [(outcome, 1)]


def test_a_lost_call_was_lost_at_its_last_node_and_a_skipped_message_takes_no_time() -> None:
    skipped, asked = Step("hello", 1, "skipped", None, 400, 0), Step("a", 1, "key", "1", 400, 900)
    counts = funnel_of(call(skipped, asked, Step("b", 1, "lost", None, 1300, 0), outcome=Outcome.LOST))
    assert counts["b"].outcomes_after() == [("lost", 1)]
    assert (counts["b"].entered, counts["b"].hang_up, counts["b"].times) == (1, 0, {})
    assert (counts["hello"].entered, counts["hello"].times) == (1, {})


def test_a_call_that_neither_the_caller_nor_the_menu_ended_is_not_deflected() -> None:
    record = call(Step("a", 1, "hang_up", None, 0, 900), outcome=Outcome.DISCONNECTED, duration_ms=4000)
    assert usage_of(record, Rates())[1].deflected_calls == 0


def test_menu_and_talk_are_charged_apart_each_at_its_own_rate() -> None:
    record = call(outcome=Outcome.TRANSFERRED, duration_ms=150_000, agent=TALK)
    key, usage = usage_of(record, Rates())  # type: ignore[misc]
    assert key == (date(2026, 3, 9), "ivr_story0", None, Rates())
    line = spent([(key.rates, usage)])
    assert (line.ivr_usd, line.agent_usd) == (Decimal("0.004"), Decimal("0.2"))
    assert line.deflected_calls == 0


def test_what_was_charged_keeps_its_rate_when_rates_change() -> None:
    usage = Usage(calls=1, menu_ms=60_000)
    line = spent([(Rates(), usage), (Rates(Decimal("0.5"), Decimal(1)), usage)])
    assert line.ivr_usd == Decimal("0.508")


def test_a_call_that_ends_in_the_menu_is_what_was_saved() -> None:
    deflected = usage_of(call(outcome=Outcome.OPTED_OUT, duration_ms=30_000), Rates())
    talked = usage_of(call(outcome=Outcome.TRANSFERRED, duration_ms=150_000, agent=TALK), Rates())
    assert deflected is not None
    assert talked is not None
    line = spent([(Rates(), deflected[1]), (Rates(), talked[1])])
    assert (line.deflected_calls, line.deflected_ivr_usd) == (1, Decimal("0.004"))
    assert line.deflected_agent_usd == Decimal("0.05")
    assert line.saved_usd == Decimal("0.046")
    assert line.saved_at_average_talk_usd == Decimal("0.196")


@pytest.mark.parametrize("outcome", [Outcome.AGENT_UNAVAILABLE, Outcome.FAILED, Outcome.LOST, Outcome.TRANSFERRED])
def test_nothing_is_saved_by_a_call_that_wanted_an_agent_or_failed(outcome: Outcome) -> None:
    found = usage_of(call(outcome=outcome, duration_ms=30_000), Rates())
    assert found is not None
    assert found[1].deflected_calls == 0


def test_without_any_talk_there_is_no_average_to_estimate_by() -> None:
    assert spent([(Rates(), Usage(calls=1, deflected_calls=1, deflected_ms=1))]).saved_at_average_talk_usd is None
