"""A call-back: the caller's wish to be called is kept, for people to work off."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.callbacks import MAX_REASON, MAX_WANTED
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.fields import Fault, Field, TargetField, WayOut, WordField
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings, Use
from ivr.domain.menu.variables import CALLER, KNOWN, TEXT, Memory, names_in, text_of
from ivr.domain.problems import Problem

# The results of a call-back.
KEPT, NO_NUMBER = "kept", "no_number"


@dataclass(frozen=True, kw_only=True)
class ShortTextField(WordField):
    """A text of at most `most` characters, in which variables may stand."""

    pattern: re.Pattern[str] = TEXT
    most: int

    def read(self, value: Any, fault: Fault) -> Any:
        if isinstance(value, str) and len(value) > self.most:
            fault(self.code, self.rule, self.name)
            return value
        return WordField.read(self, value, fault)

    def schema(self) -> dict[str, Any]:
        return {**WordField.schema(self), "maxLength": self.most}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNode(Node):
    """`number` is who is to be called (the caller, where it is absent), `reason` and `wanted` say why and when, in
    words; variables may stand in all three."""

    kind: ClassVar[str] = "callback"
    mark: ClassVar[Mark] = Mark("action", "callback")
    api: ClassVar[ApiSchema] = ApiSchema(
        "CallbackNode",
        "A call-back",
        "Keeps the caller's wish to be called back (see /callbacks), then continues. `audio` is played once it is "
        "kept.",
    )
    label: ClassVar[str] = "Call-back"
    new_id: ClassVar[str] = "callback"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    leaves_unanswered: ClassVar[bool] = True
    needs_no_caller: ClassVar[bool] = True
    own_fields: ClassVar[tuple[Field, ...]] = (
        ShortTextField(
            name="number",
            label="Number to call",
            hint="{caller}, or a variable that a question saved.",
            if_absent="The caller's own",
            most=64,
            code="invalid_callback_number",
            rule="number is at most 64 characters, a telephone number or a variable in braces, as in {number}",
            description="Who is to be called: a number or a variable; absent: the caller.",
        ),
        ShortTextField(
            name="reason",
            label="What it is about",
            hint="Support, or {topic}.",
            if_absent="Nothing is said about it",
            most=MAX_REASON,
            code="invalid_reason",
            rule=f"reason is at most {MAX_REASON} characters, in which variables may stand in braces",
            description="What it is about, for who calls back.",
        ),
        ShortTextField(
            name="wanted",
            label="When the caller wants to be called",
            hint="This afternoon, or {time}.",
            if_absent="As soon as somebody can",
            most=MAX_WANTED,
            code="invalid_wanted",
            rule=f"wanted is at most {MAX_WANTED} characters, in which variables may stand in braces",
            description="When the caller would like to be called, in words.",
        ),
        TargetField(
            name="next",
            label="Then",
            way_out="then",
            if_missing="after that callers hear a goodbye and the call ends",
            description="Where the call continues.",
            required=True,
        ),
        TargetField(
            name="fail_node",
            label="Without a number",
            if_absent="As after a call-back that was kept",
            way_out="fails",
            if_missing="without a number the call continues as after a call-back that was kept",
            description="Where the call continues when there is no number to call: it is withheld, or what was keyed "
            "is none.",
        ),
    )

    next: str
    number: str | None = None
    reason: str | None = None
    wanted: str | None = None
    fail_node: str | None = None

    def uses(self) -> Iterator[Use]:
        yield from Node.uses(self)
        for field in ("number", "reason", "wanted"):
            for name in names_in(getattr(self, field) or ""):
                if name not in (*KNOWN, *(self.set or ())):
                    yield Use(name, (field,))

    def filled(self, memory: Memory) -> tuple[str, str, str]:
        """Number, reason and time wanted for a call that knows this much."""
        number = f"{{{CALLER}}}" if self.number is None else self.number
        return (
            text_of(memory.fill(number)),
            text_of(memory.fill(self.reason or ""))[:MAX_REASON],
            text_of(memory.fill(self.wanted or ""))[:MAX_WANTED],
        )

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is KEPT or NO_NUMBER."""
        target = self.next
        if result == NO_NUMBER and self.fail_node in nodes:
            target = str(self.fail_node)
        return GoTo(target) if target in nodes else NoWayOn()

    def needs_no_key(self, way: WayOut, nodes: Container[str]) -> bool:
        return True

    def without_prompt(self) -> str | None:
        return None

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if self.fail_node is None:
            text = "a caller without a number is not called back: give fail_node, where they are asked for it"
            yield self.warning("callback_without_number", text, "fail_node")
