"""What the rules know of a language: its names of numbers, months, days, units and signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ivr.domain.spoken.numbers import grouped

# Longer ones are read digit by digit.
MAX_DIGITS = 15
# A number without separators that has so many digits is an account or an order, whose digits count.
_LONGEST_NUMBER = 6
_DIGITS = re.compile(r"\D+", re.ASCII)


class Currency(NamedTuple):
    """Its names: of one and of several, whole and hundredths."""

    one: str
    several: str
    hundredth: str
    hundredths: str


@dataclass(frozen=True, kw_only=True)
class Language:
    """`words`: to, and, point, minus, percent, plus, dot, at, slash, dash, underscore, number, extension, pound,
    star, degrees; from, where a span begins with a word. `group_mark` stands between thousands, `decimal_mark` before
    decimals; `lax_marks`: either may be meant, and three digits behind one are a group. `decimals_as_number`: 2.75 is
    two point seventy-five."""

    code: str
    digits: tuple[str, ...]
    cardinal: Callable[[int], str]
    ordinal: Callable[[int], str]
    year: Callable[[int], str]
    words: Mapping[str, str]
    months: tuple[str, ...]
    month_abbreviations: Mapping[str, int]
    weekdays: Mapping[str, str]
    currencies: Mapping[str, Currency]
    units: Mapping[str, tuple[str, str]]
    group_mark: str = ","
    decimal_mark: str = "."
    lax_marks: bool = False
    decimals_as_number: bool = False
    # One before a noun, where it is another word than the digit.
    one: str = ""
    # Endings of numbers that are others before a noun: veintiuno, veintiún euros.
    noun_forms: Mapping[str, str] = field(default_factory=dict)

    @property
    def number_pattern(self) -> str:
        """A number without a sign, at its full length."""
        if self.lax_marks:
            return r"(?:\d{1,3}(?:[.,\u00a0]\d{3})+(?:[.,]\d{1,2})?|\d{1,18}(?:[.,]\d{1,8})?)(?![\d])"
        group, mark = re.escape(self.group_mark), re.escape(self.decimal_mark)
        return rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d{{1,18}})(?:{mark}\d{{1,8}})?(?!\d)"

    def parts(self, number: str) -> tuple[str, str]:
        """Whole digits and decimals of a match of `number_pattern`."""
        plain = number.replace("\u00a0", "")
        if self.lax_marks:
            decimals = ""
            found = re.fullmatch(r"(.*)([.,])(\d+)", plain)
            if found is not None and len(found[3]) != 3:
                plain, decimals = found[1], found[3]
            return _DIGITS.sub("", plain), decimals
        whole, _, decimals = plain.partition(self.decimal_mark)
        return whole.replace(self.group_mark, ""), decimals

    def number(self, text: str) -> str:
        """A match of `number_pattern` in words."""
        whole, decimals = self.parts(text)
        said = self.whole(whole) if whole else self.digits[0]
        if not decimals:
            return said
        mark = text[-len(decimals) - 1]
        point = self.words.get("point " + mark, self.words["point"])
        return f"{said} {point} {self.decimals(decimals)}"

    def whole(self, digits: str) -> str:
        if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
            return self.spelled(digits)
        return self.cardinal(int(digits))

    def decimals(self, digits: str) -> str:
        if self.decimals_as_number and digits[0] != "0" and len(digits) <= 2:
            return self.cardinal(int(digits))
        return " ".join(self.digits[int(digit)] for digit in digits)

    def spelled(self, digits: str) -> str:
        """Digit by digit, in groups as they are read out."""
        return ", ".join(" ".join(self.digits[int(digit)] for digit in group) for group in grouped(digits))

    def groups(self, *groups: str) -> str:
        """Digit by digit in these groups."""
        return ", ".join(" ".join(self.digits[int(digit)] for digit in group) for group in groups if group)

    def is_code(self, digits: str) -> bool:
        """Whether it is no quantity: an account, an order."""
        return len(digits) > _LONGEST_NUMBER

    def span(self, one: str, two: str, match: re.Match[str]) -> str:
        """From one to two; `match` is what is written, before which the word for from may stand already."""
        from_ = self.words.get("from", "")
        is_said = not from_ or re.search(rf"\b{from_}\w{{0,3}} $", match.string[: match.start()], re.IGNORECASE)
        return f"{one} {self.words['to']} {two}" if is_said else f"{from_} {one} {self.words['to']} {two}"

    def counted(self, number: str, one: str, several: str) -> str:
        """A quantity with its unit."""
        if self.parts(number) in (("1", ""), ("1", "0"), ("1", "00")):
            return f"{self.one or self.cardinal(1)} {one}"
        return f"{self.before_noun(self.number(number))} {several}"

    def before_noun(self, number: str) -> str:
        """A number in words, in the form that it has before a noun."""
        for ending, form in self.noun_forms.items():
            if number.endswith(ending):
                return number[: -len(ending)] + form
        return number
