"""Which column of a file has the telephone numbers: by its heading, and by what stands in it.

A number may be spread over columns: `area_code,phone` as in `480,5550101`, or three of them. A column of country
codes, when its heading says so, belongs to the number beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers

from ivr.domain.dnc.import_headings import (
    AREA_NAMES,
    COUNTRY_NAMES,
    OF_OTHER_THINGS,
    OF_PHONES,
    PERHAPS,
    heading_key,
    rank_heading,
)
from ivr.domain.errors import ImportUnreadable, InvalidNumber
from ivr.domain.numbers import E164, is_nanp, read_number

SAMPLE_ROWS = 200
MAX_COLUMNS_SHOWN = 50
_HEADING_ROWS = 10
_SAMPLES = 3
_MAX_SHOWN = 40
# Cells that say that there is nothing.
NOTHING = frozenset({"", "null", "none", "nil", "n/a", "na", "#n/a", "nan", "\\n", "-", "--", "?"})

_BLANK = " \t\xa0\x00\x1a"
_STRAY = _BLANK + '"'
_AREA = re.compile(r"\(?([2-9][0-9]{2})\)?(?:\.0)?", re.ASCII)
_EXCHANGE = re.compile(r"([0-9]{3})(?:\.0)?", re.ASCII)
_LINE_NUMBER = re.compile(r"([0-9]{4})(?:\.0)?", re.ASCII)
_LOCAL = re.compile(r"([0-9]{3}[-. ]?[0-9]{4})(?:\.0)?", re.ASCII)
_COUNTRY_CODE = re.compile(r"\+?([1-9][0-9]{0,2})(?:\.0)?", re.ASCII)
_CHOSEN_BY_PLACE = re.compile(r"[0-9]{1,3}(?:[+, ][0-9]{1,3}){0,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is empty without a heading; of the `filled` cells that were looked at `numbers` are numbers."""

    name: str
    samples: tuple[str, ...]
    numbers: int
    filled: int


@dataclass(frozen=True, slots=True)
class Layout:
    """`parts` are the columns, from 0, whose cells together are the number; `heading_rows` come before the first.
    `country` is the column of its country code; `state` that of our own export, which says what was released."""

    columns: tuple[Column, ...]
    heading_rows: int
    parts: tuple[int, ...]
    country: int | None = None
    state: int | None = None

    @property
    def chosen_names(self) -> tuple[str, ...]:
        """What the columns of the number are called: their headings, or `column 2`."""
        parts = self.parts if self.country is None else (self.country, *self.parts)
        return tuple(self.columns[part].name or f"column {part + 1}" for part in parts)

    def read(self, cells: Sequence[str], region: str) -> tuple[E164, str]:
        """The number of a row, and what was received; raises InvalidNumber, with what was received as `raw`."""
        if len(self.parts) == 1 and self.country is None:
            raw = _cell(cells, self.parts[0])
            return read_number("" if raw.lower() in NOTHING else raw, region), raw
        texts = [text for part in self.parts if (text := _without_decimals(_cell(cells, part)))]
        raw = " ".join(texts)
        code = _COUNTRY_CODE.fullmatch(_cell(cells, self.country)) if self.country is not None else None
        whole = f"+{code[1]} {raw}" if code and raw and not raw.startswith("+") else raw
        try:
            return read_number(whole, region), whole
        except InvalidNumber:
            # The last column may have the whole number in this row.
            alone = texts[-1] if len(texts) > 1 or code else ""
            if (number := _find_number(alone, region)) is None:
                raise
            return number, alone


def find_layout(rows: Sequence[Sequence[str]], region: str, chosen: str | None = None) -> Layout:
    """The layout of a file that begins with these rows. `chosen` is a heading, or the place of a column from 1 (`1+2`
    for several). Raises ImportUnreadable."""
    heading_rows = _count_heading_rows(rows, region)
    names = [name.strip() for name in rows[heading_rows - 1]] if heading_rows else []
    body = rows[heading_rows:]
    width = max((len(row) for row in rows), default=0)
    columns = tuple(_look_at(names, body, place, region) for place in range(min(width, MAX_COLUMNS_SHOWN)))
    keys = [heading_key(name) for name in names]
    if "numberasreceived" in keys and "number" in keys and "state" in keys and chosen is None:
        return Layout(columns, heading_rows, (keys.index("number"),), None, keys.index("state"))
    spread = _find_spread(keys, body, len(columns)) if is_nanp(region) else ()
    parts = _choose(columns, chosen) if chosen is not None else _guess(columns, spread, body, region)
    if spread and parts == spread[-1:]:
        parts = spread
    country = _find_country(keys, body) if len(parts) == 1 else None
    return Layout(columns, heading_rows, parts, country if country not in parts else None)


def readable(columns: Sequence[Sequence[str]], region: str) -> tuple[float, float]:
    """How much of these rows' best column is numbers, and numbers with nothing of another column in them: a measure
    of the separator that they were split at."""
    best = (0.0, 0.0)
    for place in range(min(max(map(len, columns), default=0), MAX_COLUMNS_SHOWN)):
        cells = [text for row in columns if (text := _cell(row, place)).lower() not in NOTHING]
        found = [text for text in cells if _is_number(text, region)]
        plain = sum(not any(c.isalpha() for c in text) for text in found)
        if found:
            best = max(best, (len(found) / len(cells), plain / len(cells)))
    return best


