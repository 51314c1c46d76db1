"""Variables that may be unset where they are read, and variables that may not all fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.domain.menu.hung_up import KNOWN_THERE
from ivr.domain.menu.node import Node
from ivr.domain.menu.variables import KNOWN, MAX_BYTES, OF_CALL, known_as
from ivr.domain.problems import Problem, pointer

# As JSON: two quotes, a colon and a comma.
_AROUND = 4


def lint_variables(start: str, nodes: Mapping[str, Node], hung_up: str | None = None) -> Iterator[Problem]:
    """One warning for each place where a variable is read that some way there has not set. Those of the call are no
    node's to set. From `hung_up` on, where a call may come from anywhere, all that some node sets may be known."""
    somewhere = {name for node in nodes.values() for name in node.sets()}
    known_at = _known_at(start, frozenset(), nodes)
    for node_id, known in _known_at(hung_up, KNOWN_THERE | somewhere, nodes).items():
        known_at.setdefault(node_id, known)
    for node_id, known in known_at.items():
        node = nodes[node_id]
        for name, path in node.uses():
            if name in KNOWN or name.startswith(OF_CALL) or any(each in known for each in known_as(name)):
                continue
            if any(each in somewhere for each in known_as(name)):
                text = f"{name} is not set on every way that leads here: without it, it is empty"
            else:
                text = f"no node sets {name}: it is always empty"
            yield node.warning("variable_not_set", text, *path)
    yield from _no_room(start, nodes)


def _known_at(
    start: str | None, at_start: frozenset[str], nodes: Mapping[str, Node]
) -> dict[str, frozenset[str]]:
    """The variables that are set on every way to each node that can be reached."""
    if start is None or start not in nodes:
        return {}
    known = {start: at_start}
    waiting = [start]
    while waiting:
        node = nodes[waiting.pop()]
        for way in node.targets():
            if way.target not in nodes:
                continue
            after = known[node.id].union(node.sets_before(way))
            before = known.get(way.target)
            both = after if before is None else before & after
            if both != before:
                known[way.target] = both
                waiting.append(way.target)
    return known


def _no_room(start: str, nodes: Mapping[str, Node]) -> Iterator[Problem]:
    sizes: dict[str, int] = {}
    for node in nodes.values():
        for name, most in node.sets().items():
            sizes[name] = max(sizes.get(name, 0), len(name) + _AROUND + most)
    total = sum(sizes.values())
    if total > MAX_BYTES:
        largest = max(sizes, key=lambda name: sizes[name])
        text = (
            f"the variables of this menu may take {total} bytes and a call keeps {MAX_BYTES}: what does not fit "
            f"stays as it was; shorten them, {largest} first"
        )
        yield Problem(pointer("nodes", start), "variables_may_not_fit", text, start)
