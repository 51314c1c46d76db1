"""The call server has an effect for every kind of node."""

from __future__ import annotations

from esl_server.call.effects import EFFECTS
from ivr.domain.menu.kinds import KINDS


def test_every_kind_of_node_has_an_effect() -> None:
    assert set(EFFECTS) == set(KINDS)
