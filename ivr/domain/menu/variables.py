"""Variables of a call: small values with a name, which nodes set and later nodes read.

A value is a text, a whole number, or true or false. A text may name other variables: `{name}` in it is replaced when
it is set. What is unset reads as an empty text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

Value: TypeAlias = str | int | bool

_PART = r"[a-z][a-z0-9_]{0,31}"
# What every call knows without a node that sets it.
CALLER, CALLED = "caller", "called"
# Words that a switch knows beside the variables, or will.
RESERVED = (CALLER, CALLED, "random", "language", "hours", "list")
ANY_NAME_PATTERN = rf"{_PART}(?:\.{_PART}){{0,3}}"
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

# A text that is set: no control characters, and braces only around a name.
_PLAIN = r"[^{}\x00-\x1f\x7f-\x9f\u2028\u2029]"
_REFERENCE = rf"\{{(?:{CALLER}|{CALLED}|{NAME_PATTERN.replace('$', '[}]')})\}}"
TEXT_PATTERN = rf"(?:{_PLAIN}|{_REFERENCE})*"
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


def text_of(value: Value | None) -> str:
    """As a text shows it, and as a case is compared with it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a call knows at a node; never changed, only replaced. `caller` and `called` are numbers in E.164, empty
    where there is none. `visits` counts how often nodes were entered, by the name they count under. `no_room` names
    what the last node wanted to set and had no room for, `secrets` the variables whose values nobody may see."""

    caller: str = ""
    called: str = ""
    values: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    visits: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    no_room: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()

    def find(self, name: str) -> Value | None:
        """None for a variable that is not set."""
        if name == CALLER:
            return self.caller
        if name == CALLED:
            return self.called
        return self.values.get(name)

    def fill(self, given: Value) -> Value:
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
            is_secret = isinstance(value, str) and not now.secrets.isdisjoint(names_in(value))
            now = now.keeping(name, now.fill(value), is_secret)
        return now

    def keeping(self, name: str, value: Value, is_secret: bool) -> Memory:
        """With this value, as it is; see `with_values`."""
        values = {**self.values, name: value}
        if len(_json(values).encode()) > MAX_BYTES:
            return replace(self, no_room=(*self.no_room, name))
        secrets = self.secrets | {name} if is_secret else self.secrets - {name}
        return replace(self, values=values, secrets=secrets)

    def with_room(self) -> Memory:
        """Without what there was no room for."""
        return replace(self, no_room=())

    def with_visit(self, counted_as: str) -> Memory:
        return replace(self, visits={**self.visits, counted_as: self.visits.get(counted_as, 0) + 1})

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that the next worker could not read from the channel."""
        return not (self.values or self.visits)

    def to_text(self) -> str:
        """What `read_memory` reads: JSON."""
        return _json([dict(self.values), dict(self.visits), *([sorted(self.secrets)] if self.secrets else [])])


def read_memory(text: str) -> Memory:
    """The inverse of `to_text`; raises ValueError or TypeError."""
    values, visits, *secrets = json.loads(text)
    visited = {name: int(count) for name, count in visits.items()}
    return Memory(values=dict(values), visits=visited, secrets=frozenset(*secrets))


def most_bytes(given: Value) -> int:
    """How long the value can be as JSON, whatever its names stand for."""
    if not isinstance(given, str):
        return len(_json(given))
    plain = len(_json(_BRACES.sub("", given)).encode())
    return min(plain + MAX_TEXT * len(names_in(given)), MAX_TEXT + plain)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


NOTHING_KNOWN = Memory()
