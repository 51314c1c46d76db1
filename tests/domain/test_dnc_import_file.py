"""Files of numbers as people have them: what they are understood as, what is read from them, what comes back."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ivr.domain.dnc.csv_cells import BAD_LINE_COLUMNS, bad_csv_line, csv_line
from ivr.domain.dnc.import_file import MAX_BAD_SHOWN, MAX_SHEETS, NumberFile, Sheet
from ivr.domain.dnc.import_layout import Column, Pick
from ivr.domain.dnc.import_text import MAX_LINE_CHARACTERS
from ivr.domain.errors import ImportUnreadable
from ivr.domain.problems import BadLine
from ivr.domain.withheld_numbers import find_spelled_word, is_one_digit

A, B = "+14805551234", "+14805550000"


def open_file(content: str | bytes, *columns: str, **options: Any) -> NumberFile:
    file = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return NumberFile(file, columns=columns, **options)


def read(content: str | bytes, *columns: str, **options: Any) -> tuple[list[str], list[int]]:
    file = open_file(content, *columns, **options)
    found = [each.number for each in file]
    assert file.count == len(found)
    assert file.bad_count == len(file.bad)
    return list(found), [each.line for each in file.bad]


@pytest.mark.parametrize(
    "text",
    [
        "+14805551234\n+14805550000\n",
        "4805551234\r\n(480) 555-0000\r\n",
        "4805551234\r4805550000\r",
        "number\n480.555.1234\n\n+1 480 555 0000",
        '\ufeffName,Phone\nJoe,+14805551234\n"Smith, Ann","+14805550000"\n',
        "name;number\nJoe;14805551234\nAnn;+14805550000\n",
        "number\tname\n'+14805551234\tJoe\n+14805550000\tAnn\n",
        "Joe|4805551234\nAnn|4805550000\n",
        "sep=;\nphone;name\n4805551234;Smith, Joe\n4805550000;Doe, Ann\n",
        "4805551234;Smith, Joe\n4805550000;Doe, Ann\n",
        '="4805551234"\n="4805550000"\n',
        '="4805551234",x\n="4805550000",y\n',
        '"=""4805551234"""\n"=""4805550000"""\n',
        "'4805551234\n'4805550000\n",
        "480\u2013555\u20131234\n\u200e480-555-0000\n",
        "480/555-1234\n480-555-0000 x12\n",
        "4805551234.0\n4805550000.0\n",
        ",\n4805551234\n,,\n4805550000\nNULL\nNULL,NULL\n\\N,\\N\n\x1a",
        '"two\nlines",4805551234\n"and\n\nthree",4805550000\n',
        "480,5551234\n480,5550000\n",
        "area_code,phone\n480,5551234\n480,555-0000\n",
        "area_code,phone\n480,5551234\n602,480-555-0000\n",
        "phone,area_code\n5551234,480\n5550000,480\n",
        "480,555,1234\n480,555,0000\n",
        "country_code,phone\n1,4805551234\n1,+14805550000\n",
        "1000003,4805551234\n1000004,4805550000\n",
        "2000000001,4805551234\n2000000002,4805550000\n",
        "2026-11-28,Joe,4805551234\n2026-11-29,Ann,4805550000\n",
        "Company_Phone_Number,Created_Date,Consumer_Area_Code\n4805551234,2026-01-01,602\n4805550000,2026-01-02,602\n",
        "Do not call\n\nName,Telephone\nJoe,4805551234\nAnn,4805550000\n",
        "number,telephone\n1,4805551234\n2,4805550000\n",
        "Contact,Whom to call\nJoe,4805551234\nAnn,4805550000\n",
        "Phone,Mobile\nNULL,4805551234\n\\N,4805550000\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_numbers_are_found_however_the_file_is_written(text: str, encoding: str) -> None:
    assert read(text.removeprefix("\ufeff").encode(encoding)) == ([A, B], [])


def test_windows_own_encoding_is_understood() -> None:
    assert read("Jos\u00e9;480\u2013555\u20131234\n".encode("cp1252")) == ([A], [])


