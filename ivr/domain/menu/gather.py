"""A question: plays its prompt and takes a digit, or an entry of several."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.choice_field import ChoiceField
from ivr.domain.menu.entries import ANY_DIGIT, KEYS, Entries, entries_of
from ivr.domain.menu.fields import Field, NumberField, TargetField, WayOut, WordField
from ivr.domain.menu.moves import AskAgain, GiveUp, GoTo, Kept, Move, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.question_fields import (
    NO_INPUT,
    NO_MATCH,
    AttemptsField,
    DigitTargetsField,
    FlagField,
)
from ivr.domain.menu.sequences import Said, sequence_at, sequence_of
from ivr.domain.menu.spoken import spoken_text
from ivr.domain.menu.value_fields import VariableField
from ivr.domain.problems import Problem

NO_INPUT_WAIT_S = 5.0
MAX_ATTEMPTS = 3
BETWEEN_S = 3.0
# What becomes of keys that were pressed before a question.
FLUSH, KEEP = "flush", "keep"
_END_KEY = re.compile(r"[0-9*#]|none", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherNode(Node):
    """`gather` maps an entry to a node id that need not exist (yet); `timeout_s` is the wait after the prompt,
    `between_s` that between two digits of an entry; `max_attempts` are the failures in a row after which the call
    goes to `no_input_node` or `no_match_node`, or the caller is let go. `save` is the variable that keeps what was
    keyed."""

    kind: ClassVar[str] = "gather"
    mark: ClassVar[Mark] = Mark("gather")
    api: ClassVar[ApiSchema] = ApiSchema(
        "GatherNode",
        "A question",
        "Plays `audio` and takes a key, or an entry of several, which may lead to a node that does not exist yet.",
    )
    label: ClassVar[str] = "Question"
    new_id: ClassVar[str] = "question"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    instead_of_audio: ClassVar[str] = "its keys read out"
    without_audio: ClassVar[str | None] = "a question without audio: callers hear its keys read out"
    own_fields: ClassVar[tuple[Field, ...]] = (
        DigitTargetsField(
            name="gather",
            label="Keys",
            code="empty_gather",
            description="Key -> node id. A key is a digit, `*` or `#`, or several: `101`, `XXXXX`, `X{6,16}`, where "
            "X is any digit. The longest entry wins, and of two that fit the narrower one.",
            required=True,
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
        AttemptsField(
            name="max_attempts",
            label="Attempts",
            least=1,
            most=10,
            default=MAX_ATTEMPTS,
            step=1,
            code="invalid_max_attempts",
            rule="max_attempts is a whole number from 1 to 10",
            description="Silences and wrong entries in a row, together or each: `{no_input: 2, no_match: 5}`.",
        ),
        TargetField(
            name="no_input_node",
            more=True,
            label="After the last silence",
            if_absent="Say goodbye and hang up",
            way_out="silence again",
            if_missing="after the last silence callers hear a goodbye and the call ends",
            description="Where the call goes when the attempts are used up by a silence.",
        ),
        TargetField(
            name="no_match_node",
            more=True,
            label="After the last wrong key",
            if_absent="Say goodbye and hang up",
            way_out="wrong again",
            if_missing="after the last wrong key callers hear a goodbye and the call ends",
            description="Where the call goes when the attempts are used up by a wrong entry.",
        ),
        AudioField(
            name="again_audio",
            more=True,
            label="Audio from the second attempt on",
            if_absent="The same again",
            by_attempt=True,
            instead="the question's own prompt",
            description="The prompt from the second attempt on; a list: one for each attempt, the last reused.",
        ),
        spoken_text("again_text", "again_audio", "Text from the second attempt on"),
        AudioField(
            name="no_input_audio",
            more=True,
            label="Audio after silence",
            if_absent="Nothing",
            description="Played before the question is asked again after a silence.",
        ),
        spoken_text("no_input_text", "no_input_audio", "Text after silence"),
        AudioField(
            name="no_match_audio",
            more=True,
            label="Audio after a wrong key",
            if_absent="That was not a valid choice",
            instead="that this was not a valid choice",
            description="Played before the question is asked again after a wrong entry.",
        ),
        spoken_text("no_match_text", "no_match_audio", "Text after a wrong key"),
        FlagField(
            name="barge_in",
            more=True,
            default=True,
            label="Keys cut the prompt short",
            description="false: the prompt is played to its end, and only then the question waits for keys.",
        ),
        ChoiceField(
            name="type_ahead",
            more=True,
            label="Keys pressed before the question",
            options=((FLUSH, "Are dropped"), (KEEP, "Answer it")),
            description="`keep`: keys pressed before the question answer it, so that callers who know the menu need "
            "not listen. With `barge_in` false those pressed during the prompt do so, too.",
        ),
        VariableField(
            name="save",
            more=True,
            label="Keep what was keyed as",
            hint="The name of a variable.",
            if_absent="It is not kept",
            description="The variable that keeps what was keyed.",
        ),
        FlagField(
            name="secret",
            more=True,
            label="What was keyed is secret",
            description="What was keyed is in no record, no log and no page, and encrypted in the call's state.",
        ),
        WordField(
            name="end_key",
            more=True,
            label="Key that ends an entry",
            if_absent="#, where entries have several digits",
            pattern=_END_KEY,
            code="invalid_end_key",
            rule="end_key is one of 0-9, * or #, or none",
            description="The key that ends an entry of several digits before it is complete by itself; `none`: none.",
        ),
        NumberField(
            name="between_s",
            more=True,
            label="Wait between digits, seconds",
            least=1,
            most=20,
            default=BETWEEN_S,
            step=0.5,
            code="invalid_between_s",
            rule="between_s is 1 to 20 seconds",
            description="The wait for another digit while an entry may still grow.",
        ),
        NumberField(
            name="entry_s",
            more=True,
            label="Time for a whole entry, seconds",
            least=1,
            most=120,
            default=None,
            step=0.5,
            code="invalid_entry_s",
            rule="entry_s is 1 to 120 seconds",
            description="The time for a whole entry, from the end of the prompt. Absent: `timeout_s`, and "
            "`between_s` for each digit, bound it.",
        ),
    )

    gather: Mapping[str, str]
    timeout_node: str | None = None
    timeout_s: float = NO_INPUT_WAIT_S
    max_attempts: int | Mapping[str, int] = MAX_ATTEMPTS
    again_audio: Said | None = None
    again_text: Said | None = None
    no_input_audio: Said | None = None
    no_input_text: Said | None = None
    no_match_audio: Said | None = None
    no_match_text: Said | None = None
    no_input_node: str | None = None
    no_match_node: str | None = None
    barge_in: bool = True
    type_ahead: str = FLUSH
    save: str | None = None
    secret: bool = False
    end_key: str | None = None
    between_s: float = BETWEEN_S
    entry_s: float | None = None
    # What calls need of these fields, made once: `entries` of `gather` and `end_key`; the node of each key where all
    # entries are single ones that may be shown; whether the switch then does the rest with one command.
    entries: Entries = field(init=False, repr=False, compare=False)
    keys: Mapping[str, str] = field(init=False, repr=False, compare=False)
    is_plain: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        entries = entries_of(tuple(self.gather), self.end_key)
        shows_keys = entries.is_single and not self.secret
        keys = {key: to for key, to in self.gather.items() if shows_keys and key != ANY_DIGIT}
        is_plain = shows_keys and self.barge_in and self.type_ahead != KEEP and self.entry_s is None
        for name, value in (("entries", entries), ("keys", keys), ("is_plain", is_plain)):
            object.__setattr__(self, name, value)

    def find_entry(self, digits: str) -> str | None:
        """The entry that these digits are, as `gather` names it."""
        return digits if digits in self.gather and digits != ANY_DIGIT else self.entries.find(digits)

    def find_target(self, digits: str) -> str | None:
        """The node that these digits lead to, which need not exist; None: they are no entry."""
        entry = self.find_entry(digits)
        return None if entry is None else self.gather[entry]

    def prompt_at(self, again: int, language: str = "", languages: Sequence[str] = ()) -> tuple[str, ...]:
        """The audio names of an attempt; `again` counts those after the first, from 1."""
        if again:
            return sequence_at(self.again_audio, again, language, languages)
        return sequence_of(self.audio, language, languages)

    def offered_digits(self) -> Container[str]:
        if self.entries.is_single and not any(each == ANY_DIGIT for each in self.gather):
            return self.gather
        return {digit for digit in KEYS if self.entries.find(digit) is not None} | {self.entries.end_key}

    def sets(self) -> Mapping[str, int]:
        own = Node.sets(self)
        return {**own, self.save: max(own.get(self.save, 0), self.entries.longest + 2)} if self.save else own

    def sets_before(self, way: WayOut) -> Iterable[str]:
        before = Node.sets_before(self, way)
        return (*before, self.save) if self.save is not None and way.path[0] == "gather" else before

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is what was keyed, None for silence. A `timeout_node` that is the node itself counts as
        staying."""
        if result is None:
            if self.timeout_node in nodes and self.timeout_node != self.id:
                return GoTo(str(self.timeout_node))
        else:
            target = self.keys.get(result) or self.find_target(result)
            if target is not None and target in nodes:
                return GoTo(target) if self.save is None else GoTo(target, Kept(self.save, result, self.secret))
        return self._after_failure(result is not None, position, nodes)

    def _after_failure(self, was_wrong: bool, position: Position, nodes: Container[str]) -> Move:
        """Asked again, until the attempts are used up."""
        limit, failures = self.max_attempts, position.failures + 1
        counts_apart = not isinstance(limit, int)
        if not isinstance(limit, int):
            silences = position.silences + (not was_wrong)
            failures = failures - silences if was_wrong else silences
            limit = limit.get(NO_MATCH if was_wrong else NO_INPUT, MAX_ATTEMPTS)
        if failures < limit:
            return AskAgain(was_wrong, counts_apart)
        target = self.no_match_node if was_wrong else self.no_input_node
        return GoTo(str(target)) if target in nodes else GiveUp("no_match" if was_wrong else "no_input")

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if not any(target in around.nodes for target in self.gather.values()):
            text = "no key of this question leads anywhere: every caller is let go after the last attempt"
            yield self.warning("no_key_offered", text, "gather")
        yield from self._lint_entries()
        yield from self._lint_ways(around)

    def _lint_entries(self) -> Iterator[Problem]:
        is_single = self.entries.is_single
        if self.end_key is not None and is_single:
            text = "end_key has no effect where every entry is a single key"
            yield self.warning("end_key_without_effect", text, "end_key")
        elif self.end_key is not None and any(self.end_key in entry[1:] for entry in self.gather):
            text = f"key {self.end_key} ends an entry and stands inside one: that entry can never be keyed"
            yield self.warning("end_key_in_entry", text, "end_key")
        if self.between_s != BETWEEN_S and is_single:
            text = "between_s has no effect where every entry is a single key"
            yield self.warning("between_s_without_effect", text, "between_s")
        if self.entry_s is not None and is_single:
            text = "entry_s has no effect where every entry is a single key: timeout_s is the time for that"
            yield self.warning("entry_s_without_effect", text, "entry_s")
        elif self.entry_s is not None and self.entry_s < self.timeout_s:
            text = f"timeout_s is longer than entry_s: after {self.entry_s:g} seconds nothing more is waited for"
            yield self.warning("timeout_s_without_effect", text, "timeout_s")
        if self.secret and self.save is None:
            text = "the entry is kept nowhere: give save the name of a variable, or leave secret out"
            yield self.warning("secret_without_save", text, "secret")

    def _lint_ways(self, around: Surroundings) -> Iterator[Problem]:
        if self.no_input_node and self.timeout_node in around.nodes and self.timeout_node != self.id:
            text = f"no_input_node is never taken: the first silence leads to {self.timeout_node}"
            yield self.warning("no_input_node_never_taken", text, "no_input_node")
        if self.max_attempts == 1:
            for name in ("again_audio", "no_input_audio", "no_match_audio"):
                if getattr(self, name) is not None:
                    text = f"{name} is never heard: the question is asked once"
                    yield self.warning("audio_never_heard", text, name)
