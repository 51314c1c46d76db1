"""The verdict on a test of a menu."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step
from ivr.domain.menu_tests import Expected, Heard, MenuTest, MenuTestTaken, Sent, TestRun, parse_expected
from ivr.domain.menu_verdicts import failed, judge

AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
TEST = MenuTest("t_1", "ivr_a", "licence", "1,-", Expected(), "answers", AT, AT)
RECORD = CallRecord("call_1", "u", None, "x", None, "y", AT, outcome=Outcome.NO_INPUT)
WALKED = replace(RECORD, path=[Step("welcome", 1, "key", "1", 0, 5), Step("area", 1, "no_input", None, 5, 9)])


@pytest.mark.parametrize(
    ("expected", "record", "faults"),
    [
        (Expected(), WALKED, []),
        (Expected(Outcome.NO_INPUT, "area", ("welcome", "area")), WALKED, []),
        (Expected(outcome=Outcome.HUNG_UP), WALKED, ["the outcome is no_input, not hung_up"]),
        (Expected(outcome=Outcome.HUNG_UP), replace(WALKED, outcome=None), ["the outcome is unknown, not hung_up"]),
        (Expected(node="welcome"), WALKED, ["it ends at area, not at welcome"]),
        (Expected(node="area"), replace(WALKED, path=[WALKED.path[0], *WALKED.path]), []),
        (Expected(node="welcome"), RECORD, ["it ends at no node, not at welcome"]),
        (Expected(path=("area",)), WALKED, ["the way is welcome > area, not area"]),
        (Expected(path=("area",)), RECORD, ["the way is nowhere, not area"]),
        (
            Expected(Outcome.HUNG_UP, "bye", ("bye",)),
            WALKED,
            [
                "the outcome is no_input, not hung_up",
                "it ends at area, not at bye",
                "the way is welcome > area, not bye",
            ],
        ),
    ],
)
def test_each_expectation_that_a_call_misses_is_a_fault(
    expected: Expected, record: CallRecord, faults: list[str]
) -> None:
    verdict = judge(replace(TEST, expected=expected), record)
    assert verdict.to_json() == {
        "id": "t_1",
        "name": "licence",
        "script": "1,-",
        "passed": not faults,
        "faults": faults,
        "outcome": record.outcome,
        "path": [step.node for step in record.path],
        "call_id": "call_1",
    }


HEARD: list[dict[str, Any]] = [
    {"what": "heard", "node": "ask", "text": "Press 1, or 2.", "said": "Press one, or two."},
    {"what": "heard", "node": "ask", "text": "Press 1, or 2.", "said": "Press one, or two."},
    {"what": "request", "service": "a", "sent": {"zip": "94103", "n": 7}},
    {"what": "notice", "service": "b", "sent": {}},
    {"what": "heard", "node": "bye", "text": "152.40", "said": "one hundred"},
    {"what": "opted_out"},
]


@pytest.mark.parametrize(
    ("expected", "faults"),
    [
        (Expected(heard=(Heard("press 1"), Heard("or 2"), Heard("PRESS 1"), Heard("one hundred", "bye"))), []),
        (Expected(heard=(Heard("", "ask"), Heard("", "ask"), Heard("152.40"))), []),
        (
            Expected(heard=(Heard("", "ask"),) * 3),
            ['"" is not heard at ask, but bye: 152.40'],
        ),
        (Expected(heard=(Heard("152.40", "bye"), Heard("press"))), ['"press" is not heard, but bye: 152.40']),
        (Expected(heard=()), ['"Press 1, or 2." is heard at ask; nothing should be']),
        (Expected(requests=(Sent("a", {"n": "7"}),), notices=(Sent("b"),)), []),
        (
            Expected(requests=(), notices=(Sent("b", {"x": 1}),)),
            ['the requests are a {"zip": "94103", "n": 7}, not none', 'the notices are b, not b {"x": 1}'],
        ),
        (Expected(requests=(Sent("a", {"n": 8}),)), ['the requests are a {"zip": "94103", "n": 7}, not a {"n": 8}']),
        (Expected(rang=("sales", "default"), opted_out=True), []),
        (
            Expected(rang=(), opted_out=False),
            ["what rang is sales, default, not nobody", "the caller's number is on the do-not-call list"],
        ),
    ],
)
def test_what_was_heard_sent_and_rung_is_compared(expected: Expected, faults: list[str]) -> None:
    rang = [AgentAttempt("sip:s@x", "busy", None, agent="sales"), AgentAttempt("sip:d@x", "answered", None)]
    assert judge(replace(TEST, expected=expected), replace(RECORD, agent=rang), HEARD).faults == faults
    assert parse_expected(expected.to_json()) == expected


def test_a_test_without_a_record_has_failed() -> None:
    verdict = failed(TEST, "the phone is away").to_json()
    assert verdict == {
        "id": "t_1", "name": "licence", "script": "1,-", "passed": False, "faults": ["the phone is away"],
        "outcome": None, "path": [], "call_id": None,
    }  # fmt: skip
    assert TestRun("ivr_a", 1, AT, [verdict, {"passed": True}]).failed == 1


@pytest.mark.parametrize(
    ("expected", "document"),
    [
        (Expected(), {}),
        (Expected(outcome=Outcome.HUNG_UP), {"outcome": "hung_up"}),
        (Expected(node="bye"), {"node": "bye"}),
        (Expected(path=("welcome", "bye")), {"path": ["welcome", "bye"]}),
    ],
)
def test_only_what_is_expected_stands_in_the_document(expected: Expected, document: dict[str, object]) -> None:
    assert expected.to_json() == document
    assert parse_expected(document) == expected


def test_a_name_that_is_taken_is_named() -> None:
    assert str(MenuTestTaken("licence")) == "the menu has a test called licence"
