"""Rules that turn what is written into words, and the text on its way through them.

What a rule has said is settled: in the text it is one private-use character, so that no later rule reads it again,
while
rules still see that something stands there (`SETTLED`). Patterns repeat within bounds only, so a text costs each rule
time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

_FIRST, _LAST = 0xE000, 0xF8FF
# For patterns: a character that stands for settled words, inside brackets.
SETTLED = "\ue000-\uf8ff"
_SETTLED = re.compile(f"[{SETTLED}]")


class Rule(NamedTuple):
    """`say` gives the words for a match; None leaves it as it is. `rewrites`: they are read by the rules"
    " behind it."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]
    rewrites: bool = False


def rule(pattern: str, say: str | Callable[[re.Match[str]], str | None], flags: int = 0) -> Rule:
    """`say`: the words themselves, or what makes them."""
    return Rule(re.compile(pattern, flags), say if callable(say) else lambda _: say)


def rewrite(pattern: str, text: str, flags: int = 0) -> Rule:
    """Another spelling, for the rules behind it; `\\1` stands for the first group."""
    return Rule(re.compile(pattern, flags), lambda match: match.expand(text), rewrites=True)


class Draft:
    """A text, rule by rule. Private-use characters in it are not kept."""

    def __init__(self, text: str) -> None:
        self.text = _SETTLED.sub("", text)
        self._words: list[str] = []

    def apply(self, rules: Iterable[Rule]) -> None:
        for each in rules:
            self.text = each.pattern.sub(lambda match, each=each: self._said(each, match), self.text)  # type: ignore[misc]

    def settle(self, words: str) -> str:
        """The character that stands for these words; the words themselves where there is none left."""
        if _FIRST + len(self._words) > _LAST:
            return words
        self._words.append(self._spelt_out(words))
        return chr(_FIRST + len(self._words) - 1)

    def words(self) -> str:
        """The text with all that is settled, a blank where words would touch."""
        return self._spelt_out(self.text)

    def _spelt_out(self, text: str) -> str:
        parts: list[str] = []
        last, after_settled = "", False
        for character in text:
            settled = _FIRST <= ord(character) <= _LAST
            words = self._words[ord(character) - _FIRST] if settled else character
            if not words:
                continue
            if (settled or after_settled) and last.isalnum() and words[0].isalnum():
                parts.append(" ")
            parts.append(words)
            last, after_settled = words[-1], settled
        return "".join(parts)

    def _said(self, each: Rule, match: re.Match[str]) -> str:
        words = each.say(match)
        if words is None:
            return match[0]
        return words if each.rewrites else self.settle(words)


def stop_after(match: re.Match[str], *, unless: frozenset[str] = frozenset()) -> str:
    """The full stop of an abbreviation at the end of `match`, where it also ends a sentence: at the end of the text,
    or
    before a capital letter that begins none of the words of `unless`."""
    if not match[0].endswith("."):
        return ""
    rest = match.string[match.end() : match.end() + 40]
    if not rest.strip():
        return "."
    if not rest[0].isspace():
        return ""
    word = re.match(r"[\W_]*(\w*)", rest)
    following = word[1] if word else ""
    return "." if following[:1].isupper() and following not in unless else ""
