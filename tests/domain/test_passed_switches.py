"""Switches that follow each other are passed at once, and lead where they would one by one."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu import interpreter
from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.interpreter import MAX_STEPS, Act, Next
from ivr.domain.menu.moves import Position
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.variables import NOTHING_KNOWN

MEMORY = NOTHING_KNOWN._replace(caller="+14805551234", called="+14155550100")
# From `first` on: what follows the second switch.
SECOND: dict[str, dict[str, Any]] = {
    "a question": {"case": {"+1*": "ask"}, "default": "gone"},
    "an action": {"case": {"+44*": "ask"}, "default": "end"},
    "a node that is gone": {"case": {"+44*": "ask"}, "default": "gone"},
    "itself, for ever": {"case": {"+1*": "second"}, "default": "ask"},
    "the first again, for ever": {"case": {"+1*": "first"}, "default": "ask"},
    "a switch that sets": {"case": {"+1*": "setting"}, "default": "ask"},
    "a switch that speaks": {"case": {"+1*": "speaking"}, "default": "ask"},
    "a switch with a limit": {"case": {"+1*": "limited"}, "default": "ask"},
}


def menu(second: dict[str, Any]) -> Menu:
    to_ask = {"switch": "called", "case": {"+1*": "ask"}, "default": "end"}
    return parse_menu({
        "name": "switches",
        "nodes": {
            "first": {"switch": "caller", "case": {"+1480*": "second", "+44*": "end"}, "default": "end"},
            "second": {"switch": "called", **second},
            "setting": {**to_ask, "set": {"seen": "yes"}},
            "speaking": {**to_ask, "audio": "hello.wav"},
            "limited": {**to_ask, "max_visits": 1, "over_node": "end"},
            "ask": {"audio": "ask.wav", "gather": {"1": "end"}},
            "end": {"action": "hangup"},
        },
    })  # fmt: skip


class Chosen:
    """The cases of the switches, in the order in which they were asked for."""

    def __init__(self, menu: Menu) -> None:
        self._nodes, self.taken = menu.nodes, list[tuple[str, str | None]]()

    def __call__(self, node: SwitchNode) -> str | None:
        value = MEMORY.caller if node.switch == "caller" else MEMORY.called
        case = node.find_case(value, MEMORY, self._nodes)
        self.taken.append((node.id, case))
        return case


def one_by_one(
    menu: Menu, position: Position, node: SwitchNode, chosen: Chosen, elapsed_s: float
) -> tuple[Position, Next]:
    while True:
        after = interpreter.follow(menu, position, node.leave(chosen(node), menu.nodes), elapsed_s)
        position, following = after
        if not isinstance(following, Act) or position.memory is not MEMORY:
            return after
        if not isinstance(following.node, SwitchNode) or following.node.audio is not None:
            return after
        node = following.node


@pytest.mark.parametrize("leads_to", SECOND)
@pytest.mark.parametrize("steps", [1, MAX_STEPS - 2, MAX_STEPS - 1, MAX_STEPS])
@pytest.mark.parametrize("elapsed_s", [0.0, 1e9])
def test_switches_passed_at_once_lead_where_they_do_one_by_one(leads_to: str, steps: int, elapsed_s: float) -> None:
    made = menu(SECOND[leads_to])
    node, position = made.nodes["first"], Position("first", 0, steps, MEMORY)
    assert isinstance(node, SwitchNode)
    at_once, in_turn = Chosen(made), Chosen(made)
    passed = interpreter.pass_switches(made, position, node, at_once, elapsed_s)
    assert passed == one_by_one(made, position, node, in_turn, elapsed_s)
    assert at_once.taken == in_turn.taken
