"""Which of 5 and 3 is the month in 5/3/2026: that of the installation's region, in every language that a menu speaks.

A date is one day in all the languages of a menu, so the region decides and not the language. Both orders
are written in Canada; its texts are read with the month first, as English there has always been. A date that has only
one reading, such as 25/12/2026, keeps it.
"""

from __future__ import annotations

import re

from ivr.domain.said.en.times import DATED, FRACTIONS
from ivr.domain.spoken.pieces import MONTHS

_MONTH_FIRST = frozenset(["US", "PR", "GU", "AS", "MP", "VI", "PH", "PW", "FM", "MH", "CA"])
_SLASHED = re.compile(
    r"(?<![\w./-])(?P<one>[0-3]?\d)/(?P<two>[0-3]?\d)(?:/(?P<year>\d{4}|\d\d)(?![\w/])|(?![\w/-]))"
)


class _Region:
    """That of this process, from its settings."""

    code = "US"


def use_region(code: str) -> None:
    """Have the dates of this process's texts read as its region writes them. Called once, when the process starts."""
    _Region.code = code


def in_order(text: str, language: str, region: str | None = None) -> str:
    """The text with such dates as the rules of the language read them. `region`: None is the process's."""
    month_first = (region or _Region.code) in _MONTH_FIRST
    is_english = re.match(r"en(?![a-z])", language, re.IGNORECASE) is not None
    if is_english == month_first:
        return text
    return _SLASHED.sub(_day_first_in_english if is_english else _day_before_month, text)


def _day_before_month(found: re.Match[str]) -> str:
    """With two digits each, so that 2/1 does not become a half, nor 7/24 round the clock."""
    month, day = int(found["one"]), int(found["two"])
    if found[0] == "1/2" or not _is_day(month, day):
        return found[0]
    return f"{day:02}/{month:02}" + (f"/{found['year']}" if found["year"] else "")


def _day_first_in_english(found: re.Match[str]) -> str:
    """With the month's name, so that 5/3 does not become three fifths."""
    day, month, year = int(found["one"]), int(found["two"]), found["year"]
    before = found.string[max(0, found.start() - 12) : found.start()]
    is_fraction = not year and (day, month) in FRACTIONS and not DATED.search(before)
    if found[0] == "24/7" or is_fraction or not _is_day(month, day):
        return found[0]
    full = "" if not year else f", {year}" if len(year) == 4 else f", {'19' if int(year) > 50 else '20'}{year}"
    return f"{day} {MONTHS[month - 1]}{full}"


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
