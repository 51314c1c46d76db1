"""Variables of a call: small values with a name, which nodes set and later nodes read.

A value is a text, a whole number, or true or false. A text may name other variables: `{name}` in it is replaced when
it is set. What is unset reads as an empty text. The answer of a request (`answers`) also has lists: no node can write
one down, but any may read it, and `name.count` is its length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from ivr.domain.menu.listings import Listing
from ivr.domain.menu.sequences import choose_language
from ivr.domain.number_lists import ASKED

Value: TypeAlias = str | int | bool
Item: TypeAlias = Value | Mapping[str, Value]
# What a variable may hold.
Held: TypeAlias = Value | list[Item]

PART = r"[a-z][a-z0-9_]{0,31}"
# What every call knows without a node that sets it.
CALLER, CALLED = "caller", "called"
# A variable like any other, but for two things: every call has it, and it chooses the prompts.
LANGUAGE = "language"
# What a carrier says about the caller's number; a menu that sets a variable of this name has its own.
VERSTAT = "verstat"
KNOWN = (CALLER, CALLED, LANGUAGE, VERSTAT)
# Before the names of variables that come with a call; a test gives them.
OF_CALL = "call."
# Words that a switch knows beside the variables.
RESERVED = (CALLER, CALLED, "random", "hours", "list")
ANY_NAME_PATTERN = rf"{PART}(?:\.{PART}){{0,3}}"
NAME_PATTERN = rf"(?!(?:{'|'.join(RESERVED)})(?:\.|$)){ANY_NAME_PATTERN}"
NAME = re.compile(NAME_PATTERN, re.ASCII)
NAME_RULE = (
    "a variable has 1 to 32 small letters, digits or underscores, of which the first is a letter; dots may join up "
    "to four such names"
)

MAX_TEXT = 200
MAX_NUMBER = 10**15 - 1
# Of all variables of a call, as JSON: the call state carries them in a channel variable.
MAX_BYTES = 2000
# Behind a list's name: its length.
COUNT = ".count"

# A text that is set: no control characters, and braces only around a name.
_PLAIN = r"[^{}\x00-\x1f\x7f-\x9f\u2028\u2029]"
REFERENCE_PATTERN = rf"\{{(?:{CALLER}|{CALLED}|{NAME_PATTERN.replace('$', '[}]')})\}}"
TEXT_PATTERN = rf"(?:{_PLAIN}|{REFERENCE_PATTERN})*"
TEXT = re.compile(TEXT_PATTERN)
_BRACES = re.compile(r"\{([^{}]*)\}")

_SURROGATE = re.compile(r"[\ud800-\udfff]")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def is_reserved(name: str) -> bool:
    """Whether a switch knows this name, or its part before a dot, beside the variables."""
    return name.partition(".")[0] in RESERVED


def reserved_rule(name: str) -> str:
    """Why a reserved name gets no value."""
    return f"{name} cannot be set: {', '.join(RESERVED)} have a meaning of their own"


def has_surrogate(text: str) -> bool:
    """Whether it has half a character, which JSON can say and UTF-8 cannot."""
    return _SURROGATE.search(text) is not None


@lru_cache(maxsize=4096)
def names_in(text: str) -> tuple[str, ...]:
    """The variables that a text names, in their order."""
    return tuple(_BRACES.findall(text))


def known_as(name: str) -> Iterator[str]:
    """The name, and the names it is a part of: `line.label` is known where `line` is."""
    yield name
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def text_of(value: Held | Item | None) -> str:
    """As a text shows it, and as a case is compared with it; of what has parts, those parts joined by commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return ", ".join(text_of(each) for each in (value if isinstance(value, list) else value.values()))


class Place(NamedTuple):
    """How far a node has come with the list of this name: `done` elements, in an order that `chance` shuffles (0:
    that of the list)."""

    list: str
    done: int
    chance: int


