"""A Sankey diagram of a funnel, as numbers for an SVG: bands from each node to where its callers went, as wide as
their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from admin.http.language import number_text
from admin.http.words import OUTCOMES, word_of

MAX_NODES = 30
_HEIGHT, _BAR, _GAP, _TOP = 380, 12, 14, 22
# Room for the labels: of a node between its column and the next, of an outcome right of the last column.
_STEP, _LAST = 235, 245
_LEAST_WIDTH = 900


@dataclass(frozen=True, slots=True)
class Bar:
    """`kind`: node or end (an outcome, whose `name` is its class in the drawing). `back`: moves from here back to
    this node or an earlier one; `back_to` names these nodes for a tooltip."""

    name: str
    label: str
    kind: str
    count: int
    x: float
    y: float
    height: float
    label_x: float
    back: int = 0
    back_to: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """SVG path data and its tooltip."""

    path: str
    width: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Sankey:
    """`back` counts the moves back to earlier nodes, which are marked at the bars; `left_out` the nodes not drawn."""

    width: int
    height: int
    bars: list[Bar]
    bands: list[Band]
    back: int
    left_out: int


def lay_out(nodes: Sequence[Mapping[str, Any]]) -> Sankey | None:
    """The diagram of a funnel's `nodes` as the API gives them, most entered first; None when there are none."""
    if not nodes:
        return None
    shown = {each["node"]: each for each in nodes[:MAX_NODES]}
    columns = _columns(shown)
    ends: dict[str, int] = {}
    for node in shown.values():
        for onward in node["onward"]:
            if onward["outcome"]:
                ends[onward["outcome"]] = ends.get(onward["outcome"], 0) + onward["count"]
    depth = max(columns.values()) + 1
    stacks: list[list[tuple[str, str, int]]] = [[] for _ in range(depth + 1)]
    for name in shown:
        stacks[columns[name]].append((name, "node", shown[name]["entered"]))
    stacks[depth] = [(name, "end", count) for name, count in sorted(ends.items(), key=lambda each: -each[1])]
    rooms = ((_HEIGHT - _TOP - _GAP * len(stack), sum(count for *_, count in stack)) for stack in stacks if stack)
    scale = max(0.0, min(room / max(1, total) for room, total in rooms))
    width = max(_LEAST_WIDTH, depth * _STEP + _BAR + _LAST)
    step = (width - _BAR - _LAST) / depth
    bars: dict[tuple[str, str], Bar] = {}
    height = 0.0
    for column, stack in enumerate(stacks):
        y = float(_TOP)
        for name, kind, count in stack:
            x = column * step
            bars[kind, name] = Bar(name, _label(kind, name), kind, count, x, y, max(1.5, count * scale), x + _BAR + 6)
            y += max(1.5, count * scale) + _GAP
        height = max(height, y)
    bands, back = _bands(shown, bars, scale)
    for name, returns in back.items():
        led = ", ".join(f"{target}: {number_text(count)}" for target, count in returns.items())
        bars["node", name] = replace(bars["node", name], back=sum(returns.values()), back_to=led)
    total = sum(bar.back for bar in bars.values())
    return Sankey(width, round(height), list(bars.values()), bands, total, len(nodes) - len(shown))


def _label(kind: str, name: str) -> str:
    return word_of(OUTCOMES, name).text if kind == "end" else name


def _columns(shown: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The column of each node: right of all nodes that lead to it, leaving out moves back."""
    led_to = {onward["node"] for name, each in shown.items() for onward in each["onward"] if onward["node"] != name}
    onwards: dict[str, list[str]] = {name: [] for name in shown}
    done: list[str] = []
    under_way: set[str] = set()

    def visit(name: str) -> None:
        under_way.add(name)
        for target in (onward["node"] for onward in shown[name]["onward"] if onward["node"] in shown):
            if target not in under_way:
                if target not in done:
                    visit(target)
                onwards[name].append(target)
        under_way.remove(name)
        done.append(name)

    for name in sorted(shown, key=led_to.__contains__):
        if name not in done:
            visit(name)
    columns = dict.fromkeys(shown, 0)
    for name in reversed(done):
        for target in onwards[name]:
            columns[target] = max(columns[target], columns[name] + 1)
    return columns


def _bands(
    shown: Mapping[str, Mapping[str, Any]], bars: Mapping[tuple[str, str], Bar], scale: float
) -> tuple[list[Band], dict[str, dict[str, int]]]:
    """The bands, and the moves back, which have none: node -> target -> count."""
    bands: list[Band] = []
    left: dict[tuple[str, str], float] = {}
    right: dict[tuple[str, str], float] = {}
    back: dict[str, dict[str, int]] = {}
    for name, node in shown.items():
        for onward in sorted(node["onward"], key=lambda each: each["outcome"] is not None):
            kind = "end" if onward["outcome"] else "node"
            source, target = ("node", name), (kind, onward["outcome"] or onward["node"])
            if target not in bars:
                continue
            if bars[target].x <= bars[source].x:
                back.setdefault(name, {})[target[1]] = onward["count"]
                continue
            width = max(1.0, onward["count"] * scale)
            y1 = bars[source].y + left.get(source, 0.0) + width / 2
            y2 = bars[target].y + right.get(target, 0.0) + width / 2
            left[source] = left.get(source, 0.0) + onward["count"] * scale
            right[target] = right.get(target, 0.0) + onward["count"] * scale
            x1, x2 = bars[source].x + _BAR, bars[target].x
            middle = (x1 + x2) / 2
            path = f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
            title = f"{name} → {_label(*target)}: {number_text(onward['count'])}"
            bands.append(Band(path, round(width, 1), kind, title))
    return bands, back
