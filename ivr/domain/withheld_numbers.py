"""Digits that stand in for a withheld number.

Switches and carriers spell the word on a keypad where a number must stand: `+266696687` is ANONYMOUS, `+7378742833`
RESTRICTED, `+86282452253` UNAVAILABLE. Others send one digit over and over.
"""

from __future__ import annotations

from types import MappingProxyType

_WORDS = ("anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld")
_REPEATED = 5
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
SPELLED = MappingProxyType({word.translate(_KEYPAD): word.upper() for word in _WORDS})


def find_spelled_word(digits: str) -> str | None:
    """The word that these digits spell on a keypad instead of being a number."""
    return SPELLED.get(digits)


def is_one_digit(digits: str) -> bool:
    """Whether one digit is repeated all through, which nobody's number is."""
    return len(digits) >= _REPEATED and digits == digits[0] * len(digits)