class Memory(NamedTuple):
    """What a call knows at a node; never changed, only replaced. `caller` and `called` are numbers in E.164, empty
    where there is none. `visits` counts how often nodes were entered, by the name they count under. `no_room` names
    what the last node wanted to set and had no room for, `secrets` the variables whose values nobody may see.
    `places` are those of the nodes that go through a list, by their ids, `languages` those of the menu,
    `listings` the lists of numbers that the last node puts the caller on, or takes them off. `verstat` is the verdict
    on the caller's number (`ivr.domain.verstat`), empty where there is none."""

    caller: str = ""
    called: str = ""
    values: Mapping[str, Held] = _NOTHING
    visits: Mapping[str, int] = _NOTHING
    no_room: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()
    places: Mapping[str, Place] = _NOTHING
    languages: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    verstat: str = ""

    @property
    def language(self) -> str:
        """The one of the menu's languages that the caller gets; empty where the menu has none."""
        if not self.languages:
            return ""
        return choose_language(self.languages, text_of(self.values.get(LANGUAGE)))

    @property
    def known_language(self) -> str:
        """The one of the menu's languages that is known of the caller; empty where none is."""
        told = text_of(self.values.get(LANGUAGE)).lower().replace("_", "-").partition("-")[0]
        return self.language if told and any(each.partition("-")[0] == told for each in self.languages) else ""

    def find(self, name: str) -> Held | None:
        """None for a variable that is not set."""
        if name == CALLER:
            return self.caller
        if name == CALLED:
            return self.called
        if name == LANGUAGE and self.languages:
            return self.language
        found = self.values.get(name)
        if found is None and name == VERSTAT:
            return self.verstat
        if found is None and name.endswith(COUNT):
            counted = self.values.get(name.removesuffix(COUNT))
            return len(counted) if isinstance(counted, list) else None
        return found

    def is_secret(self, name: str) -> bool:
        """Whether nobody may see this variable: it was marked so, or it is the length of what was."""
        return name in self.secrets or name.removesuffix(COUNT) in self.secrets

    def fill(self, given: Value) -> Held:
        """The value, its names replaced; a text that is only a name keeps the other variable's type."""
        if not isinstance(given, str) or "{" not in given:
            return given
        names = names_in(given)
        if given == f"{{{names[0]}}}":
            found = self.find(names[0])
            return "" if found is None else found
        return _BRACES.sub(lambda match: text_of(self.find(match[1])), given)[:MAX_TEXT]

    def with_values(self, given: Mapping[str, Value]) -> Memory:
        """Set them in their order. Those that no longer fit into MAX_BYTES stay as they were: see `no_room`. What has
        a secret in it is one."""
        now = self
        for name, value in given.items():
            if name.startswith(ASKED):
                now = now._replace(listings=(*now.listings, Listing(name.removeprefix(ASKED), value)))  # type: ignore[arg-type]
                continue
            is_secret = isinstance(value, str) and any(map(now.is_secret, names_in(value)))
            now = now.keeping(name, now.fill(value), is_secret)
        return now

    def keeping(self, name: str, value: Held, is_secret: bool) -> Memory:
        """With this value, as it is; see `with_values`. Who goes through a list of this name begins again."""
        values = {**self.values, name: value}
        if len(_json(values).encode()) > MAX_BYTES:
            return self._replace(no_room=(*self.no_room, name))
        secrets = self.secrets | {name} if is_secret else self.secrets - {name}
        return self._replace(values=values, secrets=secrets, places=_without_list(self.places, name))

    def keeping_whole(self, name: str, parts: Mapping[str, Held], is_secret: bool) -> Memory:
        """With this variable replaced by its parts, which are named in full; what it and the variables below it held
        is gone. The parts are kept in their order as long as there is room; see `no_room`."""
        values = {each: value for each, value in self.values.items() if not is_below(each, name)}
        secrets = frozenset(each for each in self.secrets if not is_below(each, name))
        places = {node: each for node, each in self.places.items() if not is_below(each.list, name)}
        size, no_room = len(_json(values).encode()), list(self.no_room)
        for part, value in parts.items():
            more = len(_json({part: value}).encode()) - 1
            if size + more > MAX_BYTES:
                no_room.append(part)
                continue
            size += more
            values[part] = value
        secrets |= values.keys() & parts.keys() if is_secret else frozenset()
        return self._replace(values=values, secrets=secrets, places=places, no_room=tuple(no_room))

    def at_place(self, node_id: str, place: Place | None) -> Memory:
        """With this node at this place; None: at none."""
        others = {node: each for node, each in self.places.items() if node != node_id}
        return self._replace(places=others if place is None else {**others, node_id: place})

    def with_room(self) -> Memory:
        """Without what there was no room for."""
        return self._replace(no_room=())

    def with_listings_done(self) -> Memory:
        return self._replace(listings=())

    def with_visit(self, counted_as: str) -> Memory:
        return self._replace(visits={**self.visits, counted_as: self.visits.get(counted_as, 0) + 1})

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that the next worker could not read from the channel."""
        return not (self.values or self.visits or self.places)

    def to_text(self) -> str:
        """What `read_memory` reads: JSON."""
        parts: list[Any] = [dict(self.values), dict(self.visits)]
        if self.secrets or self.places:
            parts.append(sorted(self.secrets))
        if self.places:
            parts.append(dict(self.places))
        return _json(parts)


def read_memory(text: str) -> Memory:
    """The inverse of `to_text`; raises ValueError or TypeError."""
    values, visits, *more = json.loads(text)
    visited = {name: int(count) for name, count in visits.items()}
    secrets = frozenset(more[0]) if more else frozenset()
    places = {node: Place(*place) for node, place in more[1].items()} if more[1:] else {}
    return Memory(values=dict(values), visits=visited, secrets=secrets, places=places)


def is_below(name: str, whole: str) -> bool:
    """Whether it is that name, or a part of what has that name."""
    return name == whole or name.startswith(f"{whole}.")


def _without_list(places: Mapping[str, Place], name: str) -> Mapping[str, Place]:
    return {node: each for node, each in places.items() if each.list != name} if places else places


def most_bytes(given: Value) -> int:
    """How long the value can be as JSON, whatever its names stand for."""
    if not isinstance(given, str):
        return len(_json(given))
    plain = len(_json(_BRACES.sub("", given)).encode())
    return min(plain + MAX_TEXT * len(names_in(given)), MAX_TEXT + plain)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


NOTHING_KNOWN = Memory()
