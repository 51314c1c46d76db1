"""Whole and decimal numbers, and digits one by one, as pieces."""

from __future__ import annotations

import re

from ivr.domain.spoken.pieces import PAUSE, SCALES

# The trillions that the pieces reach.
MAX_CARDINAL = 10**15 - 1
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,40})(?:\.(\d{1,6}))?", re.ASCII)
_SPELLED = re.compile(r"[0-9A-Za-z*#]+", re.ASCII)
_BETWEEN = re.compile(r"[\s./-]+")
_SIGNS = {"*": "star", "#": "pound"}


def cardinal(number: int) -> tuple[str, ...]:
    """1152 -> one thousand, one hundred, fifty-two. `number` is 0 to MAX_CARDINAL."""
    if number == 0:
        return ("n0",)
    pieces: list[str] = []
    groups = []
    while number:
        number, group = divmod(number, 1000)
        groups.append(group)
    for at in range(len(groups) - 1, -1, -1):
        hundreds, rest = divmod(groups[at], 100)
        pieces += [f"h{hundreds}"] if hundreds else []
        pieces += [f"n{rest}"] if rest else []
        pieces += [SCALES[at - 1]] if at and groups[at] else []
    return tuple(pieces)


def find_number(text: str) -> tuple[str, ...] | None:
    """`-1,234.5` as pieces; None for what is no number, or has more than 15 digits before its point."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    sign, whole, decimals = found[1], int(found[2].replace(",", "")), found[3] or ""
    if whole > MAX_CARDINAL:
        return None
    is_negative = sign == "-" and (whole or decimals.strip("0"))
    after = ("point", *(f"n{digit}" for digit in decimals)) if decimals else ()
    return (*(("minus",) if is_negative else ()), *cardinal(whole), *after)


def find_spelled(text: str) -> tuple[str, ...] | None:
    """Digits, letters, `*` and `#` one by one, in groups as they are read out; None where there is anything else."""
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    if not parts or not all(_SPELLED.fullmatch(part) for part in parts):
        return None
    groups = parts if len(parts) > 1 else grouped(parts[0])
    return spell(groups)


def spell(groups: list[str]) -> tuple[str, ...]:
    """With a breath between groups."""
    pieces: list[str] = []
    for group in groups:
        pieces += [PAUSE] if pieces else []
        pieces += [_piece_of(character) for character in group]
    return tuple(pieces)


def _piece_of(character: str) -> str:
    return f"n{character}" if character.isdigit() else _SIGNS.get(character) or f"l{character.lower()}"


def grouped(text: str) -> list[str]:
    """As people read out numbers: 7 as 3 and 4, 10 as 3, 3 and 4, 16 as four times 4."""
    length = len(text)
    if length <= 6:
        return [text]
    if length % 4 == 0:
        return [text[at : at + 4] for at in range(0, length, 4)]
    cut = length - 4 if length % 3 == 1 else length
    groups = [text[at : min(at + 3, cut)] for at in range(0, cut, 3)]
    return [*groups, text[cut:]] if cut < length else groups
