"""Telephone numbers: E.164 inside, whatever the network, a file or a person writes outside.

There is one reading, `read_number`: callers, numbers dialled, numbers keyed in, imported, entered and checked all go
through it. A number must be possible and complete for its country; without `+` it belongs to the region of this
installation, and one that does not fit there is refused rather than taken for a foreign one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NewType

import phonenumbers
from phonenumbers import ValidationResult

from ivr.domain.errors import InvalidNumber
from ivr.domain.number_text import WrittenNumber, read_written, shown
from ivr.domain.withheld_numbers import find_spelled_word, is_one_digit

E164 = NewType("E164", str)

NANP = 1
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
# Nearly every number of a list; the library takes twenty times as long.
_PUNCTUATION = str.maketrans("", "", " ()-.")
_NANP_NUMBER = re.compile(r"\+1([2-9][0-9]{9})", re.ASCII)
_NANP_NATIONAL = re.compile(r"1?([2-9][0-9]{9})", re.ASCII)
# Mexican mobiles as they were called from abroad until 2019, and as some networks still send them: +52 1, ten digits.
_OLD_MEXICAN = re.compile(r"521([2-9][0-9]{9})", re.ASCII)
# International prefixes that are understood everywhere, beside the region's own.
_DIALLED_ABROAD = ("00", "011")


def read_number(raw: str, region: str = "US") -> E164:
    """The number that a text stands for; raises InvalidNumber, whose text says what is wrong.

    Whether a directory knows the number does not matter: an opt-out is never refused because its number looks unused.
    """
    found = _NANP_NUMBER.fullmatch(raw)
    if found is None:
        quick = raw.translate(_PUNCTUATION)
        found = _NANP_NUMBER.fullmatch(quick)
        if found is None and is_nanp(region):
            found = _NANP_NATIONAL.fullmatch(quick)
            if found is not None and find_spelled_word(quick):
                found = None
    if found is not None and not is_one_digit(found[1]):
        return E164(f"+1{found[1]}")
    return _read_slowly(raw, region)


def parse_e164(text: str) -> E164:
    """A number as API clients must write it: `+`, country code, subscriber; raises InvalidNumber."""
    if not _E164.fullmatch(text):
        raise InvalidNumber(text, f"{shown(text)} is not written as +14155550100, with + and its country code")
    return read_number(text)


@lru_cache(maxsize=4096)
def parse_did(raw: str, region: str = "US") -> E164:
    """The number dialled; raises InvalidNumber."""
    return read_number(raw, region)


def find_did(raw: str, region: str = "US") -> E164 | None:
    """The number dialled, None where it cannot be read."""
    try:
        return parse_did(raw, region)
    except InvalidNumber:
        return None


# Few callers call twice, so few are remembered.
@lru_cache(maxsize=256)
def parse_ani(raw: str, region: str = "US") -> E164 | None:
    """The caller's number, or None when it is withheld or cannot be one (`anonymous`, a SIP user name)."""
    try:
        return read_number(raw, region)
    except InvalidNumber:
        return None


def parse_keyed(digits: str, region: str = "US") -> E164 | None:
    """A number as a caller keys it, read as any other: national, or with 00 or 011 for another country."""
    return parse_ani(digits, region)


def is_e164_form(text: str) -> bool:
    """Whether it is written as a number in E.164 form; it need not be one that can exist."""
    return _E164.fullmatch(text) is not None


@lru_cache(maxsize=8)
def is_nanp(region: str) -> bool:
    """Whether the region is one of the North American numbering plan, +1."""
    return phonenumbers.country_code_for_region(region) == NANP


def _read_slowly(raw: str, region: str) -> E164:
    written = read_written(raw)
    word = find_spelled_word(written.digits)
    if word is not None:
        may_be_one = not written.plus and _parse(written, region) is not None
        hint = "; if it is one, write it with + and its country code" if may_be_one else ""
        raise InvalidNumber(raw, f"{shown(raw)} spells {word} on a keypad and stands for a withheld number{hint}")
    number = _parse(written, region)
    if number is None:
        raise InvalidNumber(raw, _describe(raw, written, region))
    national = phonenumbers.national_significant_number(number)
    if is_one_digit(written.digits) or is_one_digit(national):
        raise InvalidNumber(raw, f"{shown(raw)} is one digit over and over and stands for a withheld number")
    if number.country_code == NANP and national[0] in "01":
        raise InvalidNumber(raw, f"{shown(raw)} has an area code that begins with {national[0]}, as none does")
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Zeros that are left would be taken away by the next who reads it: two names for one number.
    if not _E164.fullmatch(text) or phonenumbers.parse(text) != number:
        raise InvalidNumber(raw, f"{shown(raw)} is not a whole telephone number")
    return E164(text)


def _parse(written: WrittenNumber, region: str) -> phonenumbers.PhoneNumber | None:
    """The number if it is possible and complete."""
    digits = written.digits
    readings: list[tuple[str, str | None]] = [("+" + digits, None)]
    if not written.plus:
        readings = [(digits, region)]
        readings += [("+" + digits[len(each) :], None) for each in _DIALLED_ABROAD if digits.startswith(each)]
    for text, country in readings:
        try:
            number = phonenumbers.parse(_without_old_prefix(text), country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE:
            return number
    return None


def _without_old_prefix(text: str) -> str:
    old = _OLD_MEXICAN.fullmatch(text[1:]) if text.startswith("+") else None
    return text if old is None else f"+52{old[1]}"


def _describe(raw: str, written: WrittenNumber, region: str) -> str:
    """What is wrong with digits that are no whole number."""
    digits = written.digits
    if is_one_digit(digits):
        return f"{shown(raw)} is one digit over and over and stands for a withheld number"
    if not written.plus:
        abroad = "; a number of another country begins with +" if len(digits) > _lengths(region)[-1] else ""
        return f"{shown(raw)} has {_count(len(digits))}; a {region} number has {_listed(_lengths(region))}{abroad}"
    codes = (int(digits[:size]) for size in (1, 2, 3))
    code = next((each for each in codes if each in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), None)
    if code is None or digits.startswith("0"):
        return f"{shown(raw)} begins with no country's code"
    country = phonenumbers.region_code_for_country_code(code)
    of = f"a {country} number" if country != "001" else "a number there"
    rest = _count(len(digits) - len(str(code)))
    return f"{shown(raw)} has {rest} after +{code}; {of} has {_listed(_lengths(country, code))}"


def _lengths(region: str, country_code: int = 0) -> tuple[int, ...]:
    """How many digits a whole number has there, without its country code, which counts for numbers of no country."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    lengths = metadata.general_desc.possible_length if metadata and metadata.general_desc else None
    return tuple(lengths or (15,))


def _count(digits: int) -> str:
    return "1 digit" if digits == 1 else f"{digits} digits"


def _listed(lengths: tuple[int, ...]) -> str:
    if len(lengths) == 1:
        return str(lengths[0])
    if len(lengths) == lengths[-1] - lengths[0] + 1 and len(lengths) > 2:
        return f"{lengths[0]} to {lengths[-1]}"
    return f"{', '.join(map(str, lengths[:-1]))} or {lengths[-1]}"