@pytest.mark.parametrize(
    "heading",
    [
        "Phone Number", "PhoneNumber", "phone_number", "Mobile", "Cell Phone", "ANI", "DNC Number", "Phone1",
        "Company_Phone_Number", "telephone", "TEL", "Tel. No.", "Caller ID", "MSISDN", "phonenumber", "MobilePhone",
        "Tel\u00e9fono",
    ],
)  # fmt: skip
def test_the_heading_names_the_column(heading: str) -> None:
    """Also where another column holds what could be numbers, and most cells below it are none."""
    text = f"id,{heading},order\n1000003,4805551234,2\n1000004,nobody,6025550101\n1000005,none at all,6025550102\n"
    file = open_file(text)
    assert [each.number for each in file] == [A]
    assert file.understood.layout.chosen_names == (heading,)


def test_numbers_of_other_countries_are_taken() -> None:
    assert read("+442079460958\n+4915112345678\n") == (["+442079460958", "+4915112345678"], [])
    assert read("cc;dial code;phone\nGB;44;2079460958\n") == (["+442079460958"], [])
    assert read("020 7946 0958\n", region="GB") == (["+442079460958"], [])


def test_it_is_said_what_the_file_is_understood_as() -> None:
    understood = open_file("Name;Phone\nJoe;480 555 1234\nAnn;nobody\n".encode("utf-16")).understood
    assert (understood.form, understood.encoding, understood.separator) == ("csv", "UTF-16", ";")
    assert understood.layout.columns == (
        Column("Name", ("Joe", "Ann"), 0, 2),
        Column("Phone", ("480 555 1234", "nobody"), 1, 2),
    )
    assert (understood.layout.heading_rows, understood.layout.picks) == (1, (Pick((1,)),))


@pytest.mark.parametrize(
    ("chosen", "found"),
    [("Phone2", [B]), ("phone2", [B]), ("2", [B]), ("Phone1", [A]), ("1", [A])],
)
def test_a_column_can_be_chosen_by_heading_or_place(chosen: str, found: list[str]) -> None:
    assert read("Phone1,Phone2\n4805551234,4805550000\n", chosen) == (found, [])


def test_columns_can_be_chosen_together() -> None:
    assert read("5,480,5551234\nx,480,5550000\n", "2+3") == ([A, B], [])


@pytest.mark.parametrize("chosen", ["Fax", "3", "0", "", "1+1", "+"])
def test_a_column_that_is_not_there_is_refused_with_those_that_are(chosen: str) -> None:
    with pytest.raises(ImportUnreadable, match="there are Phone1, Phone2") as refused:
        open_file("Phone1,Phone2\n4805551234,4805550000\n", chosen)
    assert refused.value.code == "column_not_found"


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        (b"", "empty_file", "nothing stands in the file"),
        (b"\n\n,,\r\n\x1a", "empty_file", "nothing stands in the file"),
        (b"\xff\xfe", "empty_file", "nothing stands in the file"),
        (b"Name,Phone\n", "empty_file", "a heading stands in the file, and no number below it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "unreadable_file", "an Excel file of before 2007"),
        (b"PK\x03\x04 and no zip", "unreadable_file", "not an Excel workbook"),
    ],
)
def test_what_no_number_can_be_read_from_is_refused(content: bytes, code: str, text: str) -> None:
    with pytest.raises(ImportUnreadable, match=text) as refused:
        open_file(content)
    assert refused.value.code == code


def test_bad_lines_have_their_line_their_reason_and_what_stood_there() -> None:
    file = open_file(
        "phone,name\n+14805551234,Joe\nnobody,Ann\n\n,Bob\n555 0141,Kim\n4.80555E+09,Eve\n442079460018,Al\n"
        "266696687,X\n480555,Y\n"
    )
    assert [each.number for each in file] == [A]
    assert file.bad == [
        BadLine(3, "nobody is not a telephone number", "nobody"),
        BadLine(5, "there is no number", ""),
        BadLine(6, "555 0141 has 7 digits; a US number has 10", "555 0141"),
        BadLine(
            7,
            "4.80555E+09 has lost digits in a spreadsheet: format the column as text there, enter the numbers again "
            "and export it again",
            "4.80555E+09",
        ),
        BadLine(
            8,
            "442079460018 has 12 digits; a US number has 10; a number of another country begins with +",
            "442079460018",
        ),
        BadLine(
            9,
            "266696687 spells ANONYMOUS on a keypad and stands for a withheld number",
            "266696687",
        ),
        BadLine(10, "480555 has 6 digits; a US number has 10", "480555"),
    ]


