"""Which columns of a file have telephone numbers: by their heading, and by what stands in them.

A file may have several such columns (`Home`, `Work`, `Mobile`). All are taken: an opt-out that is left out is lost.
A number may be spread over columns: `area_code,phone` as in `480,5550101`, or three of them. A column of country
codes, when its heading says so, belongs to the numbers beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

import phonenumbers

from ivr.domain.dnc.import_cells import cell_text, one_line, read_cell, says_nothing
from ivr.domain.dnc.import_headings import (
    AREA_NAMES,
    COUNTRY_NAMES,
    OF_OTHER_THINGS,
    OF_PHONES,
    PERHAPS,
    UNKNOWN,
    heading_key,
    rank_heading,
)
from ivr.domain.dnc.import_layout import COUNTRY_CODE, Column, Layout, Pick
from ivr.domain.dnc.import_spread import find_spreads
from ivr.domain.errors import ImportUnreadable
from ivr.domain.numbers import is_nanp

SAMPLE_ROWS = 200
# Cells beyond are still read when a number stands in them.
MAX_COLUMNS = 1000
_HEADING_ROWS = 10
_SAMPLES = 3
_MAX_SHOWN = 40
_MAX_NAMED = 30
_MOST = 0.5
# Fewer may be one more than the one before by chance.
_LEAST_COUNTED = 3
# A number has so many digits, even one that a spreadsheet has rounded or whose area code is missing.
_DIGITS_OF_A_NUMBER = 5
# Without its area code, or rounded.
_WRONG = re.compile(r"[2-9][0-9]{2}[-. ][0-9]{4}|[0-9][.,][0-9]+E\+(?:09|1[0-2])", re.IGNORECASE)
_CHOSEN_BY_PLACE = re.compile(r"[0-9]{1,4}(?:[+, ][0-9]{1,4}){0,2}", re.ASCII)


def find_layout(rows: Sequence[Sequence[str]], region: str, chosen: Sequence[str] = ()) -> Layout:
    """The layout of a file that begins with these rows. Each of `chosen` is a heading, or the place of a column from
    1 (`1+2` for a number that is spread over them). Raises ImportUnreadable."""
    heading_rows = _count_heading_rows(rows, region, {one_line(each).casefold() for each in chosen})
    names = [one_line(name) for name in rows[heading_rows - 1]] if heading_rows else []
    body = rows[heading_rows:]
    width = min(max((len(row) for row in rows), default=0), MAX_COLUMNS)
    columns = tuple(_look_at(names, body, place, region) for place in range(width))
    keys = [heading_key(name) for name in names[:width]]
    if "numberasreceived" in keys and "number" in keys and "state" in keys and not chosen:
        return Layout(columns, heading_rows, (Pick((keys.index("number"),)),), state=keys.index("state"))
    spreads = find_spreads(keys, body, width) if is_nanp(region) else []
    watched: tuple[int, ...] = ()
    if chosen:
        parts = _choose(columns, names, chosen, spreads)
    else:
        parts, watched = _guess(columns, keys, spreads, body, region)
    country = _find_country(keys, body)
    taken = {part for each in parts for part in each}
    beside = None if country in taken else country
    picks = tuple(Pick(each, beside if len(each) == 1 else None) for each in parts)
    left = tuple(place for place in watched if place not in taken)
    return Layout(columns, heading_rows, picks, left, watches_rest=not chosen)


def readable(rows: Sequence[Sequence[str]], region: str) -> tuple[float, float]:
    """In how many of these rows, from 0 to 1, the best column has a number with nothing of another column in it, and
    in how many a number: a measure of the separator that they were split at."""
    best = (0.0, 0.0)
    for place in range(min(max(map(len, rows), default=0), MAX_COLUMNS)):
        found = [text for row in rows if _is_number(text := cell_text(row, place), region)]
        plain = sum(not any(c.isalpha() for c in text) for text in found)
        best = max(best, (plain / len(rows), len(found) / len(rows)))
    return best


def _count_heading_rows(rows: Sequence[Sequence[str]], region: str, wanted: set[str]) -> int:
    """How many rows stand before the numbers: none, or all up to the one with the headings."""
    for place, row in enumerate(rows[:_HEADING_ROWS]):
        if any(_is_number(cell, region) for cell in row[:MAX_COLUMNS]):
            return 0
        if any(rank_heading(cell) >= PERHAPS or (wanted and _is_wanted(cell, wanted)) for cell in row):
            return place + 1
        filled = [cell for cell in row if cell.strip()]
        named = all(any(c.isalpha() for c in cell) and not re.search("[0-9]{3}", cell) for cell in filled)
        if place == 0 and len(filled) > 1 and named and not any(says_nothing(cell) for cell in filled):
            return 1
    return 0


def _is_wanted(cell: str, wanted: set[str]) -> bool:
    """Whether a column was chosen by this heading, and not by its place."""
    name = one_line(cell).casefold()
    return name in wanted and any(c.isalpha() for c in name)


def _look_at(names: Sequence[str], body: Sequence[Sequence[str]], place: int, region: str) -> Column:
    filled = [text for row in body if not says_nothing(text := cell_text(row, place))]
    numbers = sum(_is_number(text, region) for text in filled)
    name = names[place] if place < len(names) else ""
    samples = tuple(one_line(text)[:_MAX_SHOWN] for text in filled[:_SAMPLES])
    return Column(name[:_MAX_SHOWN], samples, numbers, len(filled))


def _guess(
    columns: Sequence[Column],
    keys: Sequence[str],
    spreads: Sequence[tuple[int, ...]],
    body: Sequence[Sequence[str]],
    region: str,
) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """(the columns of each number, those in which one may yet come)."""
    taken, watched = set[int](), list[int]()
    for place, column in enumerate(columns):
        rank = rank_heading(column.name)
        if rank == OF_OTHER_THINGS:
            continue
        if rank == OF_PHONES:
            numbers = not column.filled or _may_be_numbers(body, place)
        else:
            numbers = _are_numbers(column, body, place, region)
        if numbers:
            taken.add(place)
        elif rank == OF_PHONES or not column.filled:
            watched.append(place)
    counting = {place for place in taken if rank_heading(columns[place].name) == UNKNOWN and _counts_up(body, place)}
    if any(columns[place].numbers for place in taken - counting):
        taken -= counting
    whole = any(columns[place].numbers for place in taken)
    used = [
        spread
        for spread in spreads
        if not whole or spread[-1] in taken or (spread[0] < len(keys) and keys[spread[0]] in AREA_NAMES)
    ]
    taken -= {part for spread in used for part in spread}
    parts = sorted([*((place,) for place in taken), *used])
    return parts or [(_likeliest(columns, body, region),)], tuple(watched)


def _likeliest(columns: Sequence[Column], body: Sequence[Sequence[str]], region: str) -> int:
    """The column that has numbers when none surely has."""

    def rank(place: int) -> tuple[bool, int, float, float, int]:
        column = columns[place]
        valid = _valid_share(body, place, region) if column.numbers else 0.0
        name, share = rank_heading(column.name), _share(column)
        return share >= _MOST, name, round(valid, 1), share, -place

    names = [rank_heading(column.name) for column in columns]
    phones = any(name == OF_PHONES and column.filled for name, column in zip(names, columns, strict=True))
    # Ids may look like numbers; beside a column that says it has the telephone numbers they are none.
    places = [place for place, name in enumerate(names) if not (phones and name == OF_OTHER_THINGS)]
    ranked = sorted(places, key=rank, reverse=True)
    best = ranked[0] if ranked else 0
    if ranked and not _share(columns[best]):
        # Nothing is a number: the heading alone may say where they should be.
        best = max(ranked, key=lambda place: (names[place], -place))
    return best


def _choose(
    columns: Sequence[Column], names: Sequence[str], chosen: Sequence[str], spreads: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    parts = list[tuple[int, ...]]()
    for each in chosen:
        for found in _find_chosen(columns, names, each):
            whole = next((spread for spread in spreads if found == spread[-1:]), found)
            parts += [whole] if whole not in parts else []
    return parts


def _find_chosen(columns: Sequence[Column], names: Sequence[str], chosen: str) -> list[tuple[int, ...]]:
    wanted = one_line(chosen).casefold()
    named = [(place,) for place, name in enumerate(names[: len(columns)]) if wanted and name.casefold() == wanted]
    if named:
        return [*named]
    if _CHOSEN_BY_PLACE.fullmatch(wanted):
        places = tuple(int(place) - 1 for place in re.split("[+, ]", wanted))
        if all(0 <= place < len(columns) for place in places) and len(set(places)) == len(places):
            return [places]
    there = ", ".join(column.name or str(place) for place, column in enumerate(columns[:_MAX_NAMED], 1))
    more = f" and {len(columns) - _MAX_NAMED} more" if len(columns) > _MAX_NAMED else ""
    raise ImportUnreadable(
        "column_not_found", f"there is no column {chosen.strip()[:_MAX_SHOWN]}; there are {there}{more}"
    )


def _find_country(keys: Sequence[str], body: Sequence[Sequence[str]]) -> int | None:
    """The column of country codes, when its heading says so and they are no letters."""
    for place, key in enumerate(keys):
        codes = [text for row in body if (text := cell_text(row, place))]
        if key in COUNTRY_NAMES and codes and all(COUNTRY_CODE.fullmatch(code) for code in codes):
            return place
    return None


def _share(column: Column) -> float:
    return column.numbers / column.filled if column.filled else 0.0


def _valid_share(body: Sequence[Sequence[str]], place: int, region: str) -> float:
    """Of the numbers in a column, those that a numbering plan has in use; row numbers and times have few."""
    cells = islice((text for row in body if _may_be(text := cell_text(row, place))), SAMPLE_ROWS // 2)
    numbers = [number for cell in cells for number, _ in read_cell(cell, region).numbers]
    valid = sum(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    return valid / len(numbers) if numbers else 0.0


def _are_numbers(column: Column, body: Sequence[Sequence[str]], place: int, region: str) -> bool:
    """Whether a column has telephone numbers by what stands in it; a column that has bad ones is not passed over."""
    wrong = sum(_WRONG.fullmatch(cell_text(row, place)) is not None for row in body)
    if column.numbers + wrong < _MOST * column.filled or not column.filled:
        return False
    return not column.numbers or _valid_share(body, place, region) >= _MOST


def _counts_up(body: Sequence[Sequence[str]], place: int) -> bool:
    """Whether a column has row numbers or ids: each is one more than the one before."""
    cells = [text for row in islice(body, SAMPLE_ROWS) if (text := cell_text(row, place))]
    if len(cells) < _LEAST_COUNTED or not all(text.isascii() and text.isdecimal() for text in cells):
        return False
    first = int(cells[0])
    return all(int(text) == first + at for at, text in enumerate(cells))


def _may_be_numbers(body: Sequence[Sequence[str]], place: int) -> bool:
    """Whether numbers stand in a column, though they may be wrong."""
    return any(sum(map(str.isdecimal, cell_text(row, place))) >= _DIGITS_OF_A_NUMBER for row in body)


def _is_number(text: str, region: str) -> bool:
    if not _may_be(text):
        return False
    reading = read_cell(text, region)
    return bool(reading.numbers) and reading.fault is None


def _may_be(text: str) -> bool:
    return 6 <= len(text) <= 200 and sum(map(str.isdecimal, text)) >= 6
