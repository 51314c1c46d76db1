"""Ways by which a call goes round while nothing is keyed: nothing but the limits of all calls ends them.

One graph holds for all kinds: the ways that need no key. A node with `max_visits` is passed by `over_node` alone in
the end, so a loop through it is one only where that leads round, too. Each loop is told at those of its nodes that
decide where calls go; where it has none, at its messages, and else at its over_nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ivr.domain.menu.each import EachNode
from ivr.domain.menu.ending import EndNode
from ivr.domain.menu.fields import WayOut
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.node import Node
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.rounds import comes_to
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.problems import Problem

_ENDS = "a call going round ends after 250 nodes, or earlier where one of them has max_visits"
_OVER = "over_node"


def lint_loops(nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """Warnings in the author's order of nodes."""
    ways = {node.id: [way for way in _ways(node, nodes) if way.target in nodes] for node in nodes.values()}
    every = _targets(ways)
    asked = {node.id for node in nodes.values() if node.waits and node.max_visits is None}
    passed = _targets({each: some for each, some in ways.items() if each not in asked})
    over = {each: some for each, some in passed.items() if _is_over(nodes[each])}
    heard = {each: some for each, some in passed.items() if each in over or isinstance(nodes[each], MessageNode)}
    for node in nodes.values():
        if _is_over(node):
            within = over
        elif isinstance(node, MessageNode):
            within = heard
        else:
            within = every if node.id in asked else passed
        round_ = [way for way in ways[node.id] if comes_to(way.target, node.id, within)]
        yield from _told(node, round_)


def _is_over(node: Node) -> bool:
    return node.max_visits is not None


def _ways(node: Node, nodes: Mapping[str, Node]) -> Iterator[WayOut]:
    """Those that a call may take without end."""
    for way in () if isinstance(node, EndNode) else node.targets():
        if (way.path[0] == _OVER) == _is_over(node) and (_is_over(node) or node.needs_no_key(way, nodes)):
            yield way


def _targets(ways: Mapping[str, Sequence[WayOut]]) -> dict[str, list[str]]:
    return {node_id: [way.target for way in some] for node_id, some in ways.items()}


def _told(node: Node, round_: Sequence[WayOut]) -> Iterator[Problem]:
    """One warning for a node, or for each way; `round_` are those that lead back to it."""
    if not round_:
        return
    if _is_over(node):
        text = "over_node leads back here, so a call that has come too often ends at once: lead it out of the loop"
        yield node.warning("loop_without_key", text, _OVER)
    elif isinstance(node, MessageNode):
        text = "messages that lead only to each other: callers hear them again and again until the call ends"
        yield node.warning("message_loop", text, "next")
    elif isinstance(node, SwitchNode):
        text = f"this switch may lead back to itself without a question: {_ENDS}"
        yield node.warning("switch_loop", text, "case")
    elif isinstance(node, RequestNode):
        text = f"this request may lead back to itself without a question: {_ENDS}"
        yield node.warning("request_loop", text, "next")
    else:
        is_each = isinstance(node, EachNode)
        for way in round_:
            text = f"this way may lead back here without a {'question' if is_each else 'key'}: {_ENDS}"
            yield node.warning("each_loop" if is_each else "loop_without_key", text, *way.path)
