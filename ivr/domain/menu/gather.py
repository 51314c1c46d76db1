"""A question: plays its prompt and takes a digit, or an entry of several."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.entries import ANY_DIGIT, KEYS, Entries, entries_of, find_entry_cut_by
from ivr.domain.menu.fields import Fault, Field, WayOut
from ivr.domain.menu.gather_fields import (
    BETWEEN_S,
    FLUSH,
    GATHER_FIELDS,
    KEEP,
    MAX_ATTEMPTS,
    NO_INPUT_WAIT_S,
)
from ivr.domain.menu.moves import AskAgain, GiveUp, GoTo, Kept, Move, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings
from ivr.domain.menu.question_fields import NO_INPUT, NO_MATCH
from ivr.domain.menu.sequences import Said, sequence_at, sequence_of
from ivr.domain.problems import Problem


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
    instead_of_audio: ClassVar[str] = "the question's keys read out"
    without_audio: ClassVar[str | None] = "a question without audio: callers hear its keys read out"
    own_fields: ClassVar[tuple[Field, ...]] = GATHER_FIELDS
    # Whether callers who pressed a wrong key are told so where the node has no words for it.
    says_no_match: ClassVar[bool] = True

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
    # entries are single ones that may be shown, and the move there where nothing is kept of the key; whether the
    # switch then does the rest with one command.
    entries: Entries = field(init=False, repr=False, compare=False)
    keys: Mapping[str, str] = field(init=False, repr=False, compare=False)
    moves: Mapping[str, GoTo] = field(init=False, repr=False, compare=False)
    is_plain: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        entries = entries_of(tuple(self.gather), self.end_key)
        shows_keys = entries.is_single and not self.secret
        keys = {key: to for key, to in self.gather.items() if shows_keys and key != ANY_DIGIT}
        moves = {key: GoTo(to) for key, to in keys.items() if self.save is None}
        is_plain = shows_keys and self.barge_in and self.type_ahead != KEEP and self.entry_s is None
        made = {"entries": entries, "keys": keys, "moves": moves, "is_plain": is_plain}
        for name, value in made.items():
            object.__setattr__(self, name, value)

    @classmethod
    def check(cls, raw: Mapping[str, Any], fault: Fault) -> None:
        Node.check(raw, fault)
        texts, end_key = raw.get("gather"), raw.get("end_key")
        cut = find_entry_cut_by(end_key, texts) if isinstance(texts, dict) and isinstance(end_key, str) else None
        if cut is not None:
            text = (
                f"key {end_key} ends an entry, so none of {cut} that has it behind its first key could be keyed: "
                "name another end_key, or none"
            )
            fault("end_key_in_entry", text, "end_key")

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

    def needs_no_key(self, way: WayOut, nodes: Container[str]) -> bool:
        """The first silence leads away, or the last one does."""
        is_left_at_once = self.timeout_node in nodes and self.timeout_node != self.id
        return way.path[0] == ("timeout_node" if is_left_at_once else "no_input_node")

    def may_end(self, nodes: Container[str]) -> bool:
        is_left_at_once = self.timeout_node in nodes and self.timeout_node != self.id
        return not is_left_at_once and self.no_input_node not in nodes

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is what was keyed, None for silence. A `timeout_node` that is the node itself counts as
        staying."""
        if result is None:
            if self.timeout_node in nodes and self.timeout_node != self.id:
                return GoTo(str(self.timeout_node))
        else:
            move = self.moves.get(result)
            if move is not None and move.node in nodes:
                return move
            target = self.find_target(result)
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
