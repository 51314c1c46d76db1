"""Telephone numbers: E.164 inside, whatever the network sends outside."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NewType

import phonenumbers

from ivr.domain.errors import InvalidNumber

E164 = NewType("E164", str)

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{3,15}", re.ASCII)
# What some trunks leave around the number: a scheme, parameters (`;npdi`, `;cpc=ordinary`), a host.
_IN_URI = re.compile(
    r"(?:tel:|sips?:)?(\+?[0-9]{3,15})(?:;[A-Za-z0-9_.~+=;:%-]{0,200})?(?:@[A-Za-z0-9_.:\[\];=-]{1,200})?", re.ASCII
)


def parse_e164(text: str) -> E164:
    """A number as API clients must write it: `+`, country code, subscriber; raises InvalidNumber.

    Any possible number passes, whether a directory knows it or not: an opt-out is never refused
    because its number looks unused.
    """
    if not _E164.fullmatch(text):
        raise InvalidNumber(text)
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        raise InvalidNumber(text) from None
    if not possible:
        raise InvalidNumber(text)
    return E164(text)


@lru_cache(maxsize=4096)
def parse_did(raw: str, region: str = "US") -> E164:
    """The number dialled, with or without + and country code, as trunks send it; raises InvalidNumber."""
    number = _normalise(raw, region)
    if number is None:
        raise InvalidNumber(raw)
    return number


# Few callers call twice, so few are remembered.
@lru_cache(maxsize=256)
def parse_ani(raw: str, region: str = "US") -> E164 | None:
    """The caller's number, or None when it is withheld or cannot be one (`anonymous`, a SIP user name)."""
    return _normalise(raw, region)


def parse_keyed(digits: str, region: str = "US") -> E164 | None:
    """A number as a caller keys it: national, or with its country code; None when it cannot be a whole one."""
    for text, country in ((digits, region), ("+" + digits, None)):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible == phonenumbers.ValidationResult.IS_POSSIBLE:
            return parse_e164(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _normalise(raw: str, region: str) -> E164 | None:
    if _E164.fullmatch(raw):
        return E164(raw)
    if not _DIGITS.fullmatch(raw):
        wrapped = _IN_URI.fullmatch(raw)
        return _normalise(wrapped[1], region) if wrapped and wrapped[1] != raw else None
    # A bare digit string is national first, then a country code without its plus.
    for text, country in ((raw, region), ("+" + raw, None)):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return E164(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None
