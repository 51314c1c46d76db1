"""A CSV of numbers for a do-not-call list, read line by line: what our own export writes, and plain lists of numbers.

With a heading, the column `number` counts (or `phone`), else the first. Lines of our export that are released or have
no number are passed over.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import E164, parse_ani, parse_e164
from ivr.domain.problems import BadLine

MAX_LINE_BYTES = 8192
MAX_BAD_SHOWN = 1000
MAX_RAW = 100

_US = re.compile(r"\+1[2-9][0-9]{9}", re.ASCII)
_PUNCTUATION = str.maketrans("", "", " ()-.\u00a0'")
_HEADINGS = ("number", "phone", "phone_number", "telephone")


class Incoming(NamedTuple):
    line: int
    number: E164
    raw: str


@dataclass(slots=True)
class CsvNumbers:
    """Iterate to get the numbers; what was wrong stands in `bad` (1,000 at most; `bad_count` is all) afterwards."""

    lines: Iterable[bytes]
    region: str = "US"
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0
    count: int = 0
    passed_over: int = 0
    bytes_read: int = 0

    def __iter__(self) -> Iterator[Incoming]:
        delimiter, column, state = ",", 0, -1
        for line, raw_line in enumerate(self.lines, 1):
            self.bytes_read += len(raw_line)
            if len(raw_line) > MAX_LINE_BYTES:
                self._refuse(line, f"longer than {MAX_LINE_BYTES} bytes")
                continue
            text = raw_line.decode("utf-8", "replace").strip("\ufeff\r\n" if line == 1 else "\r\n")
            if line == 1:
                delimiter = next((each for each in ";\t" if each in text and "," not in text), ",")
                names = [cell.strip().lower() for cell in _cells(text, delimiter)]
                heading = next((name for name in _HEADINGS if name in names), None)
                if heading is not None:
                    column = names.index(heading)
                    state = names.index("state") if "state" in names else -1
                    continue
            if not text.strip():
                continue
            cells = _cells(text, delimiter)
            raw = cells[column].strip() if column < len(cells) else ""
            if 0 <= state < len(cells) and (not raw or cells[state] == "released"):
                self.passed_over += 1
                continue
            number = _number(raw, self.region)
            if number is None:
                self._refuse(line, f"{raw[:40]!r} is no telephone number" if raw else "no number")
                continue
            self.count += 1
            yield Incoming(line, number, raw[:MAX_RAW])

    def _refuse(self, line: int, reason: str) -> None:
        self.bad_count += 1
        if len(self.bad) < MAX_BAD_SHOWN:
            self.bad.append(BadLine(line, reason))


def _cells(text: str, delimiter: str) -> list[str]:
    # Each line by itself: a quote that is never closed must not swallow the rest of the file.
    return next(csv.reader([text], delimiter=delimiter), []) if '"' in text else text.split(delimiter)


def _number(raw: str, region: str) -> E164 | None:
    text = raw if _US.fullmatch(raw) else raw.translate(_PUNCTUATION)
    if _US.fullmatch(text):
        # Every such number is possible; the library's own look costs twenty times as much.
        return E164(text)
    if not text.startswith("+"):
        return parse_ani(text, region)
    try:
        return parse_e164(text)
    except InvalidNumber:
        return None
