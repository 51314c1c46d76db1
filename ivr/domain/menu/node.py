"""What every kind of node has and says of itself. One kind is one class in one file; `kinds` is their table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.entering import ENTERING
from ivr.domain.menu.fields import Fault, Field, WayOut
from ivr.domain.menu.moves import Move, Position
from ivr.domain.menu.naming import NAMING
from ivr.domain.menu.prompt_fields import AudioField, TextField
from ivr.domain.menu.sequences import Said, pieces_of
from ivr.domain.menu.spoken import SPOKEN
from ivr.domain.menu.templates import variables_in
from ivr.domain.menu.variables import KNOWN, Value, most_bytes, names_in
from ivr.domain.number_lists import ASKED
from ivr.domain.problems import Problem, pointer


class Mark(NamedTuple):
    """What tells a node's kind: a field that it has, or the value of that field."""

    field: str
    value: str | None = None

    @property
    def words(self) -> str:
        return self.field if self.value is None else f"{self.field} {self.value}"


class ApiSchema(NamedTuple):
    """The schema of a kind in the OpenAPI document; kinds whose fields are the same may share one."""

    name: str
    title: str
    description: str
    # What holds beside the fields' own schemas.
    more: Mapping[str, Any] = {}


class Sound(NamedTuple):
    """A prompt that a node plays: the pointer below the node to its name, and what callers hear while it has no
    file."""

    path: tuple[str, ...]
    audio: str
    instead: str


class Use(NamedTuple):
    """A variable that a node reads; `path` is the pointer below the node."""

    name: str
    path: tuple[str, ...]


