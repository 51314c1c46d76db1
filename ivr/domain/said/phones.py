"""Telephone numbers: digit by digit, in groups."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from ivr.domain.said.language import Language
from ivr.domain.said.rule import Rule, rule

_START = r"(?<![\w$€£#.,/-])(?<!\d )"
_AREA = r"(?:\((?P<area>[2-9]\d\d)\)[ .-]?|(?P<plain>[2-9]\d\d)[ ./-]?)"
_NANP = rf"{_START}(?:(?P<plus>\+)?(?P<one>1)[ .-]?)?{_AREA}(?P<office>\d{{3}})[ .-]?(?P<line>\d{{4}})(?![\d-])"
_VANITY = (
    rf"{_START}(?:(?P<one>1)[ .-])?\(?(?P<area>8(?:00|33|44|55|66|77|88)|[2-9]\d\d)(?:\) ?|-)"
    r"(?P<word>[A-Z]{2,7}(?:-[A-Z]{2,7})?|[A-Z]{3}-\d{4})(?![\w-])"
)
_EXTENSION = r"(?:,? ?(?:x|ext\.?|extension|extensión|Ext\.?|poste|Durchwahl|ramal) ?#?(?P<ext>\d{1,6})(?!\d))"
_LOCAL = r"(?<![\w$€£#.,/-])(?P<office>[2-9]\d\d)[.-](?P<line>\d{4})(?![\w-])"
_INTERNATIONAL = r"(?<![\w+])\+[1-9]\d{0,3}(?:[ ./-]?\(?\d{1,5}\)?){1,6}(?!\d)"
_ALONE = r"\b(?:ext\.?|Ext\.?|extension|Extension|extensión) ?#?(?P<ext>\d{1,6})\b"
_NO_DIGITS = re.compile(r"\D+", re.ASCII)


def rules(language: Language) -> Iterator[Rule]:
    def extension(match: re.Match[str]) -> str:
        digits = match["ext"]
        return f", {language.words['extension']} {language.groups(digits)}" if digits else ""

    def nanp(match: re.Match[str]) -> str:
        before = f"{language.words['plus']} " if match["plus"] else ""
        groups = (match["one"] or "", match["area"] or match["plain"], match["office"], match["line"])
        return before + language.groups(*groups) + extension(match)

    def vanity(match: re.Match[str]) -> str:
        word = match["word"]
        head, _, tail = word.partition("-")
        said = f"{head}, {language.groups(tail)}" if tail.isdigit() else word.replace("-", " ")
        return f"{language.groups(match['one'] or '', match['area'])}, {said}"

    def international(match: re.Match[str]) -> str | None:
        digits = _NO_DIGITS.sub("", match[0])
        if not 7 <= len(digits) <= 15:
            return None
        return f"{language.words['plus']} {language.groups(*_groups('+' + digits))}"

    yield rule(f"{_NANP}{_EXTENSION}?", nanp)
    yield rule(_VANITY, vanity)
    yield rule(_INTERNATIONAL, international)
    yield rule(
        f"{_LOCAL}{_EXTENSION}?", lambda found: language.groups(found["office"], found["line"]) + extension(found)
    )
    yield rule(_ALONE, lambda found: f"{language.words['extension']} {language.groups(found['ext'])}")


def _groups(number: str) -> list[str]:
    """As its country writes it."""
    try:
        shown = phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        shown = number
    return [group for group in _NO_DIGITS.split(shown) if group]
