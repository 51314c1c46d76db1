"""A recording: the caller speaks after a tone, and what they say is kept as a sound, by its name in a variable."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.fields import DTMF_DIGITS, LABEL, Field, NumberField, TargetField, WayOut, WordField
from ivr.domain.menu.moves import AskAgain, GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.question_fields import FlagField
from ivr.domain.menu.spoken import spoken_text
from ivr.domain.menu.value_fields import VariableField
from ivr.domain.problems import Problem
from ivr.domain.sounds import LINK, MAX_LINK, MAX_NAME

# The results of a recording: something was said, nothing was, or it could not be kept.
KEPT, NOTHING, FAILED = "kept", "nothing", "failed"
ANY_KEY, NO_KEY = "any", "none"
LONGEST_S, SILENCE_S, ATTEMPTS, END_KEY = 120, 5, 2, "#"
_END_KEYS = re.compile(rf"{ANY_KEY}|{NO_KEY}|[0-9*#]{{1,12}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNode(Node):
    """`save` is the variable that holds the sound's name, empty where nothing was said."""

    kind: ClassVar[str] = "record"
    mark: ClassVar[Mark] = Mark("action", "record")
    api: ClassVar[ApiSchema] = ApiSchema(
        "RecordNode",
        "A recording",
        "Plays `audio` and a tone, keeps what the caller says as a sound, and continues at `next`. A hang-up keeps "
        "what was said until then.",
    )
    label: ClassVar[str] = "Record"
    new_id: ClassVar[str] = "record"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    without_audio: ClassVar[str | None] = "a recording without audio: callers hear only the tone"
    own_fields: ClassVar[tuple[Field, ...]] = (
        VariableField(
            name="save",
            label="Keep the sound as",
            hint="The name of a variable; {sound} in an audio plays what sound holds.",
            description="The variable that holds the sound's name, empty where nothing was said. With `.link` behind "
            "it, it is a link to the sound that expires.",
            required=True,
        ),
        TargetField(
            name="next",
            label="Then",
            way_out="then",
            if_missing="after the recording callers hear a goodbye and the call ends",
            description="Where the call continues after the recording.",
            required=True,
        ),
        TargetField(
            name="no_input_node",
            label="If nothing is said",
            if_absent="The same as after a recording",
            way_out="silence again",
            if_missing="when nothing was said callers hear a goodbye and the call ends",
            description="Where the call continues when nothing was said at the last attempt.",
        ),
        NumberField(
            name="max_s",
            label="Longest, seconds",
            least=2,
            most=600,
            default=LONGEST_S,
            step=1,
            code="invalid_max_s",
            rule="max_s is a whole number of seconds from 2 to 600",
            description="After so many seconds the recording ends.",
        ),
        NumberField(
            name="silence_s",
            label="Silence that ends it, seconds",
            least=1,
            most=60,
            default=SILENCE_S,
            step=1,
            code="invalid_silence_s",
            rule="silence_s is a whole number of seconds from 1 to 60",
            description="So many seconds of silence end the recording.",
        ),
        WordField(
            name="end_keys",
            label="Keys that end it",
            if_absent=END_KEY,
            pattern=_END_KEYS,
            code="invalid_end_keys",
            rule=f"end_keys is up to 12 of 0-9, * and #, or {ANY_KEY}, or {NO_KEY}",
            description=f"The keys that end the recording; `{ANY_KEY}`: each does, `{NO_KEY}`: none.",
        ),
        FlagField(
            name="tone",
            more=True,
            default=True,
            label="A tone before it",
            description="false: the recording begins without a tone.",
        ),
        NumberField(
            name="max_attempts",
            more=True,
            label="Attempts",
            least=1,
            most=10,
            default=ATTEMPTS,
            step=1,
            code="invalid_max_attempts",
            rule="max_attempts is a whole number from 1 to 10",
            description="How often a caller who says nothing is asked.",
        ),
        AudioField(
            name="no_input_audio",
            more=True,
            label="Audio after silence",
            if_absent="Nothing",
            description="Played before the caller is asked again.",
        ),
        spoken_text("no_input_text", "no_input_audio", "Text after silence"),
        FlagField(
            name="barge_in",
            more=True,
            default=True,
            label="Keys cut the prompt short",
            description="A key cuts the prompt, and the recording begins. false: the prompt is played to its end.",
        ),
        WordField(
            name="mailbox",
            more=True,
            label="Mailbox",
            if_absent="None",
            pattern=LABEL,
            code="invalid_mailbox",
            rule="a mailbox's name has 1 to 64 letters, digits and the characters _ . -",
            description="The mailbox that the sound is put into, which says how long it is kept.",
        ),
    )

    save: str
    next: str
    no_input_node: str | None = None
    max_s: int = LONGEST_S
    silence_s: int = SILENCE_S
    end_keys: str = END_KEY
    tone: bool = True
    max_attempts: int = ATTEMPTS
    no_input_audio: str | None = None
    no_input_text: str | None = None
    barge_in: bool = True
    mailbox: str | None = None

    @property
    def link(self) -> str:
        """The variable that holds the link to the sound."""
        return f"{self.save}{LINK}"

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is KEPT, NOTHING or FAILED."""
        if result == NOTHING and position.failures + 1 < self.max_attempts:
            return AskAgain(after_no_match=False)
        target = self.next if result == KEPT or self.no_input_node is None else self.no_input_node
        return GoTo(target) if target in nodes else NoWayOn()

    def sets(self) -> Mapping[str, int]:
        own = Node.sets(self)
        return {**own, self.save: own.get(self.save, 0) + MAX_NAME, self.link: MAX_LINK}

    def sets_before(self, way: WayOut) -> Iterable[str]:
        before = Node.sets_before(self, way)
        return before if way.path[0] == "over_node" else (*before, self.save)

    def offered_digits(self) -> Container[str]:
        return {ANY_KEY: DTMF_DIGITS, NO_KEY: ""}.get(self.end_keys, self.end_keys)

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if self.silence_s >= self.max_s:
            text = f"the recording ends after {self.max_s} seconds, before {self.silence_s} seconds of silence: "
            yield self.warning("silence_ends_nothing", f"{text}make silence_s shorter, or max_s longer", "silence_s")
