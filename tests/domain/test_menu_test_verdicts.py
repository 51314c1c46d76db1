"""The verdict on a test of a menu."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step
from ivr.domain.menu.given import Given
from ivr.domain.menu_tests import Expected, Heard, MenuTest, MenuTestTaken, Sent, SentBy, TestRun, parse_expected
from ivr.domain.menu_verdicts import failed, judge, nodes_of

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
            ['"" is not heard at ask, but bye: 152.40 (said: one hundred)'],
        ),
        (
            Expected(heard=(Heard("152.40", "bye"), Heard("press"))),
            ['"press" is not heard, but bye: 152.40 (said: one hundred)'],
        ),
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


def test_what_every_menu_shares_can_be_expected_but_is_nothing_that_a_menu_says() -> None:
    story = [{"what": "heard", "node": "ask", "text": "Esa opción no es válida.", "said": "", "system": True}]
    for heard in ((), (Heard("no es válida", "ask"),)):
        assert judge(replace(TEST, expected=Expected(heard=heard)), RECORD, story).faults == []


@pytest.mark.parametrize("written", ["at two thirty PM", "two thirty p.m.", "at 2:30 pm", "Two thirty P M"])
def test_the_half_of_the_day_is_heard_however_it_is_written(written: str) -> None:
    story = [{"what": "heard", "node": "ask", "text": "Come at 2:30 PM.", "said": "Come at two thirty P M."}]
    assert judge(replace(TEST, expected=Expected(heard=(Heard(written),))), RECORD, story).faults == []


SENT: list[dict[str, Any]] = [
    {"what": "sent", "by": "sms:sms", "to": "+14805550143", "text": "Your link: https://example.com"},
    {"what": "sent", "by": "mail:office", "to": "", "text": "", "attach": ["7"]},
]
SAID_SENT = 'sms:sms to +14805550143 "Your link: https://example.com", mail:office with 1 attached'


@pytest.mark.parametrize(
    ("sent", "faults"),
    [
        (None, []),
        ([SentBy("sms:sms", "+14805550143", "Your link"), SentBy("mail:office", attach=1)], []),
        ([SentBy("sms:sms"), SentBy("mail:office")], []),
        ([], [f"the messages are {SAID_SENT}, not none"]),
        ([SentBy("sms:sms"), SentBy("mail:office", attach=2)],
         [f"the messages are {SAID_SENT}, not sms:sms, mail:office with 2 attached"]),
        ([SentBy("sms:sms", "+1"), SentBy("mail:office")],
         [f"the messages are {SAID_SENT}, not sms:sms to +1, mail:office"]),
        ([SentBy("sms:sms", text="no"), SentBy("mail:office")],
         [f'the messages are {SAID_SENT}, not sms:sms "no", mail:office']),
    ],
)  # fmt: skip
def test_the_messages_that_are_sent_are_compared(sent: list[SentBy] | None, faults: list[str]) -> None:
    expected = Expected(sent=sent)
    assert judge(replace(TEST, expected=expected), RECORD, SENT).faults == faults
    parsed = parse_expected(expected.to_json())
    assert (parsed.sent and list(parsed.sent)) == sent or (parsed.sent == () and sent == [])


LISTED = [
    {"what": "listed", "list": "banned", "given": "30d"},
    {"what": "listed", "list": "vip", "given": "off"},
    {"what": "listed", "list": "known", "given": "on"},
]


@pytest.mark.parametrize(
    ("lists", "faults"),
    [
        ({"banned": True, "vip": False, "known": True, "texted": True, "other": False}, []),
        ({"banned": "30d"}, []),
        ({"banned": "12h"}, ["the list banned: the caller is on it for 30d, not on it for 12h"]),
        ({"banned": False}, ["the list banned: the caller is on it for 30d, not off it"]),
        ({"vip": True}, ["the list vip: the caller is off it, not on it"]),
        ({"texted": "30d"}, ["the list texted: the caller is on it, not on it for 30d"]),
        ({}, []),
    ],
)
def test_the_lists_that_the_caller_is_on_then_are_compared(lists: dict[str, bool | str], faults: list[str]) -> None:
    """Those given before are among them."""
    expected = Expected(lists=lists)
    test = replace(TEST, expected=expected, given=Given(lists=("vip", "texted")))
    assert judge(test, RECORD, LISTED).faults == faults
    assert parse_expected(expected.to_json()) == expected


def test_a_path_has_each_visit_once_and_each_further_attempt_at_a_question() -> None:
    steps = [
        Step("a", 1, "listed", "banned", 0, 0), Step("a", 1, "skipped", None, 0, 0),
        Step("find", 1, "played", None, 0, 5), Step("find", 1, "request", "codes", 0, 5),
        Step("find", 1, "not_set", "found", 5, 0), Step("q", 1, "not_said", "x", 5, 0),
        Step("q", 1, "no_input", None, 5, 5), Step("q", 2, "key", "2", 10, 5), Step("q", 1, "key", "1", 15, 5),
        Step("bye", 1, "hung_up", "menu", 20, 0), Step("bye", 1, "request", "crm", 20, 0),
    ]  # fmt: skip
    assert nodes_of(steps) == ["a", "find", "q", "q", "q", "bye"]


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
