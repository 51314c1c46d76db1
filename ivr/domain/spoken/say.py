"""How a value is said: by recorded pieces where they can, else as words that a voice must speak."""

from __future__ import annotations

import string
from typing import Literal, NamedTuple, get_args

from ivr.domain.spoken.calendar import find_date, find_time
from ivr.domain.spoken.money import CURRENCIES, find_money
from ivr.domain.spoken.numbers import find_number, find_spelled
from ivr.domain.spoken.phones import find_phone
from ivr.domain.spoken.pieces import PAUSE, words_of

SayAs = Literal["digits", "number", "money", "date", "time", "last4", "phone"]
FORMATS: tuple[SayAs, ...] = get_args(SayAs)
DEFAULT_CURRENCY = "USD"

# More files are not played in one piece, and nobody listens to more.
MAX_PIECES = 64
# A number without a format is read as one up to here; a longer one is an account or an order, whose digits count.
_LONGEST_NUMBER = 6


_SPELLED = {
    **{f"n{digit}": str(digit) for digit in range(10)},
    **{f"l{letter}": letter.upper() for letter in string.ascii_lowercase},
    **{PAUSE: ",", "plus": "+", "star": "*", "pound": "#"},
}


class SpokenValue(NamedTuple):
    """`pieces`: names of recorded pieces, in order; empty where only a voice can say the `words`. `plain` is for a
    voice of another language than English. All are empty where there is nothing to say."""

    pieces: tuple[str, ...]
    words: str
    plain: str


NOTHING_SPOKEN = SpokenValue((), "", "")


def say(value: str | int | bool, say_as: SayAs | None = None, currency: str = DEFAULT_CURRENCY) -> SpokenValue:
    """A value that does not fit its format is said as it would be without one."""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    if say_as == "last4":
        text = shortened(text)
    if not text:
        return NOTHING_SPOKEN
    pieces = _pieces(text, say_as, currency)
    if pieces is None and say_as is not None:
        pieces = _pieces(text, None, currency)
    as_written = " ".join(text.split())
    if pieces is None or len(pieces) > MAX_PIECES:
        return SpokenValue((), as_written, as_written)
    return SpokenValue(pieces, words_of(pieces), _plain(as_written, pieces, say_as, currency))


def _plain(text: str, pieces: tuple[str, ...], say_as: SayAs | None, currency: str) -> str:
    """Digits one by one where pieces have them so; else what a voice reads in its own language."""
    if say_as == "money":
        return f"{text} {currency}"
    spelled = all(piece in _SPELLED for piece in pieces)
    return " ".join(_SPELLED[piece] for piece in pieces).replace(" ,", ",") if spelled and pieces[1:] else text


def shortened(text: str) -> str:
    """Its last four letters or digits: never more, whatever it is."""
    return "".join(each for each in text if each.isalnum())[-4:]


def _pieces(text: str, say_as: SayAs | None, currency: str) -> tuple[str, ...] | None:
    match say_as:
        case "digits" | "last4":
            return find_spelled(text)
        case "number":
            return find_number(text)
        case "money":
            return find_money(text, currency if currency in CURRENCIES else DEFAULT_CURRENCY)
        case "date":
            return find_date(text)
        case "time":
            return find_time(text)
        case "phone":
            return find_phone(text)
    return _guessed(text)


def _guessed(text: str) -> tuple[str, ...] | None:
    """Numbers of telephones and others; of digits that are long, or begin with 0, each one."""
    if text.startswith("+"):
        return find_phone(text)
    if text.isascii() and text.isdigit() and (len(text) > _LONGEST_NUMBER or (text[0] == "0" and text != "0")):
        return find_spelled(text)
    return find_number(text)
