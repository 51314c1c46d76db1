"""Cases of a switch: an exact value, a range of whole numbers (`5..60`), whatever begins so (`+1480*`), or the value
of another variable (`{desk.busy}`).

The first case that fits is taken, in the author's order.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from ivr.domain.menu.variables import REFERENCE_PATTERN, Memory, text_of

MAX_CASE = 64
# Of a random number, which is from 1, and so of its cases: they read as per cent.
MOST_RANDOM = 100
CASE_PATTERN = rf"(?:{REFERENCE_PATTERN}|(?!\*$)[^\x00-\x1f\x7f-\x9f\u2028\u2029]{{0,64}})"
CASE = re.compile(CASE_PATTERN)
CASE_RULE = (
    "a case is a value, a range like 5..60, the beginning of a value and a star, like +1480*, or a variable in "
    f"braces, like {{desk.busy}}, of {MAX_CASE} characters at most; what is to hold for every other value is the "
    "default"
)
_REFERENCE = re.compile(REFERENCE_PATTERN, re.ASCII)
_RANGE = re.compile(r"(-?[0-9]{1,15})\.\.(-?[0-9]{1,15})", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)


class Exact(NamedTuple):
    value: str

    def fits(self, value: str) -> bool:
        return value == self.value


class Range(NamedTuple):
    """`least` to `most`, both included; empty where `least` is above `most`."""

    least: int
    most: int

    def fits(self, value: str) -> bool:
        return _WHOLE.fullmatch(value) is not None and self.least <= int(value) <= self.most


class Prefix(NamedTuple):
    begins: str

    def fits(self, value: str) -> bool:
        return value.startswith(self.begins)


class SameAs(NamedTuple):
    """The value of this variable; of a list, any of its values. Nothing is the same as what is empty."""

    name: str

    def fits_in(self, memory: Memory, value: str) -> bool:
        found = memory.find(self.name)
        return value != "" and value in map(text_of, found if isinstance(found, list) else (found,))


Fixed: TypeAlias = Exact | Range | Prefix
Case: TypeAlias = Fixed | SameAs


def fits(case: Case, value: str, memory: Memory) -> bool:
    return case.fits_in(memory, value) if isinstance(case, SameAs) else case.fits(value)


@lru_cache(maxsize=4096)
def parse_case(text: str) -> Case:
    """The case of a text that matches CASE."""
    if _REFERENCE.fullmatch(text):
        return SameAs(text[1:-1])
    found = _RANGE.fullmatch(text)
    if found is not None:
        return Range(int(found[1]), int(found[2]))
    return Prefix(text[:-1]) if text.endswith("*") else Exact(text)


def doubt_of(text: str) -> str | None:
    """What a case looks like that it is not, in words; None: it is what it looks like."""
    case = parse_case(text)
    if isinstance(case, Exact) and ".." in text:
        return "it looks like a range, which is two whole numbers with two points between them, like 5..60"
    if isinstance(case, Exact) and "*" in text and set(text) - set("0123456789*#"):
        return "a star stands for more only at the end, as in +1480*"
    if isinstance(case, Exact) and "{" in text and "}" in text:
        return "a variable stands alone in one pair of braces, as in {desk.busy}"
    return None


def is_covered(case: Case, earlier: Case) -> bool:
    """Whether whatever fits `case` fits `earlier`, too, whatever their variables are."""
    if isinstance(case, SameAs) or isinstance(earlier, SameAs):
        return False
    match case:
        case Exact(value):
            return earlier.fits(value)
        case Range(least, most):
            if least > most:
                return True
            return isinstance(earlier, Range) and earlier.least <= least and most <= earlier.most
        case Prefix(begins):
            return isinstance(earlier, Prefix) and begins.startswith(earlier.begins)


def may_overlap(one: Case, other: Case) -> bool:
    """Whether a value may fit both."""
    if isinstance(one, SameAs) or isinstance(other, SameAs):
        return not any(isinstance(each, Exact) and each.value == "" for each in (one, other))
    if isinstance(one, Exact):
        return other.fits(one.value)
    if isinstance(other, Exact):
        return one.fits(other.value)
    if isinstance(one, Range) and isinstance(other, Range):
        return max(one.least, other.least) <= min(one.most, other.most)
    if isinstance(one, Prefix) and isinstance(other, Prefix):
        return one.begins.startswith(other.begins) or other.begins.startswith(one.begins)
    begins = one.begins if isinstance(one, Prefix) else other.begins if isinstance(other, Prefix) else ""
    return begins == "-" or _WHOLE.fullmatch(begins) is not None
