"""A file of telephone numbers: what it is understood as, and its numbers, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from ivr.domain.dnc.import_columns import SAMPLE_ROWS, Layout, find_layout, is_empty, readable
from ivr.domain.dnc.import_sheet import OLD_EXCEL_MAGIC, ZIP_MAGIC, SheetRows
from ivr.domain.dnc.import_text import SEPARATORS, Row, TextRows, split_rows
from ivr.domain.errors import ImportUnreadable, InvalidNumber
from ivr.domain.numbers import E164
from ivr.domain.problems import BadLine

MAX_BAD_SHOWN = 1000
MAX_RAW = 100
_RELEASED = "released"


class Incoming(NamedTuple):
    line: int
    number: E164
    raw: str


@dataclass(frozen=True, slots=True)
class Understood:
    """`form` is `csv` or `xlsx`; `encoding` and `separator` are empty for a workbook."""

    form: str
    encoding: str
    separator: str
    layout: Layout


@dataclass(slots=True)
class NumberFile:
    """Opened, it says what the file is `understood` as; iterated, it gives the numbers, once.

    What was wrong is in `bad` afterwards (1,000 lines at most; `bad_count` is all), and every bad line goes to
    `on_bad`. `column` is a heading or the place of a column, from 1. Raises ImportUnreadable when it is opened.
    """

    file: BinaryIO
    region: str = "US"
    column: str | None = None
    on_bad: Callable[[BadLine], None] = lambda bad: None
    understood: Understood = field(init=False)
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0
    count: int = 0
    passed_over: int = 0
    _rows: Iterator[Row] = field(init=False)
    _sheet: SheetRows | None = field(init=False, default=None)
    _size: int = field(init=False)

    def __post_init__(self) -> None:
        self._size = self.file.seek(0, 2)
        self.file.seek(0)
        head = self.file.read(len(OLD_EXCEL_MAGIC))
        if head.startswith(ZIP_MAGIC):
            self._open_sheet()
        elif head.startswith(OLD_EXCEL_MAGIC):
            raise ImportUnreadable(
                "unreadable_file", "this is an Excel file of before 2007; save it as .xlsx or CSV and send that"
            )
        else:
            self._open_text()

    @property
    def bytes_read(self) -> int:
        """How far it is, of the bytes of the file."""
        if self._sheet is None:
            return min(self.file.tell(), self._size)
        return self._size * self._sheet.row // max(self._sheet.last_row, self._sheet.row, 1)

    def __iter__(self) -> Iterator[Incoming]:
        layout, region = self.understood.layout, self.region
        state = layout.state
        for row in self._rows:
            if row.fault is not None:
                self._refuse(row, row.fault, "")
                continue
            cells = row.cells
            if state is not None and (not cells[layout.parts[0]].strip() or cells[state : state + 1] == [_RELEASED]):
                self.passed_over += 1
                continue
            try:
                number, raw = layout.read(cells, region)
            except InvalidNumber as error:
                if is_empty(cells):
                    continue
                self._refuse(row, str(error), error.raw)
                continue
            self.count += 1
            yield Incoming(row.line, number, raw[:MAX_RAW])

    def _refuse(self, row: Row, reason: str, raw: str) -> None:
        self.bad_count += 1
        bad = BadLine(row.line, reason, raw[:MAX_RAW])
        if len(self.bad) < MAX_BAD_SHOWN:
            self.bad.append(bad)
        self.on_bad(bad)

    def _open_sheet(self) -> None:
        self._sheet = SheetRows(self.file)
        rows = self._sheet.rows()
        sample = list(islice(rows, SAMPLE_ROWS))
        self._take("xlsx", "", "", sample, rows)

    def _open_text(self) -> None:
        text = TextRows(self.file)
        lines = text.lines()
        first = list(islice(lines, SAMPLE_ROWS))
        found = "".join(line.text for line in first)
        candidates = text.separator or "".join(each for each in SEPARATORS if each in found) or ","
        best = max(candidates, key=lambda each: self._fitness(list(split_rows(first, each)), each))
        rows = split_rows(chain(first, lines), best)
        sample = list(islice(rows, SAMPLE_ROWS))
        self._take("csv", text.encoding_name, best, sample, rows)

    def _fitness(self, rows: list[Row], separator: str) -> tuple[bool, float, bool, int]:
        """How well a separator fits: numbers that stand by themselves, then rows of equal length."""
        cells = [row.cells for row in rows if row.fault is None]
        share, plain = readable(cells, self.region)
        widths = {len(row) for row in cells}
        return share >= 0.5, round(plain, 2), len(widths) == 1 and widths != {1}, -SEPARATORS.index(separator)

    def _take(self, form: str, encoding: str, separator: str, sample: list[Row], rows: Iterator[Row]) -> None:
        if not sample:
            raise ImportUnreadable("empty_file", "nothing stands in the file")
        layout = find_layout([row.cells for row in sample if row.fault is None], self.region, self.column)
        self.understood = Understood(form, encoding, separator, layout)
        body = self._after_heading(sample, layout.heading_rows)
        following = next(rows, None) if not body else None
        if not body and following is None and layout.state is None:
            raise ImportUnreadable("empty_file", "a heading stands in the file, and no number below it")
        self._rows = chain(body, [following] if following else [], rows)

    @staticmethod
    def _after_heading(sample: list[Row], heading_rows: int) -> list[Row]:
        kept, left = [], heading_rows
        for row in sample:
            if row.fault is None and left:
                left -= 1
            else:
                kept.append(row)
        return kept
