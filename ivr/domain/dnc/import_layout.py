"""How a file of telephone numbers is laid out, and what its rows say by that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import phonenumbers

from ivr.domain.dnc.import_cells import Reading, cell_text, find_only_number, one_line, read_cell, says_nothing
from ivr.domain.dnc.import_headings import OF_PHONES, rank_heading
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import read_number

_DIGITS_WATCHED_FOR = 6
COUNTRY_CODE = re.compile(r"\+?([1-9][0-9]{0,2})(?:\.0)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is empty without a heading; of the `filled` cells that were looked at `numbers` are numbers."""

    name: str
    samples: tuple[str, ...]
    numbers: int
    filled: int


@dataclass(frozen=True, slots=True)
class Pick:
    """The columns, from 0, whose cells together are a number, mostly one; `country` is that of its country code."""

    parts: tuple[int, ...]
    country: int | None = None

    def read(self, cells: Sequence[str], region: str) -> Reading | None:
        """The numbers that a row has here; None when nothing stands here."""
        if len(self.parts) == 1 and self.country is None:
            text = cell_text(cells, self.parts[0])
            return None if not text or says_nothing(text) else read_cell(text, region)
        texts = [text for part in self.parts if not says_nothing(text := cell_text(cells, part).removesuffix(".0"))]
        if not texts:
            return None
        raw = one_line(" ".join(texts))
        code = COUNTRY_CODE.fullmatch(cell_text(cells, self.country)) if self.country is not None else None
        whole = f"+{code[1]} {raw}" if code and not raw.startswith("+") else raw
        try:
            return Reading(((read_number(whole, region), whole),))
        except InvalidNumber as error:
            # The last column may have the whole number in this row.
            if (number := find_only_number(texts[-1], region)) is not None:
                return Reading(((number, texts[-1]),))
            country = phonenumbers.region_code_for_country_code(int(code[1])) if code else region
            several = read_cell(texts[-1], country if country in phonenumbers.SUPPORTED_REGIONS else region)
            return several if several.numbers else Reading((), error)


@dataclass(frozen=True, slots=True)
class Layout:
    """`heading_rows` come before the first number. Numbers are in the `picks`. The columns `watched` had nothing, or
    no number, in the rows that were looked at and may have numbers further on, as may cells beyond the last column
    when `watches_rest`. `state` is the column of our own export that says what was released."""

    columns: tuple[Column, ...]
    heading_rows: int
    picks: tuple[Pick, ...]
    watched: tuple[int, ...] = ()
    watches_rest: bool = False
    state: int | None = None

    @property
    def chosen_names(self) -> tuple[str, ...]:
        """What the columns of each number are called: their headings, or `column 2`."""
        return tuple(self.name_of(pick) for pick in self.picks)

    def name_of(self, pick: Pick) -> str:
        parts = pick.parts if pick.country is None else (pick.country, *pick.parts)
        return " and ".join(self.columns[part].name or f"column {part + 1}" for part in parts)

    def is_chosen(self, place: int) -> bool:
        """Whether a number, or a part of one, is in this column."""
        return any(place in pick.parts or place == pick.country for pick in self.picks)

    def count_numbers(self) -> int:
        """How many cells of the chosen columns were numbers in the rows that were looked at."""
        return sum(column.numbers for place, column in enumerate(self.columns) if self.is_chosen(place))

    def read_watched(self, cells: Sequence[str], region: str) -> Iterator[tuple[int, Reading]]:
        """What stands where no number was expected and is one, or below a heading of telephone numbers seems to be
        one; each with its column."""
        for place in chain(self.watched, range(len(self.columns), len(cells)) if self.watches_rest else ()):
            text = cell_text(cells, place)
            if sum(map(str.isdecimal, text)) < _DIGITS_WATCHED_FOR:
                continue
            reading = read_cell(text, region)
            of_phones = place < len(self.columns) and rank_heading(self.columns[place].name) == OF_PHONES
            if of_phones or (reading.numbers and not reading.fault and not any(map(str.isalpha, text))):
                yield place, reading


def is_empty(cells: Sequence[str]) -> bool:
    """Whether a row says nothing: `,` or `NULL,NULL`."""
    return all(says_nothing(cell_text(cells, place)) for place in range(len(cells)))
