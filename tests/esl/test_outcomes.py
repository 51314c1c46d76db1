"""The outcome of a call, from how it ended."""

from __future__ import annotations

import pytest

from esl_server.agents.dialling import attempt_result
from esl_server.call.outcomes import classify, outcome_of_end, outcome_with_talk
from ivr.domain.call_records import AgentAttempt, Outcome
from ivr.domain.errors import (
    CallerHungUp,
    EslCommandRefused,
    EslConnectionLost,
    EslProtocolError,
    EslTimeout,
    StorageUnavailable,
)
from ivr.domain.menu.moves import GiveUp, NoWayOn


@pytest.mark.parametrize(
    ("error", "hung_up", "outcome"),
    [
        (CallerHungUp(), True, Outcome.CALLER_HUNG_UP),
        (CallerHungUp(), False, Outcome.CALLER_HUNG_UP),
        (EslConnectionLost("closed"), True, Outcome.CALLER_HUNG_UP),
        (EslConnectionLost("closed"), False, Outcome.LOST),
        (EslTimeout("gather"), True, Outcome.FAILED),
        (EslTimeout("gather"), False, Outcome.FAILED),
        (EslProtocolError("no header"), False, Outcome.FAILED),
        (EslCommandRefused("a path"), False, Outcome.FAILED),
        (StorageUnavailable("menu is away"), False, Outcome.FAILED),
        (StorageUnavailable("menu is away"), True, Outcome.FAILED),
        (KeyError("node"), False, Outcome.FAILED),
        (OSError("reset"), True, Outcome.FAILED),
    ],
)
def test_an_exception_has_an_outcome(error: Exception, hung_up: bool, outcome: Outcome) -> None:
    assert classify(error, hung_up=hung_up) is outcome


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (GiveUp("no_input"), Outcome.NO_INPUT),
        (GiveUp("no_match"), Outcome.NO_MATCH),
        (GiveUp("steps"), Outcome.BUDGET_SPENT),
        (GiveUp("seconds"), Outcome.BUDGET_SPENT),
        (NoWayOn(), Outcome.HUNG_UP),
    ],
)
def test_an_end_by_the_menu_has_an_outcome(end: GiveUp | NoWayOn, outcome: Outcome) -> None:
    assert outcome_of_end(end) is outcome


KEPT_AFTER_A_TALK = {Outcome.OPTED_OUT, Outcome.OPT_OUT_FAILED, Outcome.FAILED, Outcome.LOST}


@pytest.mark.parametrize("outcome", Outcome)
def test_a_talk_with_an_agent_is_the_outcome_unless_something_matters_more(outcome: Outcome) -> None:
    answered = AgentAttempt("sip:a@b", "answered", None)
    busy, silent = AgentAttempt("sip:a@b", "busy", None), AgentAttempt("sip:a@b", "answered_silent", None)
    expected = outcome if outcome in KEPT_AFTER_A_TALK else Outcome.TRANSFERRED
    assert outcome_with_talk(outcome, [busy, answered]) is expected
    assert outcome_with_talk(outcome, [busy, silent]) is outcome
    assert outcome_with_talk(outcome, []) is outcome


@pytest.mark.parametrize(
    ("talk_ms", "silent_s", "result"),
    [
        (None, 5, "answered_silent"), (5_100, 5, "answered_silent"), (7_500, 5, "answered_silent"),
        (7_501, 5, "vanished"), (60_000, 5, "vanished"), (500, 0, "vanished"),
    ],
)  # fmt: skip
def test_agent_that_was_heard_and_is_no_more_has_vanished(
    talk_ms: int | None, silent_s: int, result: str
) -> None:
    assert attempt_result("SUCCESS", "MEDIA_TIMEOUT", talk_ms, silent_s) == result
