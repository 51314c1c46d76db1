"""The digits that a prompt's words ask callers to press."""

from __future__ import annotations

import re

_NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_WORD_DIGITS = {
    **{word: str(digit) for digit, word in enumerate(_NUMERALS)},
    **{"star": "*", "asterisk": "*", "pound": "#", "hash": "#"},
}
_DIGIT = rf"(?:(?:{'|'.join(_WORD_DIGITS)})\b|[0-9](?![0-9])|[*#])"
# "press 1", "press the star key", "press 1, 2 or 3"; in "press 1 or press 9" the verb stands twice
_PRESS = re.compile(
    rf"\b(?:press|push|hit|dial)\s+(?:the\s+)?(?:key\s+|number\s+)?({_DIGIT}(?:\s*(?:,|,?\s*\b(?:or|and)\b)\s*{_DIGIT})*)",
    re.ASCII | re.IGNORECASE,
)
_EACH_DIGIT = re.compile(_DIGIT, re.ASCII | re.IGNORECASE)


def digits_said(text: str) -> list[str]:
    """In their order: "press 1, or press nine" has 1 and 9."""
    found = (_EACH_DIGIT.findall(match[1]) for match in _PRESS.finditer(text))
    return list(dict.fromkeys(_WORD_DIGITS.get(digit.lower(), digit) for digits in found for digit in digits))
