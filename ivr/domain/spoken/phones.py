"""Telephone numbers as pieces: digit by digit, in the groups in which their country writes them."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from ivr.domain.spoken.numbers import find_spelled, spell

_NANP = re.compile(r"\+1([2-9]\d{2})(\d{3})(\d{4})", re.ASCII)
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_NO_DIGITS = re.compile(r"\D+", re.ASCII)
_PUNCTUATION = str.maketrans("", "", " ()-./\u00a0")


@lru_cache(maxsize=256)
def find_phone(text: str) -> tuple[str, ...] | None:
    """`+14805550199`: four eight zero; of +1 the area code first, of others plus and the country code. None for what
    has other characters than a number may have."""
    plain = text.translate(_PUNCTUATION)
    nanp = _NANP.fullmatch(plain)
    if nanp is not None:
        return spell([*nanp.groups()])
    if plain.startswith("+"):
        return ("plus", *spell(_groups(plain))) if _E164.fullmatch(plain) else None
    return find_spelled(plain) if plain.isascii() and plain.isdigit() else None


def _groups(number: str) -> list[str]:
    try:
        shown = phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        shown = number
    groups = [group for group in _NO_DIGITS.split(shown) if group]
    return groups if "".join(groups) == number[1:] else [number[1:]]
