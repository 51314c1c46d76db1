"""A file of telephone numbers: what it is understood as, and its numbers, one by one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from ivr.domain.dnc.import_cells import cell_text, one_line
from ivr.domain.dnc.import_columns import SAMPLE_ROWS, find_layout, readable
from ivr.domain.dnc.import_kinds import HEAD_BYTES, ZIP_MAGIC, find_other_kind
from ivr.domain.dnc.import_layout import Layout, Pick, is_empty
from ivr.domain.dnc.import_sheet import Workbook
from ivr.domain.dnc.import_text import SEPARATORS, Row, TextRows, split_rows
from ivr.domain.errors import ImportUnreadable
from ivr.domain.numbers import E164
from ivr.domain.problems import BadLine

MAX_BAD_SHOWN = 1000
MAX_SHEETS = 100
MAX_RAW = 100
_RELEASED = "released"
_NO_LAYOUT = Layout((), 0, ())


class Incoming(NamedTuple):
    line: int
    number: E164
    raw: str


class Sheet(NamedTuple):
    """A sheet of a workbook; `numbers` of its first rows are telephone numbers."""

    name: str
    numbers: int


@dataclass(frozen=True, slots=True)
class Understood:
    """`form` is `csv` or `xlsx`. `encoding` and `separator` are empty for a workbook, `sheet`, which was read, and
    `sheets`, which there are, for a CSV."""

    form: str
    layout: Layout
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[Sheet, ...] = ()


@dataclass(slots=True)
class NumberFile:
    """Opened, it says what the file is `understood` as; iterated, it gives the numbers, once.

    What was wrong is in `bad` afterwards (1,000 lines at most; `bad_count` is all), and every bad line goes to
    `on_bad`; a line of several numbers may be there with each of them. Each of `columns` is a heading or the place of
    a column, from 1; without them all columns with telephone numbers are read. `sheet` is the name or the place of
    a workbook's sheet. Raises ImportUnreadable when it is opened.
    """

    file: BinaryIO
    region: str = "US"
    columns: Sequence[str] = ()
    sheet: str | None = None
    on_bad: Callable[[BadLine], None] = lambda bad: None
    understood: Understood = field(init=False)
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0
    count: int = 0
    passed_over: int = 0
    # The cells of the row whose number was given last.
    cells: Sequence[str] = ()
    _rows: Iterator[Row] = field(init=False)
    _book: Workbook | None = field(init=False, default=None)
    _size: int = field(init=False)

    def __post_init__(self) -> None:
        self._size = self.file.seek(0, 2)
        self.file.seek(0)
        head = self.file.read(HEAD_BYTES)
        if head.startswith(ZIP_MAGIC):
            self._open_workbook()
        elif (other := find_other_kind(head)) is not None:
            raise ImportUnreadable("unreadable_file", other)
        elif self.sheet is not None:
            raise ImportUnreadable("sheet_not_found", "this is no workbook and has no sheets; leave the sheet out")
        else:
            self._open_text()

    @property
    def bytes_read(self) -> int:
        """How far it is, of the bytes of the file."""
        if self._book is None:
            return min(self.file.tell(), self._size)
        return self._size * self._book.row // max(self._book.last_row, self._book.row, 1)

    def __iter__(self) -> Iterator[Incoming]:
        layout, region = self.understood.layout, self.region
        state, picks, watched = layout.state, layout.picks, layout.watched
        width = len(layout.columns) if layout.watches_rest else sys.maxsize
        for row in self._rows:
            if row.fault is not None:
                self._refuse(row, row.fault, "")
                continue
            cells = self.cells = row.cells
            if state is not None and not _is_listed(cells, layout.picks[0].parts[0], state):
                self.passed_over += 1
                continue
            readings = [reading for pick in picks if (reading := pick.read(cells, region)) is not None]
            if watched or len(cells) > width:
                for place, reading in layout.read_watched(cells, region):
                    readings.append(reading)
                    self._note_column(place)
            for reading in readings:
                for number, raw in reading.numbers:
                    self.count += 1
                    yield Incoming(row.line, number, raw[:MAX_RAW])
                if reading.fault is not None:
                    self._refuse(row, str(reading.fault), reading.fault.raw)
            if not readings and not is_empty(cells):
                self._refuse(row, "there is no number", "")

    def _note_column(self, place: int) -> None:
        """A column that seemed to have no numbers has one: it is one of those that were read."""
        layout = self.understood.layout
        if place < len(layout.columns) and not layout.is_chosen(place):
            picks = tuple(sorted((*layout.picks, Pick((place,))), key=lambda pick: pick.parts))
            self.understood = replace(self.understood, layout=replace(layout, picks=picks))

    def _refuse(self, row: Row, reason: str, raw: str) -> None:
        self.bad_count += 1
        bad = BadLine(row.line, reason, one_line(raw)[:MAX_RAW])
        if len(self.bad) < MAX_BAD_SHOWN:
            self.bad.append(bad)
        self.on_bad(bad)

    def _open_workbook(self) -> None:
        book = self._book = Workbook(self.file)
        wanted = self._find_sheet(book.names)
        if wanted is None and len(book.names) > MAX_SHEETS:
            raise ImportUnreadable(
                "sheet_not_found", f"the workbook has {len(book.names)} sheets; say which of them has the numbers"
            )
        sheets, chosen = list[Sheet](), wanted
        for place, name in enumerate(book.names[:MAX_SHEETS]):
            sample = [row.cells for row in islice(book.rows(place), SAMPLE_ROWS)]
            numbers = find_layout(sample, self.region).count_numbers() if sample else 0
            sheets.append(Sheet(name, numbers))
            # The first with numbers, or else the first on which anything stands.
            if wanted is None and sample and (chosen is None or (numbers and not sheets[chosen].numbers)):
                chosen = place
        if chosen is None:
            raise ImportUnreadable("empty_file", "nothing stands in the file")
        rows = book.rows(chosen)
        about = Understood("xlsx", _NO_LAYOUT, sheet=book.names[chosen], sheets=tuple(sheets))
        self._take(about, list(islice(rows, SAMPLE_ROWS)), rows)

    def _find_sheet(self, names: Sequence[str]) -> int | None:
        if self.sheet is None:
            return None
        wanted = one_line(self.sheet).casefold()
        for place, name in enumerate(names):
            if one_line(name).casefold() == wanted:
                return place
        if wanted.isascii() and wanted.isdecimal() and 0 < int(wanted[:9]) <= len(names):
            return int(wanted) - 1
        raise ImportUnreadable("sheet_not_found", f"there is no sheet {self.sheet}; there are {', '.join(names)}")

    def _open_text(self) -> None:
        text = TextRows(self.file)
        lines = text.lines()
        first = list(islice(lines, SAMPLE_ROWS))
        found = [each for each in SEPARATORS if any(each in line.text for line in first)]
        candidates = [text.separator] if text.separator else found or [","]
        best = max(candidates, key=lambda each: self._fitness(list(split_rows(first, each)), each))
        rows = split_rows(chain(first, lines), best)
        about = Understood("csv", _NO_LAYOUT, encoding=text.encoding_name, separator=best)
        self._take(about, list(islice(rows, SAMPLE_ROWS)), rows)

    def _fitness(self, rows: list[Row], separator: str) -> tuple[float, float, bool, int]:
        """How well a separator fits: numbers that stand by themselves, then rows of equal length."""
        cells = [row.cells for row in rows if row.fault is None]
        plain, share = readable(cells, self.region)
        widths = {len(row) for row in cells}
        even = len(widths) == 1 and widths != {1}
        return round(plain, 2), round(share, 2), even, -SEPARATORS.find(separator)

    def _take(self, about: Understood, sample: list[Row], rows: Iterator[Row]) -> None:
        if not sample:
            raise ImportUnreadable("empty_file", "nothing stands in the file")
        layout = find_layout([row.cells for row in sample if row.fault is None], self.region, self.columns)
        self.understood = replace(about, layout=layout)
        body = self._after_heading(sample, layout.heading_rows)
        if not body and layout.state is None:
            raise ImportUnreadable("empty_file", "a heading stands in the file, and no number below it")
        self._rows = chain(body, rows)

    @staticmethod
    def _after_heading(sample: list[Row], heading_rows: int) -> list[Row]:
        kept, left = [], heading_rows
        for row in sample:
            if row.fault is None and left:
                left -= 1
            else:
                kept.append(row)
        return kept


def _is_listed(cells: Sequence[str], number: int, state: int) -> bool:
    """Whether a line of our own export has a number that is not released."""
    return cell_text(cells, number) != "" and cell_text(cells, state) != _RELEASED
