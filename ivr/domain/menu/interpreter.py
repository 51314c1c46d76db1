"""The caller's way through a menu: a pure step from a position and a node's result to what comes next.

A wrong digit or silence asks again; too many failures in a row at one node end the call politely, and so do MAX_STEPS
steps or MAX_MENU_S seconds, so that no menu can hold a caller without limit. What follows a result is decided by the
node's kind, in a file of its own.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from ivr.domain.menu.document import Menu
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.moves import AskAgain, GiveUp, GoTo, NoWayOn, Position
from ivr.domain.menu.node import Node

AnyNode = TypeVar("AnyNode", bound=Node)

MAX_STEPS = 100
MAX_MENU_S = 600.0


class Ask(NamedTuple):
    """Ask this node's question; `after_no_match`: the caller just pressed a wrong key."""

    node: GatherNode
    after_no_match: bool = False


class Act(NamedTuple, Generic[AnyNode]):
    """Perform this node's action; the call may go on after it."""

    node: AnyNode


Next = Ask | Act[Any] | GiveUp | NoWayOn


def begin(menu: Menu) -> tuple[Position, Next]:
    """The start of a call."""
    return _stand(menu.nodes[menu.start], 0, 0, 0.0)


def step(menu: Menu, position: Position, result: str | None, elapsed_s: float) -> tuple[Position, Next]:
    """What follows when the node at `position` is done with `result` (of a question: the digit, None for silence),
    `elapsed_s` after the menu began, talks with agents apart."""
    node = menu.nodes[position.node]
    move = node.step(result, position, menu.nodes)
    if isinstance(move, GoTo):
        return _stand(menu.nodes[move.node], 0, position.steps, elapsed_s)
    if isinstance(move, AskAgain):
        return _stand(node, position.failures + 1, position.steps, elapsed_s, after_no_match=move.after_no_match)
    if isinstance(move, GiveUp):
        return Position(node.id, position.failures + 1, position.steps), move
    return position, move


def resume(menu: Menu, position: Position, elapsed_s: float) -> tuple[Position, Next]:
    """The same node again for a caller whose worker was lost; it costs no attempt."""
    return _stand(menu.nodes[position.node], position.failures, position.steps, elapsed_s)


def go_to(menu: Menu, position: Position, node_id: str, elapsed_s: float) -> tuple[Position, Next]:
    """An operator sent the caller to this node, which must be one of the menu's."""
    return _stand(menu.nodes[node_id], 0, position.steps, elapsed_s)


def _stand(
    node: Node, failures: int, steps: int, elapsed_s: float, *, after_no_match: bool = False
) -> tuple[Position, Next]:
    if not node.is_step:
        return Position(node.id, failures, steps), Act(node)
    if steps >= MAX_STEPS:
        return Position(node.id, failures, steps), GiveUp("steps")
    if elapsed_s >= MAX_MENU_S:
        return Position(node.id, failures, steps), GiveUp("seconds")
    following = Ask(node, after_no_match) if isinstance(node, GatherNode) else Act(node)
    return Position(node.id, failures, steps + 1), following
