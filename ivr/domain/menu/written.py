"""Texts that are read and not heard: variables stand in them as people write such values."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from ivr.domain.menu.templates import MASK, SLOT
from ivr.domain.menu.variables import Memory, text_of
from ivr.domain.spoken.money import CURRENCIES
from ivr.domain.spoken.say import shortened

_CENT = Decimal("0.01")


def written(text: str, memory: Memory, *, masked: bool = False) -> str:
    """The text with its variables; what is unset is empty. `masked`: without the values of secrets."""

    def value(found: re.Match[str]) -> str:
        if masked and memory.is_secret(found["name"]):
            return MASK
        return _as_written(text_of(memory.find(found["name"])), found["as"], (found["in"] or "").upper())

    return SLOT.sub(value, text)


def _as_written(value: str, form: str | None, currency: str) -> str:
    match form:
        case "last4":
            return shortened(value)
        case "phone":
            return _telephone(value)
        case "money":
            return _amount(value, currency)
    return value


def _telephone(value: str) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(value), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return value


def _amount(value: str, currency: str) -> str:
    """With the currency that the text names: which is meant by default is not known to who reads it."""
    try:
        amount = str(Decimal(value.replace(",", "")).quantize(_CENT, ROUND_HALF_UP))
    except InvalidOperation:
        return value
    return f"{amount} {currency}" if currency in CURRENCIES else amount
