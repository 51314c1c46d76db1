"""The caller's way through a menu: a pure step from a position and a node's result to what comes next.

A wrong digit or silence asks again; too many failures in a row at one node end the call politely, and so do MAX_STEPS
steps or the menu's `max_menu_s` seconds, so that no menu can hold a caller without limit. What follows a result is
decided by the node's kind, in a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.domain.menu.document import Menu
from ivr.domain.menu.following import Act, Ask
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.moves import AskAgain, GiveUp, GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import Node
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.variables import NOTHING_KNOWN, Memory

MAX_STEPS = 250
# A Position of a tuple: to call the class, which fills in what is left out, takes longer.
_new = tuple.__new__


Next = Ask | Act[Any] | GiveUp | NoWayOn


def begin(menu: Menu, memory: Memory = NOTHING_KNOWN) -> tuple[Position, Next]:
    """The start of a call that knows this much."""
    if menu.start not in menu.noting:
        return _stand(menu, menu.nodes[menu.start], 0, 0, memory, 0.0)
    return _enter(menu, menu.start, Position(menu.start, 0, 0, memory), 0.0)


def step(menu: Menu, position: Position, result: str | None, elapsed_s: float) -> tuple[Position, Next]:
    """What follows when the node at `position` is done with `result` (of a question: the digit, None for silence),
    `elapsed_s` after the menu began, talks with agents apart."""
    nodes = menu.nodes
    return follow(menu, position, nodes[position.node].step(result, position, nodes), elapsed_s)


def follow(menu: Menu, position: Position, move: Move, elapsed_s: float) -> tuple[Position, Next]:
    """What follows when the node at `position` asks for this move; see `step`."""
    if isinstance(move, GoTo):
        node_id, kept = move
        _, _, steps, memory, _ = position
        if kept is not None:
            position = position._replace(memory=(memory := memory.keeping(*kept)))
        following = menu.passed.get(node_id)
        if following is not None and steps < MAX_STEPS and elapsed_s < menu.max_menu_s:
            return _new(Position, (node_id, 0, steps + 1, memory, 0)), following
        if node_id not in menu.noting:
            return _stand(menu, menu.nodes[node_id], 0, steps, memory, elapsed_s)
        return _enter(menu, node_id, position, elapsed_s)
    if isinstance(move, AskAgain):
        node = menu.nodes[position.node]
        silences = position.silences + (move.counts_apart and not move.after_no_match)
        return _stand(menu, node, position.failures + 1, position.steps, position.memory, elapsed_s, move, silences)
    if isinstance(move, GiveUp):
        return position._replace(failures=position.failures + 1), move
    return position, move


def pass_switches(
    menu: Menu, position: Position, node: SwitchNode, choose: Callable[[SwitchNode], str | None], elapsed_s: float
) -> tuple[Position, Next]:
    """What follows the switch at `position` and all that it leads to without a word between; `choose` gets each of
    them and returns the case that is taken. The same as `follow` for one after the other, in a fraction of its time:
    where nothing is noted on the way, only the steps are counted."""
    passed, max_steps = menu.passed, MAX_STEPS if elapsed_s < menu.max_menu_s else 0
    _, _, steps, memory, _ = position
    while True:
        case = choose(node)
        node_id = node.moves[case].node
        following = passed.get(node_id)
        if following is None or steps >= max_steps:
            return follow(menu, Position(node.id, 0, steps, memory), node.leave(case, menu.nodes), elapsed_s)
        steps += 1
        after = following.node
        if type(after) is not SwitchNode or after.audio is not None:
            return _new(Position, (node_id, 0, steps, memory, 0)), following
        node = after


def resume(menu: Menu, position: Position, elapsed_s: float) -> tuple[Position, Next]:
    """The same node again for a caller whose worker was lost; it costs no attempt, and sets nothing once more."""
    node_id, failures, steps, memory, silences = position
    return _stand(menu, menu.nodes[node_id], failures, steps, memory, elapsed_s, silences=silences)


def go_to(menu: Menu, position: Position, node_id: str, elapsed_s: float) -> tuple[Position, Next]:
    """An operator sent the caller to this node, which must be one of the menu's."""
    return _enter(menu, node_id, position, elapsed_s)


def begin_hung_up(menu: Menu, memory: Memory) -> tuple[Position, Next] | None:
    """What is done for a caller who has hung up, with limits of its own; None: nothing."""
    node_id = menu.hung_up_node
    if node_id is None or node_id not in menu.nodes:
        return None
    return _enter(menu, node_id, Position(node_id, memory=memory), 0.0)


def _enter(menu: Menu, node_id: str, position: Position, elapsed_s: float) -> tuple[Position, Next]:
    """Come to this node, or to the one for calls that have come there too often."""
    memory = position.memory
    passed: set[str] = set()
    while (node := menu.nodes.get(node_id)) is not None and node.max_visits is not None:
        if memory.visits.get(node.counted_as, 0) < node.max_visits:
            break
        if node_id in passed:
            return position, GiveUp("steps")
        passed.add(node_id)
        node_id = node.over_node or ""
    if node is None:
        return position, NoWayOn()
    if node.max_visits is not None or node.count is not None:
        memory = memory.with_visit(node.counted_as)
    if node.set is not None:
        memory = memory.with_values(node.set)
    return _stand(menu, node, 0, position.steps, memory, elapsed_s)


def _stand(
    menu: Menu,
    node: Node,
    failures: int,
    steps: int,
    memory: Memory,
    elapsed_s: float,
    again: AskAgain | None = None,
    silences: int = 0,
) -> tuple[Position, Next]:
    if node.is_step:
        if steps >= MAX_STEPS:
            return Position(node.id, failures, steps, memory, silences), GiveUp("steps")
        if elapsed_s >= menu.max_menu_s:
            return Position(node.id, failures, steps, memory, silences), GiveUp("seconds")
        steps += 1
    position = _new(Position, (node.id, failures, steps, memory, silences))
    if again is not None and isinstance(node, GatherNode):
        return position, Ask(node, again.after_no_match, not again.after_no_match)
    return position, menu.first[node.id]
