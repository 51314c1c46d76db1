"""The call server knows what to do at a node of every kind."""

from __future__ import annotations

from esl_server.call.worker import EFFECTS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.kinds import KINDS


def test_every_kind_of_node_is_a_question_or_has_an_effect() -> None:
    assert {GatherNode, *EFFECTS} == set(KINDS)
