"""What ends a call without fields of its own."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.moves import Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNode(Node):
    """Nothing ever follows it."""

    api: ClassVar[ApiSchema] = ApiSchema(
        "ActionNode", "An end", "Hangs up, or puts the caller on the do-not-call list."
    )
    live_phase: ClassVar[LivePhase] = "ending"

    def may_end(self, nodes: Container[str]) -> bool:
        return True

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        return NoWayOn()
