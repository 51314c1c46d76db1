"""Lines of CSV that spreadsheets open without running anything in them, and that an import reads."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence

from ivr.domain.problems import BadLine

BAD_LINE_COLUMNS = ("line", "number", "reason")
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def csv_line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet runs, nor one that takes wide letters for others; a number in E.164 form is none
    however it begins."""
    is_number = text[:1] == "+" and text[1:].isascii() and text[1:].isdigit()
    if unicodedata.normalize("NFKC", text[:1]).startswith(_FORMULA_STARTS) and not is_number:
        return "'" + text
    return text


def bad_csv_line(bad: BadLine) -> str:
    """A line of an import's bad lines: once its number is put right, it can be imported."""
    return csv_line((str(bad.line), safe_cell(bad.raw), safe_cell(bad.reason)))
