"""Ways past nodes that do not wait for the caller: rounds that lead back, and where such ways come to."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.domain.menu.node import Node


def leads_to(start: str, goal: str, nodes: Mapping[str, Node], *, waiting: bool = True) -> bool:
    """Whether a way leads from the node `start` to `goal`; not `waiting`: past nodes that neither wait nor count
    their visits."""
    seen: set[str] = set()
    coming = [start]
    for node_id in coming:
        if node_id == goal:
            return True
        node = nodes.get(node_id)
        if node is None or node_id in seen or not (waiting or _passes(node)):
            continue
        seen.add(node_id)
        coming += [way.target for way in node.targets() if waiting or way.path[0] not in node.bounded_ways]
    return False


def _passes(node: Node) -> bool:
    return not node.waits and node.max_visits is None


def leads_round(start: Node, nodes: Mapping[str, Node]) -> bool:
    """Whether a way leads from this node back to it past nodes that neither wait nor count their visits."""
    ways = [way.target for way in start.targets() if way.path[0] not in start.bounded_ways]
    return _passes(start) and any(leads_to(each, start.id, nodes, waiting=False) for each in ways)


def first_waiting(start: str, nodes: Mapping[str, Node]) -> tuple[list[str], list[Node]]:
    """The nodes that calls from this one on come to first that wait or do not exist, and those that they pass on
    the way."""
    found: list[str] = []
    passed: dict[str, Node] = {}
    coming = [start]
    for node_id in coming:
        node = nodes.get(node_id)
        if node is None or node.waits:
            found += [node_id] if node_id not in found else []
        elif node_id not in passed:
            passed[node_id] = node
            coming += [way.target for way in node.targets()]
    return found, list(passed.values())
