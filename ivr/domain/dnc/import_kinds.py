"""Files that are no list of numbers as text or .xlsx: what each is, by its first bytes, and what to do with it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence

from ivr.domain.number_text import shown

HEAD_BYTES = 512
ZIP_MAGIC = b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"
_EXPORT = "export its table as CSV or .xlsx and send that"
_UNPACK = "unpack it and send the file that is in it"
_BEGINNINGS = (
    (b"\x1f\x8b", f"this is a gzip file; {_UNPACK}"),
    (b"\xfd7zXZ", f"this is an xz file; {_UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"this is a 7-Zip archive; {_UNPACK}"),
    (b"Rar!", f"this is a RAR archive; {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"this is a Zstandard file; {_UNPACK}"),
    (b"PK\x05\x06", "this is a zip archive with nothing in it; send the list as CSV or .xlsx"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "this is an Excel file of before 2007 (.xls), or a workbook with a password; "
        "save it as .xlsx without a password, or as CSV, and send that",
    ),
    (b"\x09\x08", "this is a very old Excel file; save it as .xlsx or CSV and send that"),
    (b"%PDF", "this is a PDF, a printed page; ask for the list as CSV or .xlsx and send that"),
    (b"{\\rtf", f"this is a text of a word processor (RTF); {_EXPORT}"),
    (b"SQLite format 3", f"this is an SQLite database; {_EXPORT}"),
    (b"\x00\x01\x00\x00Standard", f"this is an Access database; {_EXPORT}"),
    (b"PAR1\x15", f"this is a Parquet file; {_EXPORT}"),
    (b"\x89PNG", "this is a picture; send the list as CSV or .xlsx"),
    (b"\xff\xd8\xff", "this is a picture; send the list as CSV or .xlsx"),
    (b"GIF8", "this is a picture; send the list as CSV or .xlsx"),
)
_TEXTS = tuple(
    (re.compile(pattern, re.IGNORECASE), sentence)
    for pattern, sentence in (
        (rb"BZh[1-9]1AY&SY", f"this is a bzip2 file; {_UNPACK}"),
        (rb"begin:vcard", "these are contacts as vCards; export them from the address book as CSV and send that"),
        (rb"begin:vcalendar", "this is a calendar; send the list as CSV or .xlsx"),
        (
            rb"\{\s*[\"}]|\[\s*[\[{\"]|\[\s*\+?[0-9]{7,15}\s*[,\]]",
            "this is JSON; send its numbers as CSV, one a line",
        ),
        (
            rb"<(?:!doctype html|html|head|meta|body|style|table|div)\b",
            "this is a web page (HTML), even if its name ends in .xls; open it in a spreadsheet program, save it as "
            ".xlsx or CSV and send that",
        ),
        (
            rb"<\?xml[^\0]*<(?:[a-z]+:)?workbook\b",
            "this is an Excel workbook as XML; save it as .xlsx or CSV and send that",
        ),
        (rb"<\?xml\b", f"this is XML; {_EXPORT}"),
        (
            rb"(?-i:ID;P(?:WXL|CALC|SCALC))",
            "this is a SYLK file of a spreadsheet program; save it as .xlsx or CSV and send that",
        ),
    )
)
# A part of a zip file that tells what it is.
_PARTS = (
    ("word/document.xml", f"this is a Word document; {_EXPORT}"),
    ("ppt/presentation.xml", f"this is a PowerPoint file; {_EXPORT}"),
    ("xl/workbook.bin", "this is a binary Excel workbook (.xlsb); save it as .xlsx or CSV and send that"),
    ("Index/Document.iwa", f"this is a file of Apple's Numbers or Pages; {_EXPORT}"),
    ("content.xml", "this is an OpenDocument file (.ods); save it as .xlsx or CSV and send that"),
)
BROKEN_WORKBOOK = "this is not an Excel workbook that can be read; save the sheet as CSV and send that"


def find_other_kind(head: bytes) -> str | None:
    """What a file is that begins with these bytes and is no text and no .xlsx, in a sentence for people."""
    for beginning, sentence in _BEGINNINGS:
        if head.startswith(beginning):
            return sentence
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((sentence for pattern, sentence in _TEXTS if pattern.match(text)), None)


def describe_zip(members: Sequence[zipfile.ZipInfo]) -> str | None:
    """What a zip file is that is no workbook; None for a workbook."""
    names = [member.filename for member in members]
    if _WORKBOOK in names:
        return None
    for part, sentence in _PARTS:
        if part in names:
            return sentence
    files = [name for name in names if not name.endswith("/")]
    if not files:
        return BROKEN_WORKBOOK
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"this is a zip archive with {shown(files[0])}{more} in it; unpack it and send the file with the numbers"
