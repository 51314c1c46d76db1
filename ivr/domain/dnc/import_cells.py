"""What stands in a cell of a column of telephone numbers: one number, several, a label before it, or something else.

People write `480-555-0101 / 480-555-0102`, `Cell: 480-555-0101; Home: 480-555-0102` and `480-555-0101 (mobile)`;
address books write ` ::: ` between numbers. Nothing with digits in it is passed over: it is a number or a fault.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ivr.domain.errors import InvalidNumber
from ivr.domain.number_text import MAX_TEXT
from ivr.domain.numbers import E164, is_nanp, read_number

# Cells that say that there is nothing.
NOTHING = frozenset({"", "null", "none", "nil", "n/a", "na", "#n/a", "nan", "\\n", "-", "--", "---", "?"})

_BLANK = " \t\r\n\xa0\x00\x1a"
_STRAY = _BLANK + "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\xab\xbb\\"
# What stands between numbers, the surest first.
_BETWEEN = (
    re.compile(r"[;|\n\r]+|:{2,}|\s(?:or|and|and/or|oder|und|ou|et|o|y)\s|\s*&\s*", re.IGNORECASE),
    re.compile(r"\s+/+\s*|\s*/+\s+"),
    re.compile(r","),
    re.compile(r"\s+(?=\+)"),
    re.compile(r"/"),
)
_SLASHED = _BETWEEN[1]
_NANP = re.compile(
    r"(?<![\w+.-])(?:\+?1[-. ]?)?\(?[2-9][0-9]{2}\)?[-. /]{0,3}[0-9]{3}[-. ]?[0-9]{4}(?![\w-])", re.ASCII
)
_WORDS = r"(?:[^\W\d_]+[ .]*){1,3}"
_LABEL_BEFORE = re.compile(rf"[(\[]?{_WORDS}[)\]]?(?:\s*[:=\u2013-]\s+|\s*[:=]|[.)\]]?\s+)(?=[+(\d])")
_LABEL_AFTER = re.compile(rf"(?<=\d)\s*(?:[(\[]{_WORDS}[)\]]|[\s:\u2013-]\s*[(\[]?{_WORDS}[)\]]?)\s*$")


class Reading(NamedTuple):
    """The numbers of a cell, each with what was received, and what is wrong with the rest of it."""

    numbers: Sequence[tuple[E164, str]]
    fault: InvalidNumber | None = None


def cell_text(cells: Sequence[str], place: int) -> str:
    """The text of a cell without blanks and quotes around it; empty beyond the end of the row."""
    if place >= len(cells):
        return ""
    if (text := cells[place]).isalnum():
        return text
    text = text.strip(_BLANK)
    return text if text.startswith("=") or says_nothing(text) else text.strip(_STRAY)


def says_nothing(text: str) -> bool:
    return text.lower() in NOTHING


def read_cell(text: str, region: str) -> Reading:
    """The numbers of a cell in which something stands."""
    if "/" in text and (apart := _all_numbers(_SLASHED.split(text), region)):
        # Where a number may have any length, both together might be taken for a longer one.
        return Reading(apart)
    try:
        # Nearly every cell of a list.
        return Reading(((read_number(text, region), text if "\n" not in text else one_line(text)),))
    except InvalidNumber as error:
        if len(text) > MAX_TEXT:
            return Reading((), error)
        return _read_parts(text, region, 0) or Reading((), InvalidNumber(one_line(text), str(error)))


def find_only_number(text: str, region: str) -> E164 | None:
    """The number when a cell has nothing else in it."""
    if len(text) < 6:
        return None
    try:
        return read_number(text, region)
    except InvalidNumber:
        return None


def one_line(text: str) -> str:
    return " ".join(text.split())


def _read_parts(text: str, region: str, first: int) -> Reading | None:
    """The numbers of a text that is no number as it stands; None when there is none in it."""
    if (number := _labelled(text, region)) is not None:
        return Reading(((number, one_line(text)),))
    for place in range(first, len(_BETWEEN)):
        parts = [part for part in _BETWEEN[place].split(text) if part.strip()]
        if len(parts) < 2:
            continue
        readings = [_read_part(part.strip(_STRAY), region, place + 1) for part in parts]
        numbers = [number for reading in readings for number in reading.numbers]
        if numbers:
            return Reading(numbers, next((each.fault for each in readings if each.fault), None))
    return _find_side_by_side(text, region)


def _read_part(text: str, region: str, first: int) -> Reading:
    try:
        return Reading(((read_number(text, region), one_line(text)),))
    except InvalidNumber as error:
        found = _read_parts(text, region, first)
        if found is not None:
            return found
        has_digits = any(c.isdecimal() for c in text)
        return Reading((), InvalidNumber(one_line(text), str(error)) if has_digits else None)


def _labelled(text: str, region: str) -> E164 | None:
    """The number beside a label, as in `Cell: 480-555-0101` or `480-555-0101 (mobile)`."""
    label = _LABEL_BEFORE.match(text)
    bare = text[label.end() :] if label else text
    for each in (bare, _LABEL_AFTER.sub("", bare)):
        if each != text and (number := find_only_number(each.strip(_STRAY), region)) is not None:
            return number
    return None


def _find_side_by_side(text: str, region: str) -> Reading | None:
    """Numbers with only spaces or words between them; none if there are digits besides."""
    if not is_nanp(region):
        return None
    found = _NANP.findall(text)
    if len(found) < 2 or any(c.isdecimal() for c in _NANP.sub(" ", text)):
        return None
    numbers = _all_numbers(found, region)
    return Reading(numbers) if numbers else None


def _all_numbers(parts: Sequence[str], region: str) -> Sequence[tuple[E164, str]]:
    """The numbers of these texts if there are several and each is one, else nothing."""
    numbers = [(find_only_number(part.strip(_STRAY), region), one_line(part)) for part in parts]
    whole = [(number, raw) for number, raw in numbers if number is not None]
    return whole if 1 < len(whole) == len(numbers) else ()
