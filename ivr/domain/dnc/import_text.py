"""Text files of rows as people have them: UTF-8, UTF-16 or Windows' own encoding, any end of line, four separators.

Rows come one by one, whatever the size of the file. A quoted cell may hold line breaks; a quote that is never closed
is a character like others, so that it does not swallow the rows after it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, NamedTuple

# A row of a contact program's export with all its columns has some 10,000.
MAX_LINE_CHARACTERS = 32_768
SEPARATORS = ",;\t|^~"
_SNIFFED_BYTES = 4096
_CHECKED_BYTES = 1 << 20
_MAX_LINES_OF_A_CELL = 100
# Whatever the file names, unless it may stand in a number.
_SEPARATOR_LINE = re.compile(r"\"?sep=(\t|[^\w\s\"'+().=-])\"?\1*", re.IGNORECASE | re.ASCII)
_QUOTED = r"\"[^\"]*(?:\"\"[^\"]*)*"
_NOTHING = ' \t\xa0\x00\x1a"'
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-32": "UTF-32", "cp1252": "Windows-1252"}


class Row(NamedTuple):
    """A row's cells as they stand; `line` counts lines of text or rows of a sheet from 1. `fault` says why it has no
    cells."""

    line: int
    cells: list[str]
    fault: str | None = None


class _Line(NamedTuple):
    number: int
    text: str
    too_long: bool = False


def _windows_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("digitree_windows", _windows_bytes)


@dataclass(slots=True)
class TextRows:
    """The lines of a file that can be sought; `separator` is set when the file itself names it (`sep=;`)."""

    file: BinaryIO
    encoding: str = ""
    separator: str | None = None

    def __post_init__(self) -> None:
        self.file.seek(0)
        self.encoding = _find_encoding(self.file.read(_SNIFFED_BYTES))
        if self.encoding == "utf-8" and not _is_utf8(self.file):
            self.encoding = "cp1252"
        self.file.seek(0)

    @property
    def encoding_name(self) -> str:
        return _NAMES.get(self.encoding, "UTF-16")

    def lines(self) -> Iterator[_Line]:
        """All lines but one that names the separator."""
        # Files in Windows' encoding may have parts of others in them, in UTF-8.
        codec = "utf-8" if self.encoding == "cp1252" else self.encoding
        errors = "digitree_windows" if codec.startswith("utf-8") else "replace"
        text = io.TextIOWrapper(self.file, codec, errors, newline=None)
        try:
            number = 0
            for line in iter(lambda: text.readline(MAX_LINE_CHARACTERS + 1), ""):
                number += 1
                if len(line) > MAX_LINE_CHARACTERS and not line.endswith("\n"):
                    for rest in iter(lambda: text.readline(MAX_LINE_CHARACTERS), ""):
                        if rest.endswith("\n"):
                            break
                    yield _Line(number, "", too_long=True)
                    continue
                line = line.rstrip("\n")
                if number == 1 and (named := _SEPARATOR_LINE.fullmatch(line.strip(" "))):
                    self.separator = named[1]
                    continue
                yield _Line(number, line)
        finally:
            text.detach()


def split_rows(lines: Iterable[_Line], separator: str) -> Iterator[Row]:
    """The rows of these lines; rows in which nothing stands are left out."""
    nothing = _NOTHING + separator
    source, waiting = iter(lines), deque[_Line]()
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        text = line.text
        if line.too_long:
            yield Row(line.number, [], f"the line is longer than {MAX_LINE_CHARACTERS} characters")
        elif not text.strip(nothing):
            continue
        elif '"' not in text:
            yield Row(line.number, text.split(separator))
        else:
            if _open(separator).fullmatch(text):
                text = _with_following(text, separator, source, waiting)
            yield Row(line.number, _quoted_cells(text, separator))


def _with_following(text: str, separator: str, source: Iterator[_Line], waiting: deque[_Line]) -> str:
    """A row whose last cell goes on in the lines after it; as it is when that cell is never closed."""
    taken: list[_Line] = []
    whole = text
    # Nothing waits: of the lines that were taken before, only the last can open a cell.
    while len(taken) < _MAX_LINES_OF_A_CELL and (line := next(source, None)) is not None:
        taken.append(line)
        whole = f"{whole}\n{line.text}"
        if line.too_long or len(whole) > MAX_LINE_CHARACTERS:
            break
        if '"' not in line.text or _open(separator).fullmatch(whole):
            continue
        if _whole(separator).fullmatch(whole):
            return whole
        break
    waiting.extend(taken)
    return text


def _quoted_cells(text: str, separator: str) -> list[str]:
    if _open(separator).fullmatch(text):
        return text.split(separator)
    return next(csv.reader([text], delimiter=separator), [])


@lru_cache(maxsize=8)
def _open(separator: str) -> re.Pattern[str]:
    """A row whose last cell has a quote that nothing closes."""
    return re.compile(rf"(?:{_cell(separator)}{re.escape(separator)})*[ \t]*{_QUOTED}")


@lru_cache(maxsize=8)
def _whole(separator: str) -> re.Pattern[str]:
    cell = _cell(separator)
    return re.compile(rf"{cell}(?:{re.escape(separator)}{cell})*")


def _cell(separator: str) -> str:
    apart = re.escape(separator)
    return rf"(?:[ \t]*{_QUOTED}\"[ \t]*(?={apart}|$)|(?![ \t]*\")[^{apart}\n]*)"


def _find_encoding(head: bytes) -> str:
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 8 and odd > 4 * even:
        return "utf-16-le"
    if even > len(head) // 8 and even > 4 * odd:
        return "utf-16-be"
    return "utf-8"


def _is_utf8(file: BinaryIO) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHECKED_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
