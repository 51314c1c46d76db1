"""Keys sent to the caller's side, such as a door station that opens on 9."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.fields import Field, TargetField, WordField
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings
from ivr.domain.problems import Problem

# One key at least, and waits before and between: w is half a second, W a second.
KEYS_SENT = re.compile(r"[wW]{0,16}[0-9*#A-D][0-9*#A-DwW]{0,47}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigitsNode(Node):
    """The prompt comes first, then the keys, then `next`."""

    kind: ClassVar[str] = "send_digits"
    mark: ClassVar[Mark] = Mark("action", "send_digits")
    api: ClassVar[ApiSchema] = ApiSchema(
        "SendDigitsNode",
        "Keys sent",
        "Sends keys to the caller's side, which a door station may open on, and continues at `next`.",
    )
    label: ClassVar[str] = "Send keys"
    new_id: ClassVar[str] = "open_door"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    own_fields: ClassVar[tuple[Field, ...]] = (
        WordField(
            name="keys",
            label="Keys",
            hint="9, or ww12#: each w waits half a second, each W a second.",
            if_absent="Give the keys",
            pattern=KEYS_SENT,
            code="invalid_keys",
            rule="keys are 1 to 48 of 0 to 9, *, # and A to D, with w to wait half a second and W a second",
            description="The keys that are sent, in their order; `w` waits half a second, `W` a second.",
            required=True,
        ),
        TargetField(
            name="next",
            label="Then",
            way_out="then",
            if_missing="after the keys callers hear a goodbye and the call ends",
            description="Where the call continues once the keys are sent.",
            required=True,
        ),
    )

    keys: str
    next: str

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        return GoTo(self.next) if self.next in nodes else NoWayOn()

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        """Nothing: any keys may be meant."""
        return iter(())
