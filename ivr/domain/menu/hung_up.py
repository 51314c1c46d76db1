"""What a menu does once its caller has hung up: the nodes from `hung_up_node` on, without a sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from ivr.domain.menu.node import Node
from ivr.domain.menu.variables import Memory
from ivr.domain.problems import Problem, pointer

FIELD = "hung_up_node"
# Where the caller was: in the menu, waiting for an agent, in a talk with one.
During = Literal["menu", "ringing", "talk"]
# What every call knows there: the node, `During`, and how long the talks were together, in seconds.
AT, IN, TALK_S = "hung_up.at", "hung_up.in", "hung_up.talk_s"
KNOWN_THERE = frozenset({AT, IN, TALK_S})


def find_nodes_for_callers(start: str | None, nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """A fault for each node that a caller who is gone would be needed for; `start` is the menu's `hung_up_node`."""
    for node in reached(start, nodes, lambda node: node.why_caller() is None):
        why = node.why_caller()
        if why is not None:
            text = f"calls come here when the caller has hung up ({FIELD}): {why[1]}"
            yield Problem(pointer("nodes", node.id, why[0]), "caller_is_gone", text, node.id)


def reached(
    start: str | None, nodes: Mapping[str, Node], leads_on: Callable[[Node], bool] = lambda node: True
) -> list[Node]:
    """The nodes that exist on the ways from this one on, this one first; behind a node that does not lead on none."""
    found = {start} if start in nodes else set()
    waiting = list(found)
    inside = []
    while waiting:
        node = nodes[waiting.pop() or ""]
        inside.append(node)
        for way in node.targets() if leads_on(node) else ():
            if way.target in nodes and way.target not in found:
                found.add(way.target)
                waiting.append(way.target)
    return inside


def memory_of(memory: Memory, at: str, during: During, talk_s: int) -> Memory:
    """What the call knows after the hang-up. Calls have room for it however full their memory is: no call state
    carries it."""
    return memory._replace(values={**memory.values, AT: at, IN: during, TALK_S: talk_s})