def test_where_nothing_is_a_number_the_heading_says_which_column_is_bad() -> None:
    assert read("city,Phone\nMesa,Joe\nYuma,Ann\n") == ([], [2, 3])
    assert open_file("name,city\nJoe,Mesa\n").understood.layout.picks == (Pick((0,)),)


@pytest.mark.parametrize("other", ["id", "Lead ID", "Account", "order"])
def test_an_id_is_no_number_beside_a_column_of_telephone_numbers(other: str) -> None:
    file = open_file(f"phone,{other}\n5550170,2025550170\n5550171,2025550171\n")
    assert list(file) == []
    assert file.understood.layout.chosen_names == ("phone",)


def test_a_quote_that_is_never_closed_swallows_no_other_line() -> None:
    text = 'number,name\n+14805551234,Joe\nnobody,Ann\n"+1480555\n12\n+14805550000,"Eve\n+14805550001,5" pipe\n'
    assert read(text) == ([A, B, "+14805550001"], [3, 4, 5])
    assert read('"Joe,4805551234\n4805550000,"x"\n', "1") == ([B], [1])


def test_bytes_that_are_no_text_and_endless_lines_are_bad_lines() -> None:
    text = b"+14805551234\n\xff\xfe\x00\n" + b"1" * (MAX_LINE_CHARACTERS + 1) + b"\n+14805550000\n"
    assert read(text) == ([A, B], [2, 3])


def test_the_bad_lines_shown_are_bounded_and_all_are_handed_on() -> None:
    handed: list[BadLine] = []
    file = NumberFile(io.BytesIO(b"x\n" * (MAX_BAD_SHOWN + 5)), on_bad=handed.append)
    assert list(file) == []
    assert (len(file.bad), file.bad_count, len(handed)) == (MAX_BAD_SHOWN, MAX_BAD_SHOWN + 5, MAX_BAD_SHOWN + 5)


def test_bad_lines_can_be_put_right_in_their_file_and_imported() -> None:
    written = csv_line(BAD_LINE_COLUMNS) + bad_csv_line(BadLine(7, "555 has 3 digits", "=555"))
    assert list(csv.reader([written.splitlines()[1]])) == [["7", "'=555", "555 has 3 digits"]]
    assert read(written.replace("'=555", "4805551234")) == ([A], [])


def test_released_and_unidentified_lines_of_our_own_export_are_passed_over() -> None:
    head = "number,number_as_received,source,state\n"
    file = open_file(
        f"{head}+14805551234,x,ani,listed\n+14805550000,x,ani,released\n,anonymous,ani,listed\n"
    )
    assert [each.number for each in file] == [A]
    assert (file.passed_over, file.bad_count) == (2, 0)
    assert list(open_file(head)) == []
    other = f"state,number,number_as_received,source\nlisted,{A},x,ani\nreleased,{B},x,ani\nlisted,,x,ani\nlisted\n"
    file = open_file(other)
    assert [each.number for each in file] == [A]
    assert (file.passed_over, file.bad_count) == (3, 0)


def test_a_state_of_the_union_is_none_of_our_export() -> None:
    assert read("number,state\n4805551234,AZ\n,released\n") == ([A], [3])


# -- workbooks --