class Surroundings(NamedTuple):
    """What a node's lint may look at: the menu's nodes, the prompts that have a file, the agents, opening hours,
    services, lists, voices and channels that exist, the words of the files that a voice made."""

    nodes: Mapping[str, Node]
    prompts: Container[str]
    agents: Container[str]
    spoken: Mapping[str, str]
    hours: Container[str] = ()
    # None: which there are is not known here.
    services: Container[str] | None = None
    lists: Container[str] | None = None
    voices: Container[str] | None = None
    # By their references, such as mail:reception.
    channels: Container[str] | None = None
    # The groups that somebody is in.
    groups: Container[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(ABC):
    """A node of any kind. `text` is what `audio` is meant to say, in this `voice`: nothing is spoken by it alone, but
    whoever speaks the prompts later finds it here."""

    kind: ClassVar[str]
    mark: ClassVar[Mark]
    api: ClassVar[ApiSchema]
    # For people: the kind's name, and the name that a new node of it gets.
    label: ClassVar[str]
    new_id: ClassVar[str]
    live_phase: ClassVar[LivePhase]
    # Whether it counts against the limit on the steps of a call: without a limit a ring of such nodes would never
    # end.
    is_step: ClassVar[bool] = False
    # Whether callers do something there, or are connected; a ring of nodes that do not wait may turn without end.
    waits: ClassVar[bool] = True
    # Whether it may come before the first question without being one itself.
    comes_first: ClassVar[bool] = False
    # Whether a call that is not answered yet stays so there, where the node has no prompt to play.
    leaves_unanswered: ClassVar[bool] = False
    # Whether it can be done once the caller has hung up, where it has no prompt.
    needs_no_caller: ClassVar[bool] = False
    # The fields whose ways a call can take only so often, before it must leave by another.
    bounded_ways: ClassVar[frozenset[str]] = frozenset()
    # Those of its prompt; none where callers hear nothing at such a node.
    prompt_fields: ClassVar[tuple[Field, ...]] = SPOKEN
    # Those that the kind has beside these, ENTERING and NAMING.
    own_fields: ClassVar[tuple[Field, ...]] = ()
    # What callers hear at a node whose audio has no file, and the warning where it names none, if that is unwise.
    instead_of_audio: ClassVar[str] = "nothing in its place"
    without_audio: ClassVar[str | None] = None

    id: str = field(kw_only=False)
    audio: Said | None = None
    text: Said | None = None
    voice: str | Mapping[str, str] | None = None
    rate: float | None = None
    set: Mapping[str, Value] | None = None
    max_visits: int | None = None
    over_node: str | None = None
    count: str | None = None
    title: str | None = None

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        return (*cls.prompt_fields, *cls.own_fields, *ENTERING, *NAMING)

    @classmethod
    def targets_of(cls, values: Mapping[str, Any]) -> Iterator[WayOut]:
        """Every way out of a node of this kind, given as its JSON."""
        for each in cls.fields():
            if each.name in values:
                yield from each.targets(values[each.name])

    def targets(self) -> Iterator[WayOut]:
        """Every way out, whether its node exists or not."""
        for each in self.fields():
            yield from each.targets(getattr(self, each.attribute))

    def needs_no_key(self, way: WayOut, nodes: Container[str]) -> bool:
        """Whether a call may leave by this way again and again and nothing is keyed; `nodes` are those that exist."""
        return not self.waits and way.path[0] not in self.bounded_ways

    def may_end(self, nodes: Container[str]) -> bool:
        """Whether a call may end here of itself, beside by wrong keys: it is an end, an agent has it, or a silence
        ends it; `nodes` are those that exist."""
        return False

    @classmethod
    def check(cls, raw: Mapping[str, Any], fault: Fault) -> None:
        """Faults that concern several fields of a node, given as JSON."""
        if "max_visits" in raw and "over_node" not in raw:
            text = "max_visits needs over_node, the node where a call goes that has come too often"
            fault("over_node_missing", text, "max_visits")

    @property
    def counted_as(self) -> str:
        """The name under which visits are counted."""
        return self.count or self.id

    def sets(self) -> Mapping[str, int]:
        """The variables that it sets, and the most bytes that each may take, as JSON."""
        return {name: most_bytes(given) for name, given in (self.set or {}).items() if not name.startswith(ASKED)}

    def sets_before(self, way: WayOut) -> Iterable[str]:
        """The variables that it has set when a call leaves it by this way."""
        return () if way.path[0] == "over_node" else (self.set or ())

    def uses(self) -> Iterator[Use]:
        """Every variable that it reads, in the order in which it reads them; those it has set itself before are not
        among them."""
        known = set(KNOWN)
        for name, given in (self.set or {}).items():
            for read in names_in(given) if isinstance(given, str) and not name.startswith(ASKED) else ():
                if read not in known:
                    yield Use(read, ("set", name))
            known.add(name)
        for path, said in self.says():
            for read in variables_in(said):
                if read not in known:
                    yield Use(read, path)

    def says(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every text and every audio name, in every language: the pointer below the node, and what is there."""
        for each in self.fields():
            if isinstance(each, AudioField | TextField):
                for path, _, item in pieces_of(getattr(self, each.name)):
                    yield (each.name, *path), item

    def lists_set(self) -> Iterator[str]:
        """The lists that it puts callers on or takes them off."""
        return (name.removeprefix(ASKED) for name in self.set or () if name.startswith(ASKED))

    def sounds(self) -> Iterator[Sound]:
        """Every prompt that it names, in every language."""
        for each in self.fields():
            if isinstance(each, AudioField):
                for path, _, audio in pieces_of(getattr(self, each.name)):
                    yield Sound((each.name, *path), audio, self.instead_of(each))

    def instead_of(self, field: AudioField) -> str:
        """What callers hear while this field's prompt has no file."""
        return self.instead_of_audio if field.name == "audio" else field.instead

    def without_prompt(self) -> str | None:
        """What is unwise about a node that names no audio; None: nothing."""
        return self.without_audio

    def why_caller(self) -> tuple[str, str] | None:
        """The field for which the caller is needed, and why; None: it can be done once the caller has hung up."""
        if not self.needs_no_caller:
            return self.mark.field, "a node of this kind needs a caller, so end the way before it"
        for name in ("audio", "text"):
            if getattr(self, name) is not None:
                return name, "nobody hears its prompt, so leave that out, or end the way at a node without one"
        return None

    def offered_digits(self) -> Container[str]:
        """The digits that its prompt may ask for."""
        return ()

    @abstractmethod
    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """What follows when the node is done with this result, a word of its kind; `nodes` are those that exist."""

    @abstractmethod
    def lint(self, around: Surroundings) -> Iterator[Problem]:
        """What is unwise about this node alone, beside its targets and prompts, which `lint` checks for all."""

    def warning(self, code: str, message: str, *parts: str) -> Problem:
        return Problem(pointer("nodes", self.id, *parts), code, message, self.id)

    @classmethod
    def describe(cls) -> dict[str, Any]:
        """Plain JSON for the editor: `blank` is a new node; `heard`: it has a prompt; fields are in the order in
        which they stand in a node, with the mark behind the spoken ones."""
        return {
            "kind": cls.kind,
            "label": cls.label,
            "mark": {"field": cls.mark.field, "value": cls.mark.value},
            "new_id": cls.new_id,
            "blank": cls._blank(),
            "heard": bool(cls.prompt_fields),
            "fields": [each.describe() for each in cls.fields()],
        }

    @classmethod
    def _blank(cls) -> dict[str, Any]:
        if cls.mark.value is not None:
            return {cls.mark.field: cls.mark.value}
        return {each.name: {} if each.is_map else "" for each in cls.own_fields if each.name == cls.mark.field}
