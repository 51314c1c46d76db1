"""Entries of a question: a key, several digits (`101`), or a pattern (`XXXXX`, `X{6,16}`; X is a digit).

The longest entry wins: after a digit with which an entry may still grow, another one is waited for; where nothing can
grow, nothing is waited for. Of two entries that fit the same digits the narrower one counts, such as `0` beside `X`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

KEYS = "0123456789*#"
MAX_DIGITS = 24
NO_END_KEY = "none"

ANY_DIGIT = "X"
_NUMBERS = frozenset("0123456789")
_LENGTH = rf"(?:[1-9]|1[0-9]|2[0-{MAX_DIGITS % 10}])"
ENTRY_PATTERN = rf"[0-9*#X]{{1,{MAX_DIGITS}}}|[0-9*#X]{{0,8}}X\{{{_LENGTH}(?:,{_LENGTH})?\}}"
ENTRY = re.compile(ENTRY_PATTERN, re.ASCII)
ENTRY_RULE = (
    "a key is one of 0-9, * or #; an entry of several is digits like 101, a pattern like XXXXX where X is any digit, "
    f"or a length like X{{6,16}}, of {MAX_DIGITS} digits at most"
)
_REPEATED = re.compile(r"(.*)X\{([0-9]+)(?:,([0-9]+))?\}", re.ASCII)


class Pattern(NamedTuple):
    """`fixed` are its first places, a digit or X each; `least` to `most` digits follow them."""

    text: str
    fixed: str
    least: int
    most: int

    @property
    def shortest(self) -> int:
        return len(self.fixed) + self.least

    @property
    def longest(self) -> int:
        return len(self.fixed) + self.most

    def place(self, at: int) -> str:
        return self.fixed[at] if at < len(self.fixed) else ANY_DIGIT

    def takes(self, digit: str, at: int) -> bool:
        place = self.place(at)
        return digit in _NUMBERS if place == ANY_DIGIT else digit == place

    def begins(self, digits: str) -> bool:
        """Whether an entry may begin, or be complete, with these digits."""
        return len(digits) <= self.longest and all(self.takes(digit, at) for at, digit in enumerate(digits))

    def fits(self, digits: str) -> bool:
        return len(digits) >= self.shortest and self.begins(digits)

    def is_within(self, other: Pattern) -> bool:
        """Whether whatever fits this one fits the other."""
        return (
            other.shortest <= self.shortest
            and self.longest <= other.longest
            and all(_is_within(self.place(at), other.place(at)) for at in range(self.longest))
        )

    def may_meet(self, other: Pattern) -> bool:
        """Whether digits may fit both."""
        length = max(self.shortest, other.shortest)
        return length <= min(self.longest, other.longest) and all(
            _is_within(self.place(at), other.place(at)) or _is_within(other.place(at), self.place(at))
            for at in range(length)
        )


def _is_within(place: str, other: str) -> bool:
    return place == other or (other == ANY_DIGIT and place in _NUMBERS)


@lru_cache(maxsize=4096)
def parse_entry(text: str) -> Pattern:
    """The pattern of a text that matches ENTRY."""
    found = _REPEATED.fullmatch(text)
    if found is None:
        return Pattern(text, text, 0, 0)
    least = int(found[2])
    return Pattern(text, found[1], least, int(found[3]) if found[3] else least)


def find_entry_fault(text: str) -> str | None:
    """What is wrong with one entry alone; None: nothing."""
    if not ENTRY.fullmatch(text):
        return ENTRY_RULE
    pattern = parse_entry(text)
    if pattern.least > pattern.most:
        return f"the first length of {text} is above the second"
    if pattern.longest > MAX_DIGITS:
        return f"{text} may have {pattern.longest} digits; at most {MAX_DIGITS}"
    return None


def find_entry_cut_by(end_key: str, texts: Iterable[str]) -> str | None:
    """The first entry that may have this key behind its first one; malformed entries have none."""
    for text in texts:
        pattern = parse_entry(text) if find_entry_fault(text) is None else None
        if pattern is not None and any(pattern.takes(end_key, at) for at in range(1, pattern.longest)):
            return text
    return None


def find_ambiguous(texts: Iterable[str]) -> tuple[str, str] | None:
    """Two entries that may fit the same digits, of which neither is the narrower one, the later one last; None: there
    are none."""
    patterns = [parse_entry(text) for text in texts]
    for at, one in enumerate(patterns):
        for other in patterns[:at]:
            if one.may_meet(other) and one.is_within(other) == other.is_within(one):
                return other.text, one.text
    return None


class Stage(NamedTuple):
    """One collection by the switch: so many `digits` at most, ended by one of `end_keys`."""

    digits: int
    end_keys: str


class Heard(NamedTuple):
    """The digits of an entry so far; `is_over`: no more are waited for."""

    digits: str
    is_over: bool


class Entries:
    """All entries of a question; `end_key` ends one that is not complete by itself, None: no key does."""

    def __init__(self, texts: Iterable[str], end_key: str | None) -> None:
        # The narrower one first.
        self._patterns: list[Pattern] = []
        for pattern in map(parse_entry, texts):
            at = next((at for at, other in enumerate(self._patterns) if pattern.is_within(other)), None)
            self._patterns.insert(len(self._patterns) if at is None else at, pattern)
        self.longest = max(pattern.longest for pattern in self._patterns)
        self.is_single = self.longest == 1
        self._end_key = self._usual_end_key() if end_key is None else end_key
        if self._end_key == NO_END_KEY or self.is_single:
            self._end_key = ""
        self._stages: dict[str, int] = {}

    @property
    def end_key(self) -> str:
        """Empty: no key ends an entry."""
        return self._end_key

    def _usual_end_key(self) -> str:
        """#, unless an entry has it behind its first key."""
        return NO_END_KEY if any("#" in pattern.fixed[1:] for pattern in self._patterns) else "#"

    def find(self, digits: str) -> str | None:
        """The entry that these digits are."""
        return next((pattern.text for pattern in self._patterns if pattern.fits(digits)), None)

    def is_final(self, digits: str) -> bool:
        """Whether they are an entry that cannot grow."""
        alive = [pattern for pattern in self._patterns if pattern.begins(digits)]
        complete = any(len(digits) >= pattern.shortest for pattern in alive)
        return complete and all(len(digits) == pattern.longest for pattern in alive)

    def is_full(self, digits: str) -> bool:
        """Whether nothing is waited for behind these digits, an entry or not."""
        return self.is_final(digits) or len(digits) >= self.longest

    def stage(self, digits: str) -> Stage:
        """What to collect next, after these digits: as many as there are until an entry may be final, so that none
        is waited for behind it."""
        count = self._stages.get(digits)
        if count is None:
            count = self._digits_to_final(digits)
            if not digits:  # what was keyed already is as manifold as callers are
                self._stages[digits] = count
        return Stage(count, "" if self._ends_nothing(digits) else self._end_key)

    def hear(self, digits: str, more: str, asked: int) -> Heard:
        """After `more` digits were collected of the `asked`; fewer: the wait between two digits was over."""
        for digit in more:
            if digit == self._end_key and not self._ends_nothing(digits):
                return Heard(digits, is_over=True)
            digits += digit
            if self.is_full(digits):
                return Heard(digits, is_over=True)
        return Heard(digits, is_over=len(more) < asked)

    def _ends_nothing(self, digits: str) -> bool:
        """Whether no key ends an entry after these digits: there is no end key, or an entry begins with it."""
        return not self._end_key or (not digits and any(each.begins(self._end_key) for each in self._patterns))

    def _digits_to_final(self, digits: str) -> int:
        at = len(digits)
        alive = frozenset(pattern for pattern in self._patterns if pattern.begins(digits))
        waiting = {alive} if alive else set()
        for length in range(at + 1, self.longest + 1):
            waiting = {
                frozenset(taking)
                for patterns in waiting
                for digit in KEYS
                if (taking := [each for each in patterns if each.longest >= length and each.takes(digit, length - 1)])
            }
            if any(all(each.longest == length for each in patterns) for patterns in waiting):
                return length - at
        return max(1, self.longest - at)


@lru_cache(maxsize=4096)
def entries_of(texts: tuple[str, ...], end_key: str | None) -> Entries:
    """Built once for each menu's question."""
    return Entries(texts, end_key)
