"""A small picture of a menu, as numbers for an SVG: nodes in columns by the number of keys that lead to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.menu.kinds import find_kind, targets_of

MAX_DRAWN = 60
_STEP_X, _STEP_Y, _MARGIN = 46, 22, 12


@dataclass(frozen=True, slots=True)
class Dot:
    """`kind`: a kind of node, or `start`, or `missing`."""

    id: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """`paths` are SVG path data from a node to its targets, `back` those that lead back to an earlier column;
    `left_out` counts the nodes that are not drawn."""

    width: float
    height: float
    dots: list[Dot]
    paths: list[str]
    back: list[str]
    left_out: int


def draw(start: str, nodes: Mapping[str, Mapping[str, Any]], hung_up: str | None = None) -> Picture:
    """The picture of a menu's `start`, `nodes` and `hung_up_node` as the API gives them."""
    columns = _columns([start] if hung_up is None or hung_up == start else [start, hung_up], nodes)
    height = max(len(column) for column in columns)
    dots = {
        node_id: Dot(
            node_id,
            _kind(node_id, start, nodes),
            _MARGIN + _STEP_X * depth,
            _MARGIN + _STEP_Y * (row + (height - len(column)) / 2),
        )
        for depth, column in enumerate(columns)
        for row, node_id in enumerate(column)
    }
    paths: list[str] = []
    back: list[str] = []
    for node_id, dot in dots.items():
        for target in dict.fromkeys(way.target for way in targets_of(nodes.get(node_id, {}))):
            other = dots.get(target)
            if other is not None and other is not dot:
                (paths if other.x > dot.x else back).append(_curve(dot, other))
    return Picture(
        2 * _MARGIN + _STEP_X * (len(columns) - 1),
        2 * _MARGIN + _STEP_Y * (height - 1),
        list(dots.values()),
        paths,
        back,
        len(nodes) - sum(1 for each in dots if each in nodes),
    )


def _columns(first: list[str], nodes: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    columns, seen = [first], set(first)
    while len(seen) < MAX_DRAWN:
        column: list[str] = []
        for node_id in columns[-1]:
            for way in targets_of(nodes.get(node_id, {})):
                if way.target not in seen and len(seen) < MAX_DRAWN:
                    seen.add(way.target)
                    column.append(way.target)
        if not column:
            break
        columns.append(column)
    return columns


def _kind(node_id: str, start: str, nodes: Mapping[str, Mapping[str, Any]]) -> str:
    node = nodes.get(node_id)
    if node is None:
        return "missing"
    if node_id == start:
        return "start"
    kind = find_kind(node)
    return kind.kind if kind else "missing"


def _curve(one: Dot, other: Dot) -> str:
    if other.x > one.x:
        middle = (one.x + other.x) / 2
        return f"M{one.x:g} {one.y:g}C{middle:g} {one.y:g} {middle:g} {other.y:g} {other.x:g} {other.y:g}"
    lower = max(one.y, other.y) + _STEP_Y / 2
    return f"M{one.x:g} {one.y:g}Q{(one.x + other.x) / 2:g} {lower:g} {other.x:g} {other.y:g}"
