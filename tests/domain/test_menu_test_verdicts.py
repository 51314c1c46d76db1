"""The verdict on a test of a menu."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.menu_tests import Expected, MenuTest, MenuTestTaken, TestRun, parse_expected
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
