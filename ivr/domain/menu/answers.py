"""What a menu keeps of a service's answer: parsed JSON of any shape made into variables.

An object becomes a variable for each of its names, `found.known` and `found.place.city`, a list stays one. Left out
is whatever a variable cannot hold: names that no variable may have, objects deeper than a name has parts, lists in
lists. Nothing that an answer holds raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ivr.domain.menu.variables import MAX_BYTES, MAX_NUMBER, NAME, PART, Held, Item, Value

# Longer texts are cut. A menu sets shorter ones, but whole sentences come from a service.
MAX_ANSWER_TEXT = 500
# Further names are left out. An element of a list may have as many.
MAX_NAMES = 64
# The path of a call travels in its state, too.
MAX_TOLD = 3
# Larger numbers, and numbers with decimals, are kept as their digits.
_MAX_DIGITS = 40
_MAX_BITS = math.floor(_MAX_DIGITS * math.log2(10))
# An element takes two bytes at least.
_MAX_ITEMS = MAX_BYTES // 2
_MOST_DOTS = 3
# Of an element of a list: its names are one part shorter than those of variables.
_ITEM = "item"

_BLANKS = re.compile(r"[\t\n\r\u2028\u2029]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PART = re.compile(PART, re.ASCII)


class Answer(NamedTuple):
    """The variables of an answer, by their full names; `is_whole`: nothing was left out."""

    values: Mapping[str, Held]
    is_whole: bool


def values_of(name: str, body: Any) -> Answer:
    """The variables that the answer `body` becomes when it is saved under this name. A null is no variable."""
    reader = _Reader()
    values = {full_name: value for full_name, value in reader.read(name, body) if NAME.fullmatch(full_name)}
    return Answer(values, reader.is_whole)


def left_out(name: str, no_room: Sequence[str], *, is_whole: bool) -> tuple[str, ...]:
    """What a record tells of variables that were not kept of what was saved under `name`: the first that had no room,
    and that name for all else."""
    more = () if is_whole and len(no_room) <= MAX_TOLD else (name,)
    return (*no_room[:MAX_TOLD], *more)


class _Reader:
    def __init__(self) -> None:
        self.is_whole = True

    def read(self, name: str, found: Any) -> Iterator[tuple[str, Held]]:
        """At most MAX_NAMES of them."""
        count = 0
        for full_name, each in self._flat(name, found):
            if count == MAX_NAMES:
                self.is_whole = False
                return
            value = self._list(each) if isinstance(each, list) else _small(each)
            if value is None:
                self.is_whole = False
            else:
                count += 1
                yield full_name, value

    def _flat(self, name: str, found: Any) -> Iterator[tuple[str, Any]]:
        """Names and what they stand for, objects only where their names would have too many parts."""
        if found is None:
            return
        if not isinstance(found, dict) or name.count(".") >= _MOST_DOTS:
            yield name, found
            return
        for part, value in found.items():
            if _PART.fullmatch(part):
                yield from self._flat(f"{name}.{part}", value)
            elif value is not None:
                self.is_whole = False

    def _list(self, found: list[Any]) -> list[Item] | None:
        """None where it has more elements than there is ever room for."""
        if len(found) > _MAX_ITEMS:
            return None
        items = [self._item(each) for each in found if each is not None]
        if None in items:
            self.is_whole = False
        return [each for each in items if each is not None]

    def _item(self, found: Any) -> Item | None:
        if not isinstance(found, dict):
            return _small(found)
        parts: dict[str, Value] = {}
        for name, each in self._flat(_ITEM, found):
            value = _small(each)
            if value is None or len(parts) >= MAX_NAMES:
                self.is_whole = False
            else:
                parts[name.removeprefix(f"{_ITEM}.")] = value
        return parts


def _small(found: Any) -> Value | None:
    """None for what is no text, number, true or false, and for a number without end."""
    if isinstance(found, str):
        return _UNPRINTABLE.sub("", _BLANKS.sub(" ", found[: 2 * MAX_ANSWER_TEXT]))[:MAX_ANSWER_TEXT]
    if isinstance(found, bool):
        return found
    if isinstance(found, int):
        if abs(found) <= MAX_NUMBER:
            return found
        return str(found) if found.bit_length() <= _MAX_BITS else None
    if isinstance(found, float):
        return _digits(Decimal(repr(found)))
    return _digits(found) if isinstance(found, Decimal) else None


def _digits(number: Decimal) -> str | None:
    """As they came: 152.40 stays so."""
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS or len(number.as_tuple().digits) > _MAX_DIGITS:
        return None
    return f"{number:f}"
