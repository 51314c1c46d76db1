"""The steps that a menu becomes on its way to another system: what these systems have in common.

Each step does one thing and names the step that follows; None ends the call. Attempts at a question, languages and
prompts of several parts are no more than further steps, so a target need not know them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ivr.domain.conversions import Line
from ivr.domain.exports.names import Names
from ivr.domain.menu.cases import Case
from ivr.domain.menu.entries import Pattern


class Words(NamedTuple):
    """What is spoken there; `{x}` is a variable. Empty language: the usual one."""

    text: str
    language: str = ""


class Sound(NamedTuple):
    """The address of a recording; `{x}` is a variable."""

    url: str


Piece: TypeAlias = Words | Sound


class Variable(NamedTuple):
    name: str


class Caller(NamedTuple):
    pass


class Called(NamedTuple):
    pass


class Keyed(NamedTuple):
    """What was keyed at the question of this name."""

    step: str


class Recorded(NamedTuple):
    """The address of what was said at the recording of this name."""

    step: str


class Answered(NamedTuple):
    """What the request of this name was answered: a path such as `place.city`, empty for the whole. `counted`: how
    many elements it has."""

    step: str
    path: str
    counted: bool = False


class Rang(NamedTuple):
    """What came of the call of this name: REACHED, `busy`, `no_answer` or `unreachable`."""

    step: str


class Visits(NamedTuple):
    """How often this was counted."""

    counter: str


class Chance(NamedTuple):
    """A number from 1 to 100."""


class Verdict(NamedTuple):
    """What the carrier says about the caller's number, in our words."""


Subject: TypeAlias = Variable | Caller | Called | Keyed | Rang | Visits | Chance | Verdict
Source: TypeAlias = str | int | bool | Keyed | Recorded | Answered

REACHED = "answered"
NOT_REACHED = ("busy", "no_answer", "unreachable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Without a piece nothing happens there."""

    name: str
    piece: Piece | None
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Takes up to `digits` digits, ended by `end_key` (empty: by none); keys cut its piece."""

    name: str
    piece: Piece | None
    digits: int
    end_key: str
    first_s: float
    between_s: float
    next: str | None
    silence: str | None


class Way(NamedTuple):
    """A case of a branch; an entry of a question is a Pattern."""

    case: Case | Pattern
    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The first way whose case fits."""

    name: str
    subject: Subject
    ways: Sequence[Way]
    otherwise: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """Sets variables, in their order."""

    name: str
    values: Mapping[str, Source]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    name: str
    counter: str
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """`to`: a number, a SIP address, or a variable in braces, which with `several` may name more than one number."""

    name: str
    to: str
    several: bool
    shown: str
    ring_s: int | None
    talk_s: int | None
    record: bool
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A waiting line; `next` after a talk, `failed` where nobody could be waited for."""

    name: str
    line: str
    wait_s: int
    next: str | None
    failed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    name: str
    max_s: int
    silence_s: int
    end_keys: str
    tone: bool
    next: str | None
    silence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCall:
    name: str
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A request with these fields as JSON, or in the query of a GET."""

    name: str
    url: str
    method: str
    fields: Mapping[str, str | int | bool]
    next: str | None
    failed: str | None
    needs_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text message; `to` is a number or a variable in braces."""

    name: str
    to: str
    text: str
    next: str | None
    failed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    name: str
    keys: str
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Refuses the call: `busy` or `decline`."""

    name: str
    reason: str


Step: TypeAlias = (
    Say | Ask | Branch | Remember | Count | Ring | Queue | Record | RecordCall | Fetch | Text | Keys | Refuse
)


@dataclass(frozen=True)
class Plan:
    """A menu in steps, the first of which is `start`; None: the call ends at once. `part_of` names the node of a
    step, `lines` are what is to be said of the parts, whatever the target."""

    title: str
    start: str | None
    steps: Mapping[str, Step]
    part_of: Mapping[str, str]
    lines: Sequence[Line]
    names: Names
