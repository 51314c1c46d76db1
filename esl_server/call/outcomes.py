"""The outcome of a call, from how it ended."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.domain.call_records import AgentAttempt, Outcome
from ivr.domain.errors import CallerHungUp, EslConnectionLost
from ivr.domain.menu.moves import GiveUp, GiveUpReason, NoWayOn

_GIVE_UP: dict[GiveUpReason, Outcome] = {
    "no_input": Outcome.NO_INPUT,
    "no_match": Outcome.NO_MATCH,
    "steps": Outcome.BUDGET_SPENT,
    "seconds": Outcome.BUDGET_SPENT,
}
# After a talk with an agent only these outcomes replace `transferred`.
_OUTWEIGHS_TALK = frozenset({Outcome.OPTED_OUT, Outcome.OPT_OUT_FAILED, Outcome.FAILED, Outcome.LOST})


def classify(error: Exception, *, hung_up: bool) -> Outcome:
    """The outcome of a call that this exception ended; `hung_up`: the switch reported the caller's hang-up before."""
    if isinstance(error, CallerHungUp):
        return Outcome.CALLER_HUNG_UP
    if isinstance(error, EslConnectionLost):
        return Outcome.CALLER_HUNG_UP if hung_up else Outcome.LOST
    return Outcome.FAILED


def outcome_of_end(end: GiveUp | NoWayOn) -> Outcome:
    """The outcome of a call that the menu ended."""
    return _GIVE_UP[end.reason] if isinstance(end, GiveUp) else Outcome.HUNG_UP


def outcome_with_talk(outcome: Outcome, attempts: Iterable[AgentAttempt]) -> Outcome:
    """`transferred` for a call that an agent answered, unless its outcome matters more."""
    if outcome is Outcome.TRANSFERRED or outcome in _OUTWEIGHS_TALK:
        return outcome
    return Outcome.TRANSFERRED if any(each.result == "answered" for each in attempts) else outcome
