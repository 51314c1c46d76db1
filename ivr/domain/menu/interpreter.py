"""The caller's way through a tree: a pure step from where he is and what he did to what comes next.

A wrong key or silence asks again; `max_attempts` failures in a row at one node end the call politely, and
so do MAX_STEPS questions or MAX_MENU_S seconds, so that no menu can hold a caller for ever. A `timeout_node`
that is the node itself counts as staying.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ivr.domain.menu.document import ActionNode, GatherNode, Menu

MAX_STEPS = 100
MAX_MENU_S = 600.0

GiveUpReason = Literal["no_input", "no_match", "steps", "seconds"]


class Position(NamedTuple):
    """Where a caller stands: node, failures in a row at it, questions asked in the whole call."""

    node: str
    failures: int = 0
    steps: int = 0


class Ask(NamedTuple):
    """Ask this node's question; `after_no_match` is set when the caller just pressed a wrong key."""

    node: GatherNode
    after_no_match: bool = False


class End(NamedTuple):
    """Do this node's action; the menu is over."""

    node: ActionNode


class GiveUp(NamedTuple):
    """Say goodbye and hang up."""

    reason: GiveUpReason


Next = Ask | End | GiveUp


def begin(tree: Menu) -> tuple[Position, Next]:
    """The start of a call."""
    return _enter(tree, Position(tree.start), tree.start, 0.0)


def step(tree: Menu, place: Position, key: str | None, elapsed_s: float) -> tuple[Position, Next]:
    """What follows the key pressed at `place` (None: no input), `elapsed_s` after the menu began."""
    node = tree.nodes[place.node]
    if not isinstance(node, GatherNode):
        raise ValueError(f"{place.node} asks nothing")
    target = node.timeout_node if key is None else node.gather.get(key)
    if target is not None and target in tree.nodes and (key is not None or target != node.id):
        return _enter(tree, place, target, elapsed_s)
    failures = place.failures + 1
    if failures >= node.max_attempts:
        return Position(node.id, failures, place.steps), GiveUp("no_input" if key is None else "no_match")
    return _ask(node, failures, place.steps, elapsed_s, after_no_match=key is not None)


def resume(tree: Menu, place: Position, elapsed_s: float) -> tuple[Position, Next]:
    """The same question again for a caller whose worker was lost; it costs him no attempt."""
    node = tree.nodes[place.node]
    if isinstance(node, ActionNode):
        return place, End(node)
    return _ask(node, place.failures, place.steps, elapsed_s, after_no_match=False)


def go_to(tree: Menu, place: Position, node_id: str, elapsed_s: float) -> tuple[Position, Next]:
    """Somebody sent the caller to this node, which must be one of the tree's."""
    return _enter(tree, place, node_id, elapsed_s)


def fallback(tree: Menu, place: Position, elapsed_s: float) -> tuple[Position, Next] | None:
    """Where the call goes on when nobody could be had at `place`, a transfer; None: nowhere."""
    node = tree.nodes[place.node]
    return _go_on(tree, place, node.fallback_node if isinstance(node, ActionNode) else None, elapsed_s)


def after_talk(tree: Menu, place: Position, elapsed_s: float) -> tuple[Position, Next] | None:
    """Where the call goes on when the agent of `place`, a transfer, has hung up; None: nowhere. `elapsed_s` is
    without the talk."""
    node = tree.nodes[place.node]
    return _go_on(tree, place, node.on_agent_hangup if isinstance(node, ActionNode) else None, elapsed_s)


def _go_on(tree: Menu, place: Position, target: str | None, elapsed_s: float) -> tuple[Position, Next] | None:
    if target is None or target not in tree.nodes:
        return None
    return _enter(tree, Position(place.node, 0, place.steps), target, elapsed_s)


def _enter(tree: Menu, place: Position, node_id: str, elapsed_s: float) -> tuple[Position, Next]:
    node = tree.nodes[node_id]
    if isinstance(node, ActionNode):
        return Position(node_id, 0, place.steps), End(node)
    return _ask(node, 0, place.steps, elapsed_s, after_no_match=False)


def _ask(
    node: GatherNode, failures: int, steps: int, elapsed_s: float, *, after_no_match: bool
) -> tuple[Position, Next]:
    if steps >= MAX_STEPS:
        return Position(node.id, failures, steps), GiveUp("steps")
    if elapsed_s >= MAX_MENU_S:
        return Position(node.id, failures, steps), GiveUp("seconds")
    return Position(node.id, failures, steps + 1), Ask(node, after_no_match)
