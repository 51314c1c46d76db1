"""What people type to find a menu, a number or a call: words in any order, and parts of telephone numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import read_number

# Letters that are found by their plain ones; stores fold what they hold with the same two texts.
ACCENTED = "áàâäãåçéèêëíìîïñóòôöõúùûüýÿ"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyy"
_FOLDED = str.maketrans(ACCENTED, PLAIN)
_NUMBER_SIGNS = re.compile(r"[+()\[\]./\s-]+|\u2010|\u2011|\u2012|\u2013|\u00a0")
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class Word(NamedTuple):
    """A part of a name, folded; `digits` are those of a word that may be a part of a number, else empty."""

    text: str
    digits: str


class Searched(NamedTuple):
    """A text that was read. `digits`: the whole text is a number or a part of one, else empty. `words`: all of them
    have to be found."""

    digits: str
    words: tuple[Word, ...]


EVERYTHING = Searched("", ())


def read_search(text: str, region: str) -> Searched:
    """`region` is the country of numbers without a country code, such as `US`."""
    words = tuple(Word(_folded(each), _digits_of(each)) for each in text.split())
    return Searched(_whole_number(text, region) or _digits_of(text), words)


def _whole_number(text: str, region: str) -> str:
    try:
        return read_number(text, region).removeprefix("+")
    except InvalidNumber:
        return ""


def _digits_of(text: str) -> str:
    left = _NUMBER_SIGNS.sub("", text)
    return left if _DIGITS.fullmatch(left) else ""


def _folded(text: str) -> str:
    return text.lower().translate(_FOLDED)
