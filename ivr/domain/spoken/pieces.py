"""The recorded pieces that values are spoken from, in US English: name -> words.

They are made by a voice at the first start. A value that they can say costs a call no speech synthesis.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence

# fmt: off
_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
]
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]
# fmt: on
SCALES = ("thousand", "million", "billion", "trillion")


def _below_hundred(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    ten, one = divmod(number, 10)
    return _TENS[ten - 2] + (f"-{_ONES[one]}" if one else "")


def _ordinal(day: int) -> str:
    if day <= len(_ORDINALS):
        return _ORDINALS[day - 1]
    return "thirtieth" if day == 30 else f"{_TENS[day // 10 - 2]}-{_ORDINALS[day % 10 - 1]}"


# A breath between groups of digits: silence, spoken by nobody.
PAUSE = "pause"
PAUSE_MS = 250

WORDS: Mapping[str, str] = {
    **{f"n{number}": _below_hundred(number) for number in range(100)},
    **{f"h{number}": f"{_ONES[number]} hundred" for number in range(1, 10)},
    "hundred": "hundred",
    **{name: name for name in SCALES},
    **{f"d{day}": _ordinal(day) for day in range(1, 32)},
    **{f"m{number}": name for number, name in enumerate(MONTHS, start=1)},
    **{f"l{letter}": letter.upper() for letter in string.ascii_lowercase},
    "oh": "oh", "minus": "minus", "point": "point", "and": "and", "plus": "plus", "star": "star", "pound": "pound",
    "dollar": "dollar", "dollars": "dollars", "cent": "cent", "cents": "cents",
    "sterling": "pound", "sterlings": "pounds", "penny": "penny", "pence": "pence",
    "euro": "euro", "euros": "euros", "peso": "peso", "pesos": "pesos", "centavo": "centavo", "centavos": "centavos",
    "am": "A M", "pm": "P M", "noon": "noon", "midnight": "midnight",
    PAUSE: ",",
}  # fmt: skip


# What may stand at the end of a sentence is recorded a second time, with the voice going down.
_NEVER_LAST = frozenset({"oh", "minus", "point", "and", "plus", PAUSE}) | {f"m{number}" for number in range(1, 13)}
_END = "-end"


def _recorded() -> Iterator[tuple[str, str]]:
    for name, words in WORDS.items():
        if name != PAUSE:
            yield name, f"{words},"
        if name not in _NEVER_LAST:
            yield name + _END, f"{words}."


# Name of each recording -> what a voice is asked to say for it.
RECORDED: Mapping[str, str] = dict(_recorded())


def words_of(pieces: Iterable[str]) -> str:
    """What these pieces say, as a text that a voice can speak."""
    return " ".join(WORDS[piece] for piece in pieces).replace(" ,", ",")


def recordings_of(pieces: Sequence[str], *, ends_sentence: bool) -> tuple[str, ...]:
    """The recordings of these pieces: keys of RECORDED, and PAUSE."""
    if not pieces or not ends_sentence or pieces[-1] + _END not in RECORDED:
        return tuple(pieces)
    return (*pieces[:-1], pieces[-1] + _END)
