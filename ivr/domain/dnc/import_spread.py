"""Numbers that are spread over two or three columns beside each other: area code, exchange, line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ivr.domain.dnc.import_cells import cell_text
from ivr.domain.dnc.import_headings import AREA_NAMES

_AREA = re.compile(r"\(?([2-9][0-9]{2})\)?(?:\.0)?", re.ASCII)
_EXCHANGE = re.compile(r"([0-9]{3})(?:\.0)?", re.ASCII)
_LINE_NUMBER = re.compile(r"([0-9]{4})(?:\.0)?", re.ASCII)
_LOCAL = re.compile(r"([0-9]{3}[-. ]?[0-9]{4})(?:\.0)?", re.ASCII)
# How many of the rows must have the shape; where a heading says so, others may have whole numbers.
_MOST, _SOME = 0.8, 0.2


def find_spreads(keys: Sequence[str], body: Sequence[Sequence[str]], width: int) -> list[tuple[int, ...]]:
    """The columns of each such number, none of them twice; `keys` are the headings' keys."""
    area = next((place for place, key in enumerate(keys) if key in AREA_NAMES), None)
    shapes: list[tuple[tuple[int, ...], tuple[re.Pattern[str], ...]]]
    shapes = [((place, place + 1), (_AREA, _LOCAL)) for place in range(width - 1)]
    if area is not None:
        shapes += [((area, place), (_AREA, _LOCAL)) for place in range(width) if place not in (area, area + 1)]
    shapes += [((place, place + 1, place + 2), (_AREA, _EXCHANGE, _LINE_NUMBER)) for place in range(width - 2)]
    found = list[tuple[int, ...]]()
    used = set[int]()
    for parts, shape in shapes:
        if used.isdisjoint(parts) and _fits(parts, shape, body, _SOME if parts[0] == area else _MOST):
            found.append(parts)
            used.update(parts)
    return found


def _fits(
    parts: tuple[int, ...], shape: tuple[re.Pattern[str], ...], body: Sequence[Sequence[str]], least: float
) -> bool:
    rows = [texts for row in body if any(texts := [cell_text(row, part) for part in parts])]
    fit = sum(all(each.fullmatch(text) for each, text in zip(shape, texts, strict=True)) for texts in rows)
    return bool(rows) and fit >= least * len(rows)
