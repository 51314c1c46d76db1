"""What a call has done at its nodes, read from its path: whether an action may be performed there again.

A question, the answer of a service, the next element of a list and a key of a caller who waits each make a new
situation, in which the same transfer may ring somebody else. Without one, two agents that fall back on each other
would never end; with one, the limit on the steps of a call ends it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.call_records import OF_A_QUESTION, Step
from ivr.domain.menu.each import NEXT
from ivr.domain.menu.fields import DTMF_DIGITS


def has_acted_at(path: Sequence[Step], node_id: str) -> bool:
    """Whether the call has performed the action of this node, and no service or list has moved it on since."""
    for step in reversed(path):
        if _moves_on(step):
            return False
        if step.node == node_id and step.result == "action":
            return True
    return False


def has_acted_since_question(path: Sequence[Step], node_id: str) -> bool:
    """`has_acted_at`, unless the call was asked a question since."""
    if path and path[-1].result in OF_A_QUESTION:  # as nearly always
        return False
    return has_acted_at(path[_after_last_question(path) :], node_id)


def _after_last_question(path: Sequence[Step]) -> int:
    return next((at for at in range(len(path), 0, -1) if path[at - 1].result in OF_A_QUESTION), 0)


def _moves_on(step: Step) -> bool:
    if step.result == "waited":  # by a key
        return step.key is not None and step.key in DTMF_DIGITS
    return step.result == "request" or (step.result == "each" and step.key == NEXT)
