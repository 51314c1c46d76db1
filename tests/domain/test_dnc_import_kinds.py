"""Files that are no list: each is refused with what it is and what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile

import pytest

from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.errors import ImportUnreadable

NUMBERS = b"Phone\n4805550101\n"


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, NUMBERS)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(NUMBERS, mtime=0), "this is a gzip file; unpack it"),
        (bz2.compress(NUMBERS), "this is a bzip2 file; unpack it"),
        (zipped("lists/dnc.csv"), "this is a zip archive with lists/dnc.csv in it; unpack it"),
        (zipped("a.csv", "b.csv", "c.csv"), "this is a zip archive with a.csv and 2 more in it; unpack it"),
        (zipped("word/document.xml"), "this is a Word document; export its table"),
        (zipped("mimetype", "content.xml"), "this is an OpenDocument file (.ods); save it as .xlsx or CSV"),
        (zipped("xl/workbook.bin"), "this is a binary Excel workbook (.xlsb); save it as .xlsx or CSV"),
        (zipped("Index/Document.iwa"), "this is a file of Apple's Numbers or Pages; export its table"),
        (zipped(), "this is a zip archive with nothing in it; send the list as CSV or .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an Excel file of before 2007 (.xls), or a workbook with a"),
        (b"%PDF-1.7\n", "this is a PDF, a printed page; ask for the list as CSV"),
        (b'\xef\xbb\xbf [{"phone": "4805550101"}]', "this is JSON; send its numbers as CSV"),
        (b'["4805550101"]', "this is JSON; send its numbers as CSV"),
        (b"[4805550101,\n4805550102]", "this is JSON; send its numbers as CSV"),
        (b'{"phone": "4805550101"}\n{"phone": "4805550102"}\n', "this is JSON; send its numbers as CSV"),
        (b"\n<html><table><tr><td>4805550101", "this is a web page (HTML), even if its name ends in .xls"),
        (b'<?xml version="1.0"?>\n<?mso-application?>\n<Workbook xmlns="x">', "this is an Excel workbook as XML"),
        (b'<?xml version="1.0"?><numbers>', "this is XML; export its table"),
        (b"BEGIN:VCARD\r\nTEL:4805550101\r\n", "these are contacts as vCards; export them from the address book"),
        (b"{\\rtf1", "this is a text of a word processor (RTF)"),
        (b"SQLite format 3\0", "this is an SQLite database"),
        (b"ID;PWXL;N;E\r\nP;PGeneral", "this is a SYLK file"),
        (b"\x89PNG\r\n", "this is a picture"),
    ],
)
def test_another_kind_of_file_is_named_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(ImportUnreadable) as refused:
        NumberFile(io.BytesIO(content))
    assert str(refused.value).startswith(said)
    assert refused.value.code == "unreadable_file"


@pytest.mark.parametrize(
    "text",
    [
        "[480] 555-0101\n", "{480} 5550101\n4805550101\n", "<480-555-0101>\n", "PARcel,x\n4805550101,y\n",
        "Id;Phone\n1;4805550101\n",
    ],
)  # fmt: skip
def test_text_that_only_begins_like_one_is_read(text: str) -> None:
    assert "+14805550101" in [each.number for each in NumberFile(io.BytesIO(text.encode()))]
