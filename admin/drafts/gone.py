"""Where a draft names what was deleted since it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ivr.domain.problems import Problem, pointer
from ivr.ports.menu_drafts import Gone

# kind -> how texts call it, and what stands before its name in a field
_CALLED = {
    "agents": ("agent", ""),
    "hours": ("opening hours", "hours:"),
    "services": ("service", ""),
    "lists": ("list", "list:"),
    "channels": ("channel", ""),
    "groups": ("group of people", ""),
}
# The fields that name one of a kind; of the others every field may.
_FIELDS = {"agents": ("agent",), "services": ("service",), "groups": ("people",), "channels": ("to",)}


def problems_of(document: Mapping[str, Any], gone: Sequence[Gone]) -> list[Problem]:
    """One for each place that names it."""
    return [problem for each in gone for problem in _problems(document, each)]


def _problems(document: Mapping[str, Any], gone: Gone) -> Iterator[Problem]:
    called, before = _CALLED[gone.kind]
    text = f"the {called} {gone.name} was deleted since the draft was saved: name another, or make it again"
    for node_id, node in document["nodes"].items():
        for path in _places(node, before + gone.name, _FIELDS.get(gone.kind)):
            yield Problem(pointer("nodes", node_id, *path), f"{gone.kind}_deleted", text)


def _places(node: Mapping[str, Any], wanted: str, fields: Sequence[str] | None) -> Iterator[tuple[str, ...]]:
    for field, value in node.items():
        if fields is not None and field not in fields:
            continue
        if value == wanted or (isinstance(value, str) and value.startswith(f"{wanted}:")):
            yield (field,)
        elif isinstance(value, dict) and wanted in value:
            yield (field, wanted)
