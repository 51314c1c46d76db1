"""The digits that a prompt's words ask callers to press, in six languages (ivr.domain.menu.digit_words).

A digit counts where a verb asks for it ("press 1, 2 or 3"), where what it does follows ("or 9 to be removed"), where
that stands before it and the verb is left out ("for sales press 1, for support 2"; "For sales, 1."), and where it is
set apart: "[9]", "Opt out: 9", "1 / 9". Telephone numbers, times, prices and what is counted are not digits to press.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

from ivr.domain.menu.digit_words import (
    ALTERNATIVES,
    AMBIGUOUS,
    DIGIT_WORDS,
    EFFECTS,
    FILLERS,
    JOINERS,
    LABELS,
    LATE_VERBS,
    NOUNS,
    PURPOSE_STARTS,
    PURPOSES,
    RANGES,
    TIMES,
    TYPED,
    UNITS,
    VERBS,
)

_TOKEN = re.compile(
    r"(?P<number>[$€£#*]\d+(?:[.,:/-]?\d+)*|\d+(?:[.:/-]\d+|,\d{2,})+\w*|\d{2,}\w*|\d+-?[^\W\d]\w*|\d\s?[%°€£])"
    r"|(?P<key>\d|[*#])"
    r"|(?P<word>[^\W\d_]+(?:['’-]\w+)*)"
    r"|(?P<mark>[^\w\s]|\n)"
)
_SPELLINGS = (
    (re.compile(r"\b([ap])\.\s?m\b\.?"), r"\1m"),
    (re.compile(r"\bo['’]clock\b"), "oclock"),
    (re.compile(r"\b([ld])['’]"), r"\1 "),
    (re.compile(r"\b(?:number|pound|hash) sign\b"), "hash"),
    (re.compile(r"\bn(?:o|um|r)?[.°º]\s?(?=\d\b)"), "number "),
    (re.compile(r"#(?=[0-9]\b)"), "number "),
    (re.compile(r"\ba (?=tecla|opcao)"), ""),
    (re.compile(r"\bjogo da velha\b"), "cerquilha"),
    (re.compile(r"\bmit der (?=(?:taste|ziffer|zahl)\b|\d\b(?![.:]\s?\w))"), "drucken "),
)
_RANGE = re.compile(r"(\d)[-–](\d)")
_WITH_STROKES = re.compile(r"\d(?:/\d)+")
_SENTENCE_ENDS = frozenset(".!?…\n")
_CLAUSE_ENDS = _SENTENCE_ENDS | frozenset(",;:()—–•|")
_OPENING, _CLOSING = frozenset("[(\"'‘’“„«"), frozenset("])\"'’“”»")
# Between a digit and what it does: "9: no more calls", and at the beginning of a sentence "9 - no more calls".
_TELLING, _DASHES = frozenset(":="), frozenset("-–—")
_LIST_MARKS, _NO_MARKS = frozenset(",/&"), frozenset[str]()


_Kind = Literal["number", "key", "word", "mark"]


class _Token(NamedTuple):
    """`text`: as written, of a key the digit."""

    kind: _Kind
    text: str
    is_word: bool = False
    is_ambiguous: bool = False


_NOTHING = _Token("mark", "\n")
_NUMBER = _Token("number", "")


def digits_said(text: str) -> list[str]:
    """In their order: "press 1, or press nine" has 1 and 9."""
    tokens = _Tokens(text)
    found = {*tokens.asked(), *tokens.explained(), *tokens.elided(), *tokens.set_apart()}
    return list(dict.fromkeys(digit for at in sorted(found) for digit in tokens.digits(at)))


class _Tokens:
    """The words of a prompt. The methods give positions."""

    def __init__(self, text: str) -> None:
        self._all = list(_read(text))
        self._without_numbers()

    def digits(self, at: int) -> list[str]:
        token = self._all[at]
        return token.text.split("/") if token.kind == "number" else [token.text]

    def asked(self) -> Iterator[int]:
        """Behind a verb: "press the star key", "press 1, 2 or 3"."""
        for verb, token in enumerate(self._all):
            if not (token.kind == "word" and token.text in VERBS):
                continue
            at = self._skip(verb + 1, FILLERS, _OPENING)
            if _WITH_STROKES.fullmatch(self._at(at).text):
                yield at
            while self._is_key(at):
                yield at
                at = self._next_of_list(at)
        for at, token in enumerate(self._all):
            if token.kind == "key" and self._is_word(self._skip(at + 1, NOUNS, _CLOSING), LATE_VERBS):
                yield at

    def explained(self) -> Iterator[int]:
        """With what it does behind it: "or 9 to be removed", "9: no more calls", "9 opts you out"."""
        for at, token in enumerate(self._all):
            if not self._is_key(at) or (token.is_ambiguous and not self._has_verb(0, len(self._all))):
                continue
            before = at - 1
            while self._is_word(before, FILLERS - JOINERS):
                before -= 1
            if not (self._is_word(before, JOINERS) or self._ends_clause(before)):
                continue
            if token.text in ("*", "#") and self._at(before).text == "\n":
                continue  # a list's bullet
            after = self._skip(at + 1, NOUNS, _CLOSING)
            begins = self._at(before).text in _SENTENCE_ENDS and not self._is_word(after + 1, TIMES)
            told_by = _TELLING | _DASHES if begins else _TELLING
            is_told = self._at(after).text in told_by or self._is_word(after, EFFECTS)
            # "9. Opt out", "9) Opt out": an item of a list.
            is_told = is_told or (begins and self._at(at + 1).text in (".", ")") and self._at(at + 2).kind == "word")
            if is_told and not token.is_word:
                yield at
            elif self._is_word(after, PURPOSES):
                follows = self._at(after + 1)
                if follows.kind not in ("key", "number") and follows.text not in TIMES:
                    yield at

    def elided(self) -> Iterator[int]:
        """The verb left out: "for sales press 1, for support 2"; "For sales, 1."; "press 1, otherwise 9"."""
        clause = sentence = 0
        # Whether the clause before, of the same sentence, tells what for.
        told_before = False
        for at, token in enumerate(self._all):
            if self._is_key(at) and not token.is_ambiguous and self._ends_clause(at + 1):
                first = self._skip(clause, JOINERS, _NO_MARKS)
                alone = first == at and told_before
                told = self._is_word(first, PURPOSE_STARTS) and not self._is_word(at - 1, LABELS)
                told = told or self._is_word(at - 1, ALTERNATIVES)
                if alone or (told and self._has_verb(sentence, at)):
                    yield at
            if self._ends_clause(at):
                told_before = self._is_word(self._skip(clause, JOINERS, _NO_MARKS), PURPOSE_STARTS)
                clause = at + 1
                if token.text in _SENTENCE_ENDS:
                    sentence, told_before = at + 1, False

    def set_apart(self) -> Iterator[int]:
        """[9], (9), "Opt out: 9", 1 / 9."""
        for at in range(len(self._all)):
            if not self._is_key(at):
                continue
            around = self._at(at - 1).text + self._at(at + 1).text
            if around in ("[]", "()") or (self._at(at - 1).text in (":", "=") and self._ends_clause(at + 1)):
                yield at
            if self._at(at + 1).text == "/" and self._is_key(at + 2):
                yield from (at, at + 2)

    def _next_of_list(self, at: int) -> int:
        """The position of the next digit of a list, or the end of the text."""
        after = self._skip(at + 1, NOUNS, _CLOSING)
        next_at = self._skip(after, JOINERS, _LIST_MARKS)
        if next_at == after:
            return len(self._all)
        joined = self._is_word(next_at - 1, JOINERS)
        next_at = self._skip(next_at, FILLERS - JOINERS, _OPENING)
        follows = self._skip(next_at + 1, NOUNS, _CLOSING)
        fits = self._at(follows).kind == "mark" or self._is_word(follows, JOINERS | PURPOSES)
        return next_at if joined or fits else len(self._all)

    def _without_numbers(self) -> None:
        """Keys of a number, a range or a measure become numbers: "9 1 1", "9 to 5", "one or two digits"."""
        keys = [at for at, token in enumerate(self._all) if token.kind == "key"]
        numbers = set()
        for at in keys:
            if self._is_key(at + 1):
                numbers |= {at, at + 1}
            if "number" in (self._at(at - 1).kind, self._at(at + 1).kind):
                numbers.add(at)
            is_range = self._is_word(at + 1, RANGES) or self._at(at + 1).text in ("-", "–")
            if is_range and self._at(at + 2).kind in ("key", "number"):
                numbers |= {at, at + 2}
                self._ask_range(at, self._at(at).text, self._at(at + 2).text, at + 3)
        for at in reversed(keys):
            if self._is_word(at + 1, UNITS) or (at + 2 in numbers and self._is_word(at + 1, JOINERS)):
                numbers.add(at)
        for at in numbers:
            if not _WITH_STROKES.fullmatch(self._at(at).text):
                self._all[at] = _NUMBER
        for at, token in enumerate(self._all):
            if token.kind == "number" and (found := _RANGE.fullmatch(token.text)):
                self._ask_range(at, found[1], found[2], at + 1)

    def _ask_range(self, at: int, first: str, last: str, after: int) -> None:
        """ "Press 1 to 3" asks for each of them; "enter 1 to 3 digits" counts."""
        before = at - 1
        while self._is_word(before, FILLERS):
            before -= 1
        digits = first + last
        is_asked = self._is_word(before, VERBS - TYPED) and not self._is_word(after, UNITS)
        if is_asked and digits.isdecimal() and first < last:
            self._all[at] = _Token("number", "/".join(map(str, range(int(first), int(last) + 1))))

    def _at(self, at: int) -> _Token:
        return self._all[at] if 0 <= at < len(self._all) else _NOTHING

    def _is_key(self, at: int) -> bool:
        return self._at(at).kind == "key"

    def _is_word(self, at: int, words: frozenset[str]) -> bool:
        return self._at(at).kind == "word" and self._at(at).text in words

    def _ends_clause(self, at: int) -> bool:
        return self._at(at).text in _CLAUSE_ENDS

    def _has_verb(self, first: int, end: int) -> bool:
        return any(self._is_word(at, VERBS) for at in range(first, end))

    def _skip(self, at: int, words: frozenset[str], marks: frozenset[str]) -> int:
        while self._is_word(at, words) or self._at(at).text in marks:
            at += 1
        return at


def _read(text: str) -> Iterator[_Token]:
    letters = unicodedata.normalize("NFD", text.casefold())
    # A wide or an Arabic digit is one of 0 to 9.
    plain = "".join(str(unicodedata.decimal(each, each)) for each in letters if not unicodedata.combining(each))
    for pattern, spelling in _SPELLINGS:
        plain = pattern.sub(spelling, plain)
    for match in _TOKEN.finditer(plain):
        kind, found = match.lastgroup, match[0]
        if kind == "word" and found in DIGIT_WORDS:
            yield _Token("key", DIGIT_WORDS[found], True, found in AMBIGUOUS)
        else:
            yield _Token(cast(_Kind, kind), found)
