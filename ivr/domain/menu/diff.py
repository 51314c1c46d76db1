"""What a change of a menu changes: nodes added, removed and changed field by field, and whatever else differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ivr.domain.menu.document import OPTIONAL
from ivr.domain.menu.kinds import MAP_FIELDS
from ivr.domain.menu.templates import PART_AUDIO
from ivr.domain.problems import pointer

Kind = Literal["added", "removed", "changed"]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`pointer` is RFC 6901 from the menu; `before` or `after` is None where the field is absent."""

    pointer: str
    kind: Kind
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class NodeChange:
    """`fields` of a node that was added or removed has each of its fields, too."""

    node: str
    kind: Kind
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class MenuDiff:
    """`menu` has name, start and languages; `nodes` first those of the new menu in its order, then those removed;
    `reordered`: the order of the nodes that both have changed."""

    menu: tuple[FieldChange, ...]
    nodes: tuple[NodeChange, ...]
    reordered: bool
    prompts: tuple[tuple[str, Kind], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.menu or self.nodes or self.reordered or self.prompts)

    def count(self, kind: Kind) -> int:
        """How many nodes."""
        return sum(each.kind == kind for each in self.nodes)


def diff_menus(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    prompts_before: Mapping[str, Any] | None = None,
    prompts_after: Mapping[str, Any] | None = None,
) -> MenuDiff:
    """From one stored document to another, both well-formed. `prompts_`: audio name -> whatever tells its sound."""
    menu = tuple(
        change for name in ("name", *OPTIONAL) for change in _compare(before.get(name), after.get(name), (name,))
    )
    old, new = before["nodes"], after["nodes"]
    nodes = [_node(name, old.get(name), new.get(name)) for name in (*new, *(name for name in old if name not in new))]
    kept_before = [name for name in old if name in new]
    kept_after = [name for name in new if name in old]
    sounds = _sounds(prompts_before or {}, prompts_after or {})
    return MenuDiff(menu, tuple(each for each in nodes if each), kept_before != kept_after, tuple(sounds))


def _node(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> NodeChange | None:
    fields = tuple(_node_fields(name, before or {}, after or {}))
    if before is not None and after is not None:
        # The order of a map is what callers hear read out, so it is a change even where no field is.
        if not fields and _map_orders(before) == _map_orders(after):
            return None
        return NodeChange(name, "changed", fields)
    return NodeChange(name, "added" if before is None else "removed", fields)


def _node_fields(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    for field in dict.fromkeys((*after, *before)):
        old, new = before.get(field), after.get(field)
        if field in MAP_FIELDS and not isinstance(old, str | list) and not isinstance(new, str | list):
            old, new = old or {}, new or {}
            for key in dict.fromkeys((*new, *old)):
                yield from _compare(old.get(key), new.get(key), ("nodes", name, field, key))
        else:
            yield from _compare(old, new, ("nodes", name, field))


def _map_orders(node: Mapping[str, Any]) -> list[list[str]]:
    return [list(node.get(field) or ()) for field in sorted(MAP_FIELDS)]


def _compare(before: Any, after: Any, where: tuple[str, ...]) -> Iterator[FieldChange]:
    if before != after:
        kind: Kind = "added" if before is None else "removed" if after is None else "changed"
        yield FieldChange(pointer(*where), kind, before, after)


def _sounds(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Kind]]:
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if old != new and not PART_AUDIO.fullmatch(name):
            yield name, "added" if old is _ABSENT else "removed" if new is _ABSENT else "changed"
