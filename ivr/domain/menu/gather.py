"""A question: plays its prompt and takes one digit."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.fields import DigitTargetsField, Field, NumberField, TargetField
from ivr.domain.menu.moves import AskAgain, GiveUp, GoTo, Move, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings
from ivr.domain.problems import Problem

NO_INPUT_WAIT_S = 5.0
MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherNode(Node):
    """`gather` maps a digit to a node id that need not exist (yet); `timeout_s` is the wait after the prompt;
    `max_attempts` the failures in a row after which the caller is let go."""

    kind: ClassVar[str] = "gather"
    mark: ClassVar[Mark] = Mark("gather")
    api: ClassVar[ApiSchema] = ApiSchema(
        "GatherNode",
        "A question",
        "Plays `audio` and takes one key, which may lead to a node that does not exist yet.",
    )
    label: ClassVar[str] = "Question"
    new_id: ClassVar[str] = "question"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    instead_of_audio: ClassVar[str] = "its keys read out"
    without_audio: ClassVar[str | None] = "a question without audio: callers hear its keys read out"
    own_fields: ClassVar[tuple[Field, ...]] = (
        DigitTargetsField(
            name="gather", label="Keys", code="empty_gather", description="Key -> node id.", required=True
        ),
        TargetField(
            name="timeout_node",
            label="If no key is pressed",
            if_absent="Ask again",
            way_out="no key",
            if_missing="without a key the same question is asked again",
        ),
        NumberField(
            name="timeout_s",
            label="Wait, seconds",
            least=1,
            most=60,
            default=NO_INPUT_WAIT_S,
            step=0.5,
            code="invalid_timeout",
            rule="timeout_s is 1 to 60 seconds",
        ),
        NumberField(
            name="max_attempts",
            label="Attempts",
            least=1,
            most=10,
            default=MAX_ATTEMPTS,
            step=1,
            code="invalid_max_attempts",
            rule="max_attempts is a whole number from 1 to 10",
        ),
    )

    gather: Mapping[str, str]
    timeout_node: str | None = None
    timeout_s: float = NO_INPUT_WAIT_S
    max_attempts: int = MAX_ATTEMPTS

    def offered_digits(self) -> Container[str]:
        return self.gather

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is the digit pressed, None for silence. A `timeout_node` that is the node itself counts as
        staying."""
        target = self.timeout_node if result is None else self.gather.get(result)
        if target is not None and target in nodes and (result is not None or target != self.id):
            return GoTo(target)
        if position.failures + 1 >= self.max_attempts:
            return GiveUp("no_input" if result is None else "no_match")
        return AskAgain(after_no_match=result is not None)

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if not any(target in around.nodes for target in self.gather.values()):
            text = "no key of this question leads anywhere: every caller is let go after the last attempt"
            yield self.warning("no_key_offered", text, "gather")
