"""Workbooks: what a cell's value is as text, which sheets and rows there are, and what is refused unread."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook as Book

from ivr.domain.dnc import import_file, import_sheet
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.dnc.import_kinds import BROKEN_WORKBOOK, describe_zip, find_other_kind
from ivr.domain.dnc.import_sheet import Workbook
from ivr.domain.errors import ImportUnreadable
from ivr.domain.problems import BadLine

A, B, C = "+14805550101", "+14805550102", "+14805550103"
TOO_MUCH = "the workbook unpacks to too much; save the sheet as CSV and send that"


def saved(fill: Callable[[Book], object]) -> bytes:
    book, file = Book(), io.BytesIO()
    fill(book)
    book.save(file)
    return file.getvalue()


def of_rows(*rows: tuple[object, ...]) -> bytes:
    def fill(book: Book) -> None:
        for row in rows:
            book.worksheets[0].append(row)

    return saved(fill)


def opened(content: bytes) -> Workbook:
    return Workbook(io.BytesIO(content))


def repacked(content: bytes, more: dict[str, bytes]) -> bytes:
    """The same workbook with these parts in place of its own, or added."""
    file, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(content))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if name not in more:
                made.writestr(name, source.read(name))
        for name, part in more.items():
            made.writestr(name, part)
    return file.getvalue()


def refusal(content: bytes, **options: Any) -> tuple[str, str]:
    with pytest.raises(ImportUnreadable) as refused:
        NumberFile(io.BytesIO(content), **options)
    return refused.value.code, str(refused.value)


# -- cells and rows -----------------------------------------------------------------------------------------------


def test_a_cells_value_is_what_a_person_sees_in_it() -> None:
    content = of_rows(
        (4805550101, 4805550101.0, 4805.5, True, None, " Ann ", date(2026, 1, 2), datetime(2026, 1, 2, 3, 4)),
    )
    (row,) = opened(content).rows(0)
    assert row.cells[:4] == ["4805550101", "4805550101", "4805.5", ""]
    assert row.cells[4:6] == ["", "Ann"]
    assert all(cell.startswith("2026-01-02") for cell in row.cells[6:])
    assert len(row.cells) == 8


def test_a_number_in_scientific_notation_has_all_its_digits() -> None:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = '<c r="A1"><v>4.805550101E9</v></c><c r="B1"><v>1.5</v></c>'
    sheet = f'<worksheet xmlns="{space}"><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    (row,) = opened(repacked(of_rows((1,)), {"xl/worksheets/sheet1.xml": sheet.encode()})).rows(0)
    assert row.cells == ["4805550101", "1.5"]


def test_a_formula_is_what_it_came_to_and_never_its_text() -> None:
    """Here it was never worked out."""
    (row,) = opened(of_rows(("=1+1", "Ann"))).rows(0)
    assert row.cells == ["", "Ann"]


def test_rows_have_the_number_that_the_spreadsheet_shows_and_empty_ones_are_left_out() -> None:
    book = opened(of_rows(("a",), (), (None, "b"), (True,), ("c",)))
    assert [(row.line, row.cells) for row in book.rows(0)] == [(1, ["a"]), (3, ["", "b"]), (5, ["c"])]
    assert (book.row, book.last_row) == (5, 5)


def test_cells_far_to_the_right_are_put_together_behind_the_thousandth() -> None:
    def fill(book: Book) -> None:
        sheet = book.worksheets[0]
        sheet.cell(1, 1, "a")
        sheet.cell(1, 1000, "b")
        sheet.cell(1, 1001, "c")
        sheet.cell(1, 1009, "d")

    (row,) = opened(saved(fill)).rows(0)
    assert (row.cells[0], row.cells[999:], len(row.cells)) == ("a", ["b", "c", "d"], 1002)


def test_no_row_is_read_beyond_the_last_that_a_spreadsheet_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_sheet, "MAX_ROWS", 2)
    book = opened(of_rows(("a",), ("b",), ("c",)))
    assert [row.cells for row in book.rows(0)] == [["a"], ["b"]]
    assert book.last_row == 2


def test_a_workbook_names_its_sheets_in_their_order() -> None:
    def fill(book: Book) -> None:
        book.worksheets[0].title = "First"
        book.create_sheet("Second").append((A,))

    book = opened(saved(fill))
    assert (book.row, book.last_row) == (0, 0)
    assert book.names == ["First", "Second"]
    assert list(book.rows(0)) == []
    assert [row.cells for row in book.rows(1)] == [[A]]


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "x.rels"])
def test_each_part_of_a_workbook_may_unpack_to_its_limit_and_no_further(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(import_sheet, "_MAX_SHEET_BYTES", 5000)
    monkeypatch.setattr(import_sheet, "_MAX_STRINGS_BYTES", 4000)
    monkeypatch.setattr(import_sheet, "_MAX_OTHER_BYTES", 12_000)
    most = {"xl/sharedStrings.xml": 4000, "xl/worksheets/sheet1.xml": 5000}.get(part, 12_000)
    content = of_rows((4805550101,))
    own = zipfile.ZipFile(io.BytesIO(content))
    text = own.read(part) if part in own.namelist() else b"<x/>"
    picture = {"xl/media/image1.png": b"x"}
    fits = repacked(content, {**picture, part: text + b" " * (most - len(text))})
    assert opened(fits).names == ["Sheet"]
    with pytest.raises(ImportUnreadable, match=TOO_MUCH) as refused:
        opened(repacked(content, {**picture, part: text + b" " * (most - len(text) + 1)}))
    assert refused.value.code == "unreadable_file"


def test_pictures_in_a_workbook_may_be_large_and_its_parts_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_sheet, "_MAX_OTHER_BYTES", 12_000)
    content = repacked(of_rows((4805550101,)), {"xl/media/image1.png": b" " * 12_001})
    assert opened(content).names == ["Sheet"]
    parts = len(zipfile.ZipFile(io.BytesIO(content)).namelist())
    monkeypatch.setattr(import_sheet, "_MAX_FILES", parts)
    assert opened(content).names == ["Sheet"]
    monkeypatch.setattr(import_sheet, "_MAX_FILES", parts - 1)
    with pytest.raises(ImportUnreadable, match=TOO_MUCH):
        opened(content)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and no zip",
        repacked(of_rows((1,)), {"xl/workbook.xml": b"<no"}),
        repacked(of_rows((1,)), {"[Content_Types].xml": b"<x/>"}),
        repacked(of_rows((1,)), {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}),
    ],
)
def test_a_broken_workbook_is_refused_with_what_to_do(content: bytes) -> None:
    assert refusal(content) == ("unreadable_file", BROKEN_WORKBOOK)


def zipped(*names: str) -> list[zipfile.ZipInfo]:
    return [zipfile.ZipInfo(name) for name in names]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("xl/workbook.xml", "content.xml"), None),
        (("lists/", "lists/dnc.csv"), "this is a zip archive with lists/dnc.csv in it; unpack it"),
        (("lists/", "a.csv", "b.csv"), "this is a zip archive with a.csv and 1 more in it; unpack it"),
        (("lists/",), BROKEN_WORKBOOK),
        ((), BROKEN_WORKBOOK),
    ],
)
def test_another_zip_file_is_named_by_the_files_in_it(names: tuple[str, ...], said: str | None) -> None:
    found = describe_zip(zipped(*names))
    assert found == said if found is None or said is None else found.startswith(said)


@pytest.mark.parametrize(
    "head", [b"", b"Phone\n4805550101\n", b"  [480] 555-0101", b"\xef\xbb\xbfPhone", b"Begin: now", b"id;pwxl\n1;2"]
)
def test_text_is_no_other_kind_of_file(head: bytes) -> None:
    assert find_other_kind(head) is None


# -- which sheet --------------------------------------------------------------------------------------------------


def with_sheets(*sheets: tuple[str, tuple[object, ...]]) -> bytes:
    def fill(book: Book) -> None:
        book.remove(book.worksheets[0])
        for name, cells in sheets:
            sheet = book.create_sheet(name)
            for cell in cells:
                sheet.append((cell,))

    return saved(fill)


@pytest.mark.parametrize(
    ("sheets", "read"),
    [
        ([("About", ("Our list",)), ("Numbers", (A,)), ("More", (B,))], "Numbers"),
        ([("Empty", ()), ("About", ("Our list", "of May")), ("Notes", ("x", "y"))], "About"),
        ([("One", (A, "x")), ("Two", (B, C))], "One"),
    ],
)
def test_the_first_sheet_with_numbers_is_read_or_else_the_first_with_anything(
    sheets: list[tuple[str, tuple[object, ...]]], read: str
) -> None:
    assert NumberFile(io.BytesIO(with_sheets(*sheets))).understood.sheet == read


@pytest.mark.parametrize("wanted", ["2", "two  words", "TWO WORDS", " Two Words "])
def test_a_sheet_is_chosen_by_its_name_or_its_place(wanted: str) -> None:
    content = with_sheets(("One", (A,)), ("Two Words", (B,)))
    assert [each.number for each in NumberFile(io.BytesIO(content), sheet=wanted)] == [B]


@pytest.mark.parametrize("wanted", ["3", "0", "", "-1", "Three", "\u0662", "1e0", "99999999999999999999"])
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(wanted: str) -> None:
    said = refusal(with_sheets(("One", (A,)), ("Two", (B,))), sheet=wanted)
    assert said == ("sheet_not_found", f"there is no sheet {wanted}; there are One, Two")


def test_a_name_that_is_a_place_is_a_name_first() -> None:
    content = with_sheets(("2", (A,)), ("1", (B,)))
    assert [each.number for each in NumberFile(io.BytesIO(content), sheet="1")] == [B]


def test_of_a_workbook_with_too_many_sheets_one_must_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_file, "MAX_SHEETS", 2)
    two = with_sheets(("One", ("x",)), ("Two", (A,)))
    assert NumberFile(io.BytesIO(two)).understood.sheet == "Two"
    three = with_sheets(("One", ("x",)), ("Two", (A,)), ("Three", (B,)))
    assert refusal(three) == (
        "sheet_not_found", "the workbook has 3 sheets; say which of them has the numbers"
    )  # fmt: skip
    file = NumberFile(io.BytesIO(three), sheet="Three")
    assert [each.number for each in file] == [B]
    assert [sheet.name for sheet in file.understood.sheets] == ["One", "Two"]


# -- what is handed on --------------------------------------------------------------------------------------------


def test_how_far_a_workbook_is_read_is_told_in_bytes_of_its_file() -> None:
    content = of_rows(*((f"+1480555{number:04}",) for number in range(1000)))
    file = NumberFile(io.BytesIO(content))
    numbers = iter(file)
    for _ in range(500):
        next(numbers)
    assert file.bytes_read == len(content) // 2
    assert len(list(numbers)) == 500
    assert file.bytes_read == len(content)
    assert file.count == 1000


def test_how_far_a_text_is_read_is_told_in_bytes_and_never_more_than_it_has() -> None:
    content = b"+14805550101\n" * 3
    file = NumberFile(io.BytesIO(content))
    assert len(list(file)) == 3
    assert file.bytes_read == len(content)
    file.file.seek(0, 2)
    file.file.write(b"more")
    assert file.bytes_read == len(content)


def test_of_what_was_received_a_hundred_characters_are_kept() -> None:
    long = f"{A};{'x=' + 'y' * 120}"
    file = NumberFile(io.BytesIO(f"Phone,Name\n{long},Ann\n{'x' * 120} 5551234,Bob\n{A},Eve\n".encode()))
    assert [(each.line, each.raw) for each in file] == [(2, long[:100]), (4, A)]
    assert [bad.raw for bad in file.bad] == ["x" * 100]


def test_of_a_line_that_is_too_long_nothing_is_handed_on() -> None:
    file = NumberFile(io.BytesIO(b"4805550101\n" + b"1" * 40_000 + b"\n"))
    assert len(list(file)) == 1
    assert file.bad == [BadLine(2, "the line is longer than 32768 characters", "")]


def test_a_line_with_several_faults_and_numbers_hands_on_each() -> None:
    handed: list[BadLine] = []
    content = b"Phone,Cell,Name\n4805550101,55501,Ann\n555 0102; 4805550102,,Bob\n,,Eve\n,,\n"
    file = NumberFile(io.BytesIO(content), on_bad=handed.append)
    assert [(each.line, each.number) for each in file] == [(2, A), (3, B)]
    assert [(bad.line, bad.reason, bad.raw) for bad in file.bad] == [
        (2, "55501 has 5 digits; a US number has 10", "55501"),
        (3, "555 0102 has 7 digits; a US number has 10", "555 0102"),
        (4, "there is no number", ""),
    ]
    assert handed == file.bad
    assert (file.count, file.bad_count, file.passed_over) == (2, 3, 0)


@pytest.mark.parametrize(
    ("content", "separator"),
    [
        ("Name;Phone\nSmith, Joe;4805550101\nDoe, Ann;4805550102\n", ";"),
        ("Name,Phone\nSmith; Joe,4805550101\nDoe; Ann,4805550102\n", ","),
        ("4805550101,4805550102\n4805550103\n", ","),
        ("Ann|4805550101\n", "|"),
        ("Ann~4805550101\n", "~"),
        ("4805550101\n", ","),
        # All numbers by themselves, or all of them numbers, is better than two of three.
        ("x,4805550101;4805550102\nx,4805550101;4805550102\nx,Cell 4805550103;4805550104\n", ";"),
        ("x,Cell 4805550101;Home 4805550102\n" * 2 + "x,7 days;Home 4805550103\n", ";"),
        ("a1,b1;c1\nd1,e1;f1\n", ","),
        ("a1;b1\nc1;d1", ";"),
        ("a1;b1,c1\nd1;e1\n", ";"),
    ],
)
def test_the_separator_is_the_one_by_which_numbers_stand_by_themselves(content: str, separator: str) -> None:
    assert NumberFile(io.BytesIO(content.encode())).understood.separator == separator


def test_columns_that_turn_out_to_have_numbers_are_among_those_that_were_read() -> None:
    head = "Cell,Phone,Name\n"
    file = NumberFile(io.BytesIO(f"{head}{'x,4805550101,Ann' + chr(10)}".encode() + b"4805550102,,Bob\n"))
    assert [each.number for each in file] == [A, B]
    rows = ",4805550101,\n" * 250
    file = NumberFile(io.BytesIO(f"{head}{rows}4805550102,,\n4805550103,,\n".encode()))
    assert {each.number for each in file} == {A, B, C}
    assert file.understood.layout.chosen_names == ("Cell", "Phone")


def test_a_heading_without_numbers_below_it_is_no_list() -> None:
    assert refusal(b"Phone\n") == ("empty_file", "a heading stands in the file, and no number below it")
    late = b"Phone\n" + b"\n" * 300 + b"4805550101\n"
    assert [each.line for each in NumberFile(io.BytesIO(late))] == [302]
