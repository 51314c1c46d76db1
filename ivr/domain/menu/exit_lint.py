"""Questions among which callers go round without an exit: no key, result or silence leads on to an end or an agent.

A wrong key is no exit, though three of them end a call: nobody is told of it. Ways to nodes that do not exist are
told elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.domain.menu.hung_up import reached
from ivr.domain.menu.node import Node
from ivr.domain.problems import Problem

_SHOWN = 4


def lint_exits(start: str, nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """One warning for each group of questions, at the first of them, in the author's order."""
    leaving = _leaving(nodes)
    met = {node.id for node in reached(start, nodes)}
    told: set[str] = set()
    for node in nodes.values():
        if not node.waits or node.id in leaving or node.id not in met or node.id in told:
            continue
        around = [each.id for each in reached(node.id, nodes)]
        told.update(around)
        others = sorted(each for each in around if each != node.id)
        named = ", ".join(others[:_SHOWN]) + (" and others" if len(others) > _SHOWN else "")
        round_ = f"between here and {named}" if others else "here"
        text = (
            f"no key and no silence leads from here to an end or an agent: callers go round {round_} until they hang"
            " up, so lead one of these ways out"
        )
        yield node.warning("no_way_out", text)


def _leaving(nodes: Mapping[str, Node]) -> set[str]:
    """The nodes from which some way leads out."""
    sources: dict[str, list[str]] = {}
    leaving: set[str] = set()
    waiting: list[str] = []
    for node in nodes.values():
        targets = [way.target for way in node.targets()]
        for target in targets:
            sources.setdefault(target, []).append(node.id)
        if node.may_end(nodes) or not all(target in nodes for target in targets):
            waiting.append(node.id)
    while waiting:
        node_id = waiting.pop()
        if node_id not in leaving:
            leaving.add(node_id)
            waiting += sources.get(node_id, ())
    return leaving
