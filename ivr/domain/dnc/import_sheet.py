"""Rows of an Excel workbook (.xlsx), read one by one.

A workbook is a zip file: what it would unpack to is bounded before anything is unpacked, and a sheet's rows are, too.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

from ivr.domain.dnc.import_kinds import BROKEN_WORKBOOK, describe_zip
from ivr.domain.dnc.import_text import Row
from ivr.domain.errors import ImportUnreadable

MAX_ROWS = 1_048_576
# Cells further to the right are put together there.
MAX_COLUMNS = 1000
# A million rows of six columns are some 300 MB of XML; strings are kept in memory, sheets are streamed.
_MAX_SHEET_BYTES = 512 * 1024 * 1024
_MAX_STRINGS_BYTES = 96 * 1024 * 1024
_MAX_OTHER_BYTES = 8 * 1024 * 1024
_MAX_FILES = 500
_READ_ERRORS = (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, OSError, EOFError, TypeError, IndexError)


class Workbook:
    """`names` are its sheets; `row` is the last row that was read, of `last_row`. Raises ImportUnreadable when it is
    not a workbook."""

    def __init__(self, file: BinaryIO) -> None:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        _require_harmless(file)
        try:
            self._book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            self._sheets = self._book.worksheets
        except (InvalidFileException, *_READ_ERRORS):
            raise _unreadable() from None
        self.names = [sheet.title for sheet in self._sheets]
        # As the file says, where it does: a sheet whose size was reset no longer tells.
        self._last_rows = [min(sheet.max_row or 0, MAX_ROWS) for sheet in self._sheets]
        self.row = 0
        self.last_row = 0

    def rows(self, place: int) -> Iterator[Row]:
        """The rows of one sheet in which anything stands."""
        sheet = self._sheets[place]
        try:
            self.last_row = self._last_rows[place]
            # Some programs write a wrong size; rows are then as long as their last cell says.
            sheet.reset_dimensions()
            for self.row, values in enumerate(sheet.iter_rows(values_only=True, max_row=MAX_ROWS), 1):
                texts = [_text(value) for value in values[:MAX_COLUMNS]]
                if len(values) > MAX_COLUMNS:
                    texts += [_text(value) for value in values[MAX_COLUMNS:] if value is not None]
                if any(texts):
                    yield Row(self.row, texts)
        except _READ_ERRORS:
            raise _unreadable() from None


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
    if (other := describe_zip(members)) is not None:
        raise ImportUnreadable("unreadable_file", other)
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
    return ImportUnreadable("unreadable_file", BROKEN_WORKBOOK)
