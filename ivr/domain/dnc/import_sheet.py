"""Rows of an Excel workbook (.xlsx), read one by one: its first sheet on which anything stands.

A workbook is a zip file: what it would unpack to is bounded before anything is unpacked, and a sheet's rows and
columns are, too.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

from ivr.domain.dnc.import_text import Row
from ivr.domain.errors import ImportUnreadable

ZIP_MAGIC = b"PK\x03\x04"
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ROWS = 1_048_576
MAX_COLUMNS = 100
# A million rows of six columns are some 300 MB of XML; strings are kept in memory, sheets are streamed.
_MAX_SHEET_BYTES = 512 * 1024 * 1024
_MAX_STRINGS_BYTES = 96 * 1024 * 1024
_MAX_OTHER_BYTES = 8 * 1024 * 1024
_MAX_FILES = 500


class SheetRows:
    """`rows` gives all rows in which anything stands. Raises ImportUnreadable when it is no workbook."""

    def __init__(self, file: BinaryIO) -> None:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        file.seek(0)
        _require_harmless(file)
        file.seek(0)
        try:
            self._book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError):
            raise _unreadable() from None
        self.row = 0
        self.last_row = 0

    def rows(self) -> Iterator[Row]:
        try:
            for sheet in self._book.worksheets:
                found = False
                self.last_row = min(sheet.max_row or 0, MAX_ROWS)
                cells = sheet.iter_rows(values_only=True, max_row=MAX_ROWS, max_col=MAX_COLUMNS)
                for self.row, values in enumerate(cells, 1):
                    texts = [_text(value) for value in values]
                    if any(texts):
                        found = True
                        yield Row(self.row, texts)
                if found:
                    return
        except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, OSError, EOFError, TypeError, IndexError):
            raise _unreadable() from None
        finally:
            self._book.close()


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()


def _require_harmless(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _unreadable() from None
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise _unreadable()
    for member in members:
        name = member.filename.lower()
        if not name.endswith((".xml", ".rels")):
            continue
        most = _MAX_OTHER_BYTES
        if name.startswith("xl/worksheets/"):
            most = _MAX_SHEET_BYTES
        elif name.endswith("sharedstrings.xml"):
            most = _MAX_STRINGS_BYTES
        if member.file_size > most or len(members) > _MAX_FILES:
            raise ImportUnreadable(
                "unreadable_file", "the workbook unpacks to too much; save the sheet as CSV and send that"
            )


def _unreadable() -> ImportUnreadable:
    return ImportUnreadable(
        "unreadable_file", "this is no Excel workbook that can be read; save the sheet as CSV and send that"
    )
