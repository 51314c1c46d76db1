"""A message: plays its prompt, then continues at `next`."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.choice_field import ChoiceField
from ivr.domain.menu.fields import Field, TargetField
from ivr.domain.menu.gather_fields import FLUSH, KEEP
from ivr.domain.menu.menu_fields import RECORD_CALL
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.question_fields import FlagField
from ivr.domain.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNode(Node):
    """`next` names a node that need not exist (yet)."""

    kind: ClassVar[str] = "message"
    mark: ClassVar[Mark] = Mark("next")
    api: ClassVar[ApiSchema] = ApiSchema(
        "MessageNode",
        "A message",
        "Plays `audio` and continues at `next`; a key cuts it and answers the next question.",
    )
    label: ClassVar[str] = "Message"
    new_id: ClassVar[str] = "message"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    leaves_unanswered: ClassVar[bool] = True
    needs_no_caller: ClassVar[bool] = True
    without_audio: ClassVar[str | None] = "a message without audio: callers hear nothing and continue"
    own_fields: ClassVar[tuple[Field, ...]] = (
        TargetField(
            name="next",
            label="Then",
            way_out="then",
            if_missing="after the message callers hear a goodbye and the call ends",
            description="Where the call continues after the message.",
            required=True,
        ),
        FlagField(
            name="barge_in",
            more=True,
            default=True,
            label="Keys cut it short",
            description="A key cuts the message, and what else is said up to the next question, which it answers. "
            "false: the message is played to its end.",
        ),
        ChoiceField(
            name="type_ahead",
            more=True,
            label="Keys pressed before it",
            options=((FLUSH, "Are dropped"), (KEEP, "Count")),
            description="`keep`: a key that was pressed when it could cut nothing cuts the message at once, and "
            "answers the next question.",
        ),
        FlagField(
            name=RECORD_CALL,
            more=True,
            label="The call is recorded from here on",
            description="true: the message is the announcement that the call is recorded. It is played to its end, "
            "and from then on the whole call is kept as a sound, both sides. Without its audio nothing is recorded.",
        ),
    )

    next: str
    barge_in: bool = True
    type_ahead: str = FLUSH
    record_call: bool = False

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        return GoTo(self.next) if self.next in nodes else NoWayOn()

    def without_prompt(self) -> str | None:
        """A node that only sets variables needs none."""
        return None if self.set is not None and self.text is None else self.without_audio

    def instead_of(self, field: AudioField) -> str:
        return f"{self.instead_of_audio}, and the call is not recorded" if self.record_call else self.instead_of_audio

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        """Whether it leads back to itself depends on others (`loop_lint`)."""
        if self.record_call and self.audio is None and self.text is None:
            text = "without an announcement the call is not recorded: say in text that it is, and speak it"
            yield self.warning("recorded_without_announcement", text, RECORD_CALL)


def next_without_message(node_id: str, nodes: Mapping[str, Node]) -> str | None:
    """The first node from this one on, this one included, that is not a message; it need not exist. None: there is
    none."""
    seen = set()
    while isinstance(node := nodes.get(node_id), MessageNode):
        if node_id in seen:
            return None
        seen.add(node_id)
        node_id = node.next
    return node_id