def workbook(*rows: tuple[object, ...], fill: Callable[[Workbook], None] = lambda book: None) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    fill(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read_with_numbers_as_numbers_or_text() -> None:
    content = workbook(
        ("ID", "When", "Cell Phone"), (1, date(2026, 1, 1), 4805551234), (), (2, None, "(480) 555-0000"),
        (3, None, 4805550001.0), (4, None, None), (5, None, True), (6, None, 4805.5),
    )  # fmt: skip
    file = open_file(content)
    assert [each.number for each in file] == [A, B, "+14805550001"]
    assert [each.line for each in file.bad] == [6, 7, 8]
    assert file.understood.form == "xlsx"
    assert file.understood.layout.chosen_names == ("Cell Phone",)
    assert file.bytes_read > 0.8 * len(content)


def with_sheets(book: Workbook) -> None:
    book.create_sheet("About").append(("Our list of November",))
    for number in ("4805551234", "4805550000"):
        book.create_sheet(f"List {number[-4:]}").append((number,))


def test_of_a_workbook_the_first_sheet_with_numbers_is_read_and_all_are_named() -> None:
    file = open_file(workbook(fill=with_sheets))
    assert [each.number for each in file] == [A]
    assert file.understood.sheet == "List 1234"
    assert file.understood.sheets == (
        Sheet("Sheet", 0), Sheet("About", 0), Sheet("List 1234", 1), Sheet("List 0000", 1),
    )  # fmt: skip


@pytest.mark.parametrize("sheet", ["List 0000", "list 0000", "4"])
def test_a_sheet_can_be_chosen_by_name_or_place(sheet: str) -> None:
    assert read(workbook(fill=with_sheets), sheet=sheet) == ([B], [])


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    there = "there are Sheet, About, List 1234, List 0000"
    for content, text in ((workbook(fill=with_sheets), there), (b"4805551234", "no workbook and has no sheets")):
        with pytest.raises(ImportUnreadable, match=text) as refused:
            open_file(content, sheet="5")
        assert refused.value.code == "sheet_not_found"
    with pytest.raises(ImportUnreadable, match="nothing stands in the file"):
        open_file(workbook(fill=with_sheets), sheet="Sheet")


def test_of_a_workbook_with_very_many_sheets_one_must_be_chosen() -> None:
    def fill(book: Workbook) -> None:
        for place in range(MAX_SHEETS):
            book.create_sheet(f"Page {place}")
        book.worksheets[-1].append((4805551234,))

    content = workbook(fill=fill)
    with pytest.raises(ImportUnreadable, match="the workbook has 101 sheets; say which of them has the numbers"):
        open_file(content)
    assert read(content, sheet="101") == ([A], [])


def test_a_workbook_has_the_columns_in_which_something_stands() -> None:
    rows = ("Name", "Home", "Work"), ("Joe", 4805551234, None), ("Ann", None, "480-555-0000\n480-555-0001")
    file = open_file(workbook(*rows))
    assert [each.number for each in file] == [A, B, "+14805550001"]
    assert [column.name for column in file.understood.layout.columns] == ["Name", "Home", "Work"]


def packed(**parts: bytes) -> bytes:
    file, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(workbook(("Phone",), (4805551234,))))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], source.read(name)))
    return file.getvalue()


def sheet(rows: str, before: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'<?xml version="1.0"?>{before}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    return text.encode()


def test_a_workbook_that_unpacks_to_very_much_is_refused_before_it_is_unpacked() -> None:
    bomb = packed(styles=b" " * (9 * 1024 * 1024))
    assert len(bomb) < 20_000
    with pytest.raises(ImportUnreadable, match="unpacks to too much"):
        open_file(bomb)


def test_cells_far_out_cost_no_room() -> None:
    far = sheet('<row r="99999999999"><c r="A99999999999"><v>4805551234</v></c></row>')
    with pytest.raises(ImportUnreadable):
        open_file(packed(sheet1=far))
    wide = sheet('<row r="1"><c r="A1"><v>4805551234</v></c><c r="XFD1"><v>4805550000</v></c></row>')
    assert read(packed(sheet1=wide)) == ([A, B], [])


def test_entities_that_grow_are_refused() -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(ord("a") + n)} "{("&" + chr(ord("a") + n - 1) + ";") * 10}">' for n in range(1, 12)
    )
    hostile = sheet('<row r="1"><c r="A1" t="str"><v>&l;</v></c></row>', entities + "]>")
    with pytest.raises(ImportUnreadable):
        open_file(packed(sheet1=hostile))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        numbers = [each.number for each in open_file(content)]
    except ImportUnreadable:
        return
    assert all(number.startswith("+") for number in numbers)


_NUMBERS = st.from_regex(r"[2-9][0-9]{2}5[0-9]{6}", fullmatch=True).filter(
    lambda text: not is_one_digit(text) and not find_spelled_word(text)
)


@given(st.lists(_NUMBERS, min_size=1, max_size=30), st.data())
def test_whatever_the_cells_beside_them_all_numbers_are_read(numbers: list[str], data: st.DataObject) -> None:
    separator = data.draw(st.sampled_from(",;\t|"))
    beside = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(["Remark", "Phone", "More"])
    for number in numbers:
        writer.writerow([data.draw(beside), number, data.draw(beside)])
    found, bad = read(file.getvalue())
    assert (found, bad) == ([f"+1{number}" for number in numbers], [])
