"""An action of a flow: its parameters, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.imports.report import NotReadable
from ivr.domain.imports.shapes import list_in, object_in, objects_in


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    kind: str
    given: Mapping[str, Any]
    ways: Mapping[str, Any]

    def next(self) -> str | None:
        target = self.ways.get("NextAction")
        return target if isinstance(target, str) else None

    def error(self, *kinds: str) -> str | None:
        """Where the first of these errors leads; else any other error; else on."""
        found = {str(each.get("ErrorType")): each.get("NextAction") for each in objects_in(self.ways.get("Errors"))}
        named = next((found[each] for each in kinds if each in found), None)
        return named or found.get("NoMatchingError") or next(iter(found.values()), None) or self.next()

    def conditions(self) -> Iterator[tuple[str, list[str], str | None]]:
        for each in objects_in(self.ways.get("Conditions")):
            asked = object_in(each.get("Condition"))
            operands = [str(one) for one in list_in(asked.get("Operands"))]
            yield str(asked.get("Operator")), operands, each.get("NextAction")


def action_of(raw: object) -> Action:
    """The action that this JSON says. Raises NotReadable."""
    if not isinstance(raw, dict) or not isinstance(raw.get("Identifier"), str):
        raise NotReadable("an action of this flow has no Identifier")
    given, ways = object_in(raw.get("Parameters")), object_in(raw.get("Transitions"))
    return Action(raw["Identifier"], str(raw.get("Type")), given, ways)


def last_part(identifier: object) -> str:
    """The last part of an ARN or an address."""
    if isinstance(identifier, list):
        identifier = identifier[0] if identifier else ""
    return re.split(r"[/:]", str(identifier or ""))[-1]