def _count_heading_rows(rows: Sequence[Sequence[str]], region: str) -> int:
    """How many rows stand before the numbers: none, or all up to the one with the headings."""
    for place, row in enumerate(rows[:_HEADING_ROWS]):
        if any(_is_number(cell, region) for cell in row):
            return 0
        if any(rank_heading(cell) >= PERHAPS for cell in row):
            return place + 1
        filled = [cell for cell in row if cell.strip()]
        named = all(any(c.isalpha() for c in cell) and not re.search("[0-9]{3}", cell) for cell in filled)
        if place == 0 and len(filled) > 1 and named and not any(cell.lower() in NOTHING for cell in filled):
            return 1
    return 0


def _look_at(names: Sequence[str], body: Sequence[Sequence[str]], place: int, region: str) -> Column:
    filled = [text for row in body if (text := _cell(row, place)).lower() not in NOTHING]
    numbers = sum(_is_number(text, region) for text in filled)
    name = names[place] if place < len(names) else ""
    return Column(name[:_MAX_SHOWN], tuple(text[:_MAX_SHOWN] for text in filled[:_SAMPLES]), numbers, len(filled))


def _guess(
    columns: Sequence[Column], spread: tuple[int, ...], body: Sequence[Sequence[str]], region: str
) -> tuple[int, ...]:
    def rank(place: int) -> tuple[bool, bool, int, float, float, int]:
        column = columns[place]
        share = column.numbers / column.filled if column.filled else 0.0
        valid = _valid_share(body, place, region) if column.numbers else 0.0
        name = rank_heading(column.name)
        return name == OF_PHONES and share > 0, share >= 0.5, name, round(valid, 1), share, -place

    names = [rank_heading(column.name) for column in columns]
    phones = any(name == OF_PHONES and column.filled for name, column in zip(names, columns, strict=True))
    # Ids may look like numbers; beside a column that says it has the telephone numbers they are none.
    places = [place for place, name in enumerate(names) if not (phones and name == OF_OTHER_THINGS)]
    ranked = sorted(places, key=rank, reverse=True)
    best = ranked[0] if ranked else 0
    share = columns[best].numbers / columns[best].filled if ranked and columns[best].filled else 0.0
    if spread and (share < 0.5 or best == spread[-1]):
        return spread
    if share == 0.0 and len(columns) > 1:
        # Nothing is a number: the heading alone may say where they should be.
        best = max(ranked, key=lambda place: (rank_heading(columns[place].name), -place))
    return (best,)


def _choose(columns: Sequence[Column], chosen: str) -> tuple[int, ...]:
    wanted = chosen.strip().casefold()
    named = [place for place, column in enumerate(columns) if column.name.casefold() == wanted[:_MAX_SHOWN]]
    if named:
        return (named[0],)
    if _CHOSEN_BY_PLACE.fullmatch(wanted):
        places = tuple(int(place) - 1 for place in re.split("[+, ]", wanted))
        if all(0 <= place < len(columns) for place in places) and len(set(places)) == len(places):
            return places
    there = ", ".join(column.name or str(place) for place, column in enumerate(columns, 1))
    raise ImportUnreadable("column_not_found", f"there is no column {chosen.strip()[:_MAX_SHOWN]}; there are {there}")


def _find_country(keys: Sequence[str], body: Sequence[Sequence[str]]) -> int | None:
    """The column of country codes, when its heading says so and they are no letters."""
    for place, key in enumerate(keys):
        codes = [text for row in body if (text := _cell(row, place))]
        if key in COUNTRY_NAMES and codes and all(_COUNTRY_CODE.fullmatch(code) for code in codes):
            return place
    return None


def _find_spread(keys: Sequence[str], body: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """The columns of a number that is spread over two or three, or nothing."""
    area = next((place for place, key in enumerate(keys) if key in AREA_NAMES), None)
    pairs = [(place, place + 1) for place in range(width - 1)]
    if area is not None:
        pairs += [(area, place) for place in range(width) if place not in (area, area + 1)]
    shapes: list[tuple[tuple[int, ...], tuple[re.Pattern[str], ...]]] = [(pair, (_AREA, _LOCAL)) for pair in pairs]
    shapes += [((place, place + 1, place + 2), (_AREA, _EXCHANGE, _LINE_NUMBER)) for place in range(width - 2)]
    for parts, shape in shapes:
        rows = [texts for row in body if any(texts := [_cell(row, part) for part in parts])]
        fit = sum(all(each.fullmatch(text) for each, text in zip(shape, texts, strict=True)) for texts in rows)
        if rows and fit >= (0.2 if parts[0] == area else 0.8) * len(rows):
            return parts
    return ()


def _valid_share(body: Sequence[Sequence[str]], place: int, region: str) -> float:
    """Of the numbers in a column, those that a numbering plan has in use; row numbers and times have few."""
    cells = (_cell(row, place) for row in body[: SAMPLE_ROWS // 2])
    numbers = [number for cell in cells if (number := _find_number(cell, region))]
    valid = sum(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    return valid / len(numbers) if numbers else 0.0


def _is_number(text: str, region: str) -> bool:
    return _find_number(text, region) is not None


def _find_number(text: str, region: str) -> E164 | None:
    if not 6 <= sum(c.isdecimal() for c in text) <= 40:
        return None
    try:
        return read_number(text, region)
    except InvalidNumber:
        return None


def _cell(cells: Sequence[str], place: int) -> str:
    if place >= len(cells):
        return ""
    text = cells[place].strip(_BLANK)
    return text if text.startswith("=") else text.strip(_STRAY)


def is_empty(cells: Sequence[str]) -> bool:
    """Whether a row says nothing: `,` or `NULL,NULL`."""
    return all(_cell(cells, place).lower() in NOTHING for place in range(len(cells)))


def _without_decimals(text: str) -> str:
    return text.removesuffix(".0")
