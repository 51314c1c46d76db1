"""Ways past nodes that do not wait for the caller: rounds that lead back, and where such ways come to."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.domain.menu.node import Node


def leads_round(start: Node, nodes: Mapping[str, Node]) -> bool:
    """Whether a way leads from this node back to it past nodes that neither wait nor count their visits."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node.waits or node.max_visits is not None:
            continue
        for way in node.targets():
            if way.target == start.id:
                return True
            if way.target in nodes and way.target not in seen:
                seen.add(way.target)
                waiting.append(nodes[way.target])
    return False


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
