"""Ways past nodes that do not wait for the caller: rounds that lead back, and where such ways come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.domain.menu.node import Node


def leads_to(start: str, goal: str, nodes: Mapping[str, Node]) -> bool:
    """Whether any way leads from the node `start` to `goal`."""
    return comes_to(start, goal, {each.id: [way.target for way in each.targets()] for each in nodes.values()})


def comes_to(start: str, goal: str, targets: Mapping[str, Iterable[str]]) -> bool:
    """Whether `goal` is reached from the node `start`; `targets` are those of each node."""
    seen: set[str] = set()
    coming = [start]
    for node_id in coming:
        if node_id == goal:
            return True
        if node_id not in seen:
            seen.add(node_id)
            coming += targets.get(node_id, ())
    return False


def first_waiting(start: str, nodes: Mapping[str, Node]) -> tuple[list[str], list[Node]]:
    """The nodes that calls from this one on come to first that wait or do not exist, and those that they pass on
    the way."""
    found: list[str] = []
    passed: dict[str, Node] = {}
    coming = [start]
    for node_id in coming:
        node = nodes.get(node_id)
        if node is None or (node.waits and not node.comes_first):
            found += [node_id] if node_id not in found else []
        elif node_id not in passed:
            passed[node_id] = node
            coming += [way.target for way in node.targets()]
    return found, list(passed.values())
