"""What headings and cells say of a file's columns, and what a row says by them."""

from __future__ import annotations

import pytest

from ivr.domain.dnc.import_cells import cell_text, find_only_number, read_cell
from ivr.domain.dnc.import_columns import find_layout, readable
from ivr.domain.dnc.import_headings import OF_OTHER_THINGS, OF_PHONES, PERHAPS, UNKNOWN, heading_key, rank_heading
from ivr.domain.dnc.import_layout import Column, Layout, Pick, is_empty
from ivr.domain.dnc.import_spread import find_spreads
from ivr.domain.errors import ImportUnreadable
from ivr.domain.number_text import MAX_TEXT

A, B, C = "+14805550101", "+14805550102", "+14805550103"

# -- headings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rank", "headings"),
    [
        (
            OF_PHONES,
            ["Phone", "Phone (first)", "DNC list", "caller id", "Phone number", "a b c d phone", "p" * 35 + "phone",
             "MSISDN", "Home mobile address"],
        ),
        (PERHAPS, ["number", "No", "Numbers", "Nummer"]),
        (
            OF_OTHER_THINGS,
            ["phone type", "Caller ID Displayed", "account number", "First", "Last line", "line", "order id",
             "userid", "grid", "Zip", "phone code"],
        ),
        (
            UNKNOWN,
            ["", "!!!", "first number", "number two", "a b c d e phone", "p" * 36 + "phone", "x" * 41, "hello"],
        ),
    ],
)  # fmt: skip
def test_a_heading_says_how_likely_telephone_numbers_stand_below_it(rank: int, headings: list[str]) -> None:
    assert [(each, rank_heading(each)) for each in headings] == [(each, rank) for each in headings]


def test_a_heading_is_the_same_however_its_words_are_joined() -> None:
    assert {heading_key(each) for each in ("Area Code", "area_code", "AreaCode", "AREA-CODE")} == {"areacode"}


# -- cells --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("4805550101", "4805550101"), (" 480 \t", "480"), ("'480'", "480"), ("\u201c480\u201d", "480"),
        ('="480"\x1a', '="480"'), (" --- ", "---"), ("n/a", "n/a"), ("\\N", "\\N"), ('"', ""), (" ' a ' ", "a"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_cell_is_read_without_what_stands_around_it(cell: str, text: str) -> None:
    assert cell_text(["x", cell], 1) == text
    assert cell_text(["x", cell], 2) == ""


@pytest.mark.parametrize(
    ("cell", "received"),
    [
        ("Cell:  480-555-0101", ["Cell: 480-555-0101"]),
        ("480-555-0101\n(home)", ["480-555-0101 (home)"]),
        ("480-555-0101 /\n480-555-0102", ["480-555-0101", "480-555-0102"]),
        ("480  555 0101; 'x'", ["480 555 0101"]),
        ("480  555 0101", ["480  555 0101"]),
        ("H: 480-555-0101 W: 480-555-0102", ["480-555-0101", "480-555-0102"]),
        ("480-555-0101, 480-555-0102 or  480-555-0103", ["480-555-0101", "480-555-0102", "480-555-0103"]),
    ],
)
def test_each_number_of_a_cell_is_kept_as_it_was_received_in_one_line(cell: str, received: list[str]) -> None:
    reading = read_cell(cell, "US")
    assert [(number, raw) for number, raw in reading.numbers] == list(zip((A, B, C), received, strict=False))
    assert reading.fault is None


@pytest.mark.parametrize(
    ("cell", "numbers", "fault"),
    [
        ("480-555-0101; nobody", [A], None),
        ("nobody; 480-555-0101; 12", [A], "12 has 2 digits; a US number has 10"),
        ("12; 480-555-0101; 13", [A], "12 has 2 digits; a US number has 10"),
        ("ask Bob in 5 days", [], "ask Bob in 5 days is not a telephone number"),
        ("480-555-0101 480-555-0102 and 7 more", [A, B], "7 more is not a telephone number"),
        ("480-555-0101 480-555-0102 plus 7", [], "480-555-0101 480-555-0102 plus 7 is not a telephone number"),
        ("480-555-0101 480-555-0102 thanks", [A, B], None),
        ("480-555-0101 then 480-555-0102", [A, B], None),
        ("480-555-0101 480-555-0102 480-555-0103", [A, B, C], None),
        ("222-222-2222 480-555-0102", [], "222-222-2222 480-555-0102 has 20 digits; a US number has 10; a number of "
                                          "another country begins with +"),
        ("(cell) 480-555-0101", [A], None),
        ("Cell phone of Ann: 480-555-0101", [], "Cell phone of Ann: 480-555-0101 is not a telephone number"),
        ("Home cell: 480-555-0101", [A], None),
        ("480-555-0101 - home", [A], None),
        ("480-555-0101/480-555-0102/480-555-0103", [A, B, C], None),
    ],
)  # fmt: skip
def test_nothing_with_digits_in_it_is_passed_over(cell: str, numbers: list[str], fault: str | None) -> None:
    reading = read_cell(cell, "US")
    assert [number for number, _ in reading.numbers] == numbers
    assert (str(reading.fault) if reading.fault else None) == fault


def test_what_is_wrong_names_the_text_in_one_line() -> None:
    reading = read_cell("480 555\n01", "US")
    assert reading.fault is not None
    assert reading.fault.raw == "480 555 01"
    (number,) = read_cell("480-555-0101; 480 \t 5", "US").numbers
    assert number == (A, "480-555-0101")


def test_a_cell_longer_than_any_number_is_a_fault_whatever_stands_in_it() -> None:
    cell = "480-555-0101; " + "x" * MAX_TEXT
    reading = read_cell(cell, "US")
    assert reading.numbers == ()
    assert "is too long for a telephone number" in str(reading.fault)
    fits = "480-555-0101; " + "x" * (MAX_TEXT - 14)
    assert [number for number, _ in read_cell(fits, "US").numbers] == [A]


def test_numbers_side_by_side_are_told_apart_only_where_their_length_is_known() -> None:
    assert read_cell("480-555-0101 480-555-0102", "DE").numbers == ()
    assert [number for number, _ in read_cell("480-555-0101 480-555-0102", "CA").numbers] == [A, B]


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [("480555", "US", None), ("4805550101", "US", A), ("030123", "DE", "+4930123"), ("03012", "DE", None),
     ("Ann", "US", None)],
)  # fmt: skip
def test_a_cell_with_one_number_and_nothing_else(text: str, region: str, number: str | None) -> None:
    assert find_only_number(text, region) == number


# -- numbers spread over columns ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "row", "found"),
    [
        ([], ["480", "5550101"], [(0, 1)]),
        ([], ["480", "555-0101"], [(0, 1)]),
        ([], ["(480)", "555.0101"], [(0, 1)]),
        ([], ["480.0", "5550101.0"], [(0, 1)]),
        ([], ["x", "480", "5550101"], [(1, 2)]),
        ([], ["480", "555", "0101"], [(0, 1, 2)]),
        ([], ["480", "555", "0101", "602", "555", "0102"], [(0, 1, 2), (3, 4, 5)]),
        ([], ["x", "480", "555", "0101"], [(1, 2, 3)]),
        ([], ["480", "5550101", "602", "5550102"], [(0, 1), (2, 3)]),
        (["areacode", "name", "phone"], ["480", "Ann", "5550101"], [(0, 2)]),
        (["phone", "areacode"], ["5550101", "480"], [(1, 0)]),
        (["name", "name", "phone"], ["480", "Ann", "5550101"], []),
        ([], ["180", "5550101"], []),
        ([], ["480", "4805550101"], []),
        ([], ["480"], []),
        ([], [], []),
    ],
)
def test_an_area_code_and_the_rest_beside_it_are_one_number(
    keys: list[str], row: list[str], found: list[tuple[int, ...]]
) -> None:
    assert find_spreads(keys, [row, ["", "", ""]], len(row)) == found


@pytest.mark.parametrize(
    ("keys", "good", "bad", "is_found"),
    [([], 4, 1, True), ([], 3, 1, False), (["areacode"], 1, 4, True), (["areacode"], 1, 5, False)],
)
def test_most_rows_must_have_the_shape_and_a_fifth_where_a_heading_says_so(
    keys: list[str], good: int, bad: int, is_found: bool
) -> None:
    body = [["480", "5550101"]] * good + [["602", "4805550101"]] * bad
    assert find_spreads(keys, body, 2) == ([(0, 1)] if is_found else [])


# -- picks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pick", "cells", "numbers"),
    [
        (Pick((1,)), ["x", "480-555-0101"], [(A, "480-555-0101")]),
        (Pick((1,)), ["x", "NULL"], None),
        (Pick((1,)), ["x"], None),
        (Pick((0, 1)), ["480", "555-0101"], [(A, "480 555-0101")]),
        (Pick((0, 1)), ["480.0", "5550101.0"], [(A, "480 5550101")]),
        (Pick((1, 0)), ["5550101", "480"], [(A, "480 5550101")]),
        (Pick((0, 1, 2)), ["480", "555", "0101"], [(A, "480 555 0101")]),
        (Pick((0, 1)), ["", "n/a"], None),
        (Pick((0, 1)), ["602", "480-555-0101"], [(A, "480-555-0101")]),
        (Pick((0, 1)), ["", "480-555-0101"], [(A, "480-555-0101")]),
        (Pick((0, 1)), ["480", "555"], []),
        (Pick((0, 1)), ["602", "480-555-0101; 480-555-0102"], [(A, "480-555-0101"), (B, "480-555-0102")]),
        (Pick((1,), 0), ["1", "4805550101"], [(A, "+1 4805550101")]),
        (Pick((1,), 0), ["+1.0", "4805550101"], [(A, "+1 4805550101")]),
        (Pick((1,), 0), ["44", "2079460958"], [("+442079460958", "+44 2079460958")]),
        (Pick((1,), 0), ["44", "+14805550101"], [(A, "+14805550101")]),
        (Pick((1,), 0), ["354", "4805550101"], [(A, "4805550101")]),
        (Pick((1,), 0), ["", "4805550101"], [(A, "4805550101")]),
        (Pick((1,), 0), ["44", "020 7946 0958; 020 7946 0959"],
         [("+442079460958", "020 7946 0958"), ("+442079460959", "020 7946 0959")]),
        (Pick((1,), 0), ["800", "480-555-0101; 480-555-0102"], [(A, "480-555-0101"), (B, "480-555-0102")]),
        (Pick((1,), 0), ["1", ""], None),
    ],
)  # fmt: skip
def test_the_cells_of_a_row_are_its_numbers(
    pick: Pick, cells: list[str], numbers: list[tuple[str, str]] | None
) -> None:
    reading = pick.read(cells, "US")
    assert (None if reading is None else list(reading.numbers)) == numbers
    if reading is not None:
        assert (reading.fault is None) is bool(numbers)


def test_of_a_number_that_is_spread_all_of_it_is_at_fault() -> None:
    reading = Pick((0, 1)).read(["480", "555"], "US")
    assert reading is not None
    assert str(reading.fault) == "480 555 has 6 digits; a US number has 10"


def test_a_number_that_is_spread_is_one_of_the_region() -> None:
    reading = Pick((0, 1)).read(["020", "79460958"], "GB")
    assert reading is not None
    assert list(reading.numbers) == [("+442079460958", "020 79460958")]


LAYOUT = Layout(
    (Column("CC", ("1",), 0, 1), Column("Phone", (A,), 3, 4), Column("", (), 2, 5), Column("Cell", (), 0, 0)),
    1, (Pick((1,), 0), Pick((2,))), watched=(3,), watches_rest=True,
)  # fmt: skip


def test_a_layout_names_and_counts_what_it_chose() -> None:
    assert LAYOUT.chosen_names == ("CC and Phone", "column 3")
    assert [LAYOUT.is_chosen(place) for place in range(4)] == [True, True, True, False]
    assert LAYOUT.count_numbers() == 5


@pytest.mark.parametrize(
    ("cell", "seen"),
    [(A, True), ("480555", True), ("48055", False), ("nobody", False), ("Ann 480-555-0101", True), ("", False)],
)
def test_below_a_heading_of_telephones_all_that_seems_a_number_is_watched_for(cell: str, seen: bool) -> None:
    found = list(LAYOUT.read_watched(["", "", "", cell], "US"))
    assert [place for place, _ in found] == ([3] if seen else [])


@pytest.mark.parametrize(
    ("cell", "seen"), [(A, True), ("480555", False), ("Ann 480-555-0101", False), ("480-555-0101; 480555", False)]
)
def test_beyond_the_last_column_only_what_is_a_number_is_one(cell: str, seen: bool) -> None:
    found = list(LAYOUT.read_watched(["", "", "", "", "", cell], "US"))
    assert [place for place, _ in found] == ([5] if seen else [])
    only_chosen = Layout(LAYOUT.columns, 1, LAYOUT.picks)
    assert list(only_chosen.read_watched(["", "", "", "", "", cell], "US")) == []


@pytest.mark.parametrize(
    ("cells", "empty"), [([], True), (["", " "], True), (["NULL", "n/a", "'"], True), (["", "x"], False)]
)
def test_a_row_that_says_nothing_is_empty(cells: list[str], empty: bool) -> None:
    assert is_empty(cells) is empty


# -- columns ------------------------------------------------------------------------------------------------------


def chosen(rows: list[list[str]], *columns: str, region: str = "US") -> tuple[int, list[tuple[int, ...]]]:
    layout = find_layout(rows, region, columns)
    return layout.heading_rows, [pick.parts for pick in layout.picks]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        # headings
        ([["Name", "Phone"], ["Ann", A]], (1, [(1,)])),
        ([["Our list"], [], ["Name", "Phone"], ["Ann", A]], (3, [(1,)])),
        ([["Ann", A], ["Phone", B]], (0, [(1,)])),
        ([["Who", "What"], ["Ann", A]], (1, [(1,)])),
        ([["Who"], [A]], (0, [(0,)])),
        ([["Ann", "4805550101"], ["Eve", "4805550102"]], (0, [(1,)])),
        ([["Who", "Flat 100"], ["Ann", A]], (0, [(1,)])),
        ([["Who", "NULL"], ["Ann", A]], (0, [(1,)])),
        ([["x"] * 2] * 10 + [["Name", "Phone"], ["Ann", A]], (1, [(1,)])),
        # several columns
        ([["Phone", "Name", "Cell"], [A, "Ann", B]], (1, [(0,), (2,)])),
        ([["Phone", "Fax"], [A, B]], (1, [(0,)])),
        ([["Phone", "Other"], [A, B]], (1, [(0,), (1,)])),
        ([["Phone", "Other"], [A, "1000003"]], (1, [(0,)])),
        ([["Phone", "Cell"], [A, ""]], (1, [(0,), (1,)])),
        ([["Phone", "Cell"], [A, "nobody"]], (1, [(0,)])),
        ([["Phone", "Cell"], [A, "555 01"]], (1, [(0,), (1,)])),
        ([["Phone", "Cell"], [A, "5501"]], (1, [(0,)])),
        # half of what stands there
        ([["Phone", "What"], [B, A], [B, "x"]], (1, [(0,), (1,)])),
        ([["Phone", "What"], [B, A], [B, "x"], [B, "y"]], (1, [(0,)])),
        ([["Who", "What"], ["a", A], ["b", "x"]], (1, [(1,)])),
        ([["Who", "What", "Whom"], ["a", A, B], ["b", "x", B], ["c", "y", B]], (1, [(2,)])),
        ([["Who", "What"], ["a", "555-0101"], ["b", A]], (1, [(1,)])),
        # spread
        ([["480", "5550101"], ["602", "5550102"]], (0, [(0, 1)])),
        ([["area", "phone"], ["480", "5550101"]], (1, [(0, 1)])),
        ([["phone", "area"], ["5550101", "480"]], (1, [(1, 0)])),
        ([["area", "local", "phone"], ["480", "5550101", B]], (1, [(0, 1), (2,)])),
        ([["code", "phone", "cell"], ["480", "5550101", B]], (1, [(0, 1), (2,)])),
        ([["phone"], [A, "480", "5550101"]], (1, [(0,)])),
        ([["id", "ext", "phone"], ["480", "5550101", A]], (1, [(2,)])),
        # a column of other things
        ([["id", "name"], ["4805550101", "Ann"]], (1, [(0,)])),
        ([["id", "Who"], ["4805550101", "Ann"]], (1, [(0,)])),
        ([["name", "city"], ["Joe", "Mesa"]], (1, [(0,)])),
        ([["city", "Phone"], ["Mesa", "Joe"]], (1, [(1,)])),
        ([["city", "number"], ["Mesa", "Joe"]], (1, [(1,)])),
        # our own export
        ([["number", "number_as_received", "state"], [A, "x", "listed"]], (1, [(0,)])),
        ([["state", "number_as_received", "number"], ["listed", B, A]], (1, [(2,)])),
    ],
)  # fmt: skip
def test_the_columns_with_telephone_numbers_are_found(
    rows: list[list[str]], found: tuple[int, list[tuple[int, ...]]]
) -> None:
    assert chosen(rows) == found


def test_of_columns_that_are_hardly_numbers_the_one_with_more_in_use_is_read() -> None:
    """No exchange begins with 0 or 1: such a column has row numbers or times."""
    numbers = ("4805550101", "4805550102", "2000000003", "2000000004", "2000000005")
    assert chosen([[f"20000000{n}", number] for n, number in enumerate(numbers, 10)]) == (0, [(1,)])


def test_a_column_that_counts_up_beside_one_with_numbers_has_ids() -> None:
    """Dates with a number behind them look like telephone numbers of Washington."""
    ids = ("2026030101", "2026030102", "2026030103")
    numbers = ("4805550199", "4805550107", "6025550115")
    assert chosen([list(row) for row in zip(ids, numbers, strict=True)]) == (0, [(1,)])
    assert chosen([list(row) for row in zip(numbers, ids, strict=True)]) == (0, [(0,)])
    assert chosen([[each] for each in ids]) == (0, [(0,)])


def test_a_column_whose_numbers_begin_far_down_is_read_as_well() -> None:
    rows = [["Who", "Alternate"], *[["4805550101", ""]] * 120, *[["4805550101", "4805550102"]] * 50]
    assert chosen(rows) == (1, [(0,), (1,)])


def test_of_columns_with_few_numbers_the_one_with_the_greater_share_is_read() -> None:
    many, few = ["4805550101"] * 4 + ["Ann"] * 8, ["4805550102"] * 2 + ["Eve"] * 3 + [""] * 7
    assert chosen([["Who", "Whom"], *map(list, zip(many, few, strict=True))]) == (1, [(1,)])


def test_a_number_may_have_six_digits_and_its_cell_two_hundred_characters() -> None:
    rows = [["Name", "Phone"], ["Ann", "030123"], ["Bob", "03012"]]
    assert find_layout(rows, "DE").columns[1].numbers == 1
    for length, numbers in ((200, 1), (201, 0)):
        cell = "480-555-0101;" + "x" * (length - 13)
        assert find_layout([["Name", "Phone"], ["Ann", cell]], "US").columns[1].numbers == numbers


def test_of_our_own_export_the_column_that_says_what_was_released_is_known() -> None:
    rows = [["state", "number_as_received", "number"], ["listed", B, A]]
    assert find_layout(rows, "US").state == 0
    assert find_layout(rows, "US", ("number",)).state is None
    assert find_layout([["state", "number"], ["AZ", A]], "US").state is None


def test_a_file_without_rows_has_no_columns() -> None:
    assert find_layout([], "US").columns == ()


@pytest.mark.parametrize(
    ("rows", "watched"),
    [
        ([["Name", "Phone", "Extra"], ["Ann", A, ""]], (2,)),
        ([["Name", "Phone", "Fax"], ["Ann", A, ""]], ()),
        ([["Name", "Phone", "Cell"], ["Ann", A, "nobody"]], (2,)),
        ([["Name", "Phone", "Extra"], ["Ann", A, "x"]], ()),
    ],
)
def test_columns_in_which_nothing_stands_yet_are_watched(rows: list[list[str]], watched: tuple[int, ...]) -> None:
    layout = find_layout(rows, "US")
    assert layout.watched == watched
    assert layout.watches_rest
    only = find_layout(rows, "US", ("Phone",))
    assert (only.watched, only.watches_rest) == ((), False)


@pytest.mark.parametrize(
    ("rows", "country"),
    [
        ([["cc", "phone"], ["1", A]], 0),
        ([["phone", "Country Code"], [A, "+44"]], 1),
        ([["cc", "phone"], ["US", A]], None),
        ([["cc", "phone"], ["", A]], None),
        ([["cc", "phone"], ["1", A], ["US", B]], None),
        ([["cc", "phone"], ["1", A], ["", B]], 0),
        ([["cx", "phone"], ["1", A]], None),
    ],
)
def test_a_column_of_country_codes_belongs_to_the_numbers_beside_it(
    rows: list[list[str]], country: int | None
) -> None:
    (pick,) = find_layout(rows, "US").picks
    assert pick.country == country


def test_a_number_that_is_spread_has_its_area_and_no_country_beside_it() -> None:
    rows = [["cc", "area", "phone", "cell"], ["1", "480", "5550101", B]]
    assert [(pick.parts, pick.country) for pick in find_layout(rows, "US").picks] == [((1, 2), None), ((3,), 0)]


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["Phone"], [(2,)]),
        (["area"], [(1,)]),
        (["phone", "Cell"], [(2,), (3,)]),
        (["Cell", "phone"], [(3,), (2,)]),
        (["Cell", "4", "cell"], [(3,)]),
        (["2+3"], [(1, 2)]),
        (["2,3"], [(1, 2)]),
        (["2 3"], [(1, 2)]),
        (["1"], [(0,)]),
    ],
)
def test_columns_are_chosen_by_heading_or_place(columns: list[str], found: list[tuple[int, ...]]) -> None:
    rows = [["id", "city", "Phone", "Cell"], ["7", "Mesa", A, B]]
    columns = ["city" if each == "area" else each for each in columns]
    assert chosen(rows, *columns) == (1, found)


def test_the_last_part_of_a_spread_number_stands_for_all_of_it() -> None:
    rows = [["area", "phone", "cell"], ["480", "5550101", B]]
    assert chosen(rows, "phone") == (1, [(0, 1)])
    assert chosen(rows, "area") == (1, [(0,)])
    assert chosen(rows, "2") == (1, [(0, 1)])
    of_three = [["areacode", "prefix", "suffix"], ["480", "555", "0101"]]
    assert chosen(of_three, "suffix") == (1, [(0, 1, 2)])


def test_a_heading_that_was_asked_for_is_one_wherever_it_stands() -> None:
    rows = [["x"], ["y", "z"], ["who", "whom to ring"], ["Ann", A]]
    assert chosen(rows, "Whom  to ring") == (3, [(1,)])
    assert chosen([["1", "2"], ["Ann", A]], "2") == (0, [(1,)])


def test_a_column_of_country_codes_that_was_chosen_itself_has_none_beside_it() -> None:
    (pick,) = find_layout([["cc", "phone"], ["1", A]], "US", ("cc",)).picks
    assert (pick.parts, pick.country) == ((0,), None)


@pytest.mark.parametrize("column", ["Fax", "5", "0", "", "1+1", "+", "1+2+3+4", "99999"])
def test_a_column_that_is_not_there_is_refused_with_those_that_are(column: str) -> None:
    with pytest.raises(ImportUnreadable) as refused:
        find_layout([["id", "", "Phone", "Cell"], ["7", "x", A, B]], "US", (column,))
    assert str(refused.value) == f"there is no column {column}; there are id, 2, Phone, Cell"
    assert refused.value.code == "column_not_found"


def test_a_long_list_of_columns_is_cut_short() -> None:
    names = [f"c{place}" for place in range(32)]
    for count, more in ((30, "c29"), (31, "c29 and 1 more"), (32, "c29 and 2 more")):
        with pytest.raises(ImportUnreadable) as refused:
            find_layout([names[:count], ["x"] * count], "US", ("x" * 50,))
        assert str(refused.value).startswith(f"there is no column {'x' * 40}; there are c0, c1, c2,")
        assert str(refused.value).endswith(more)


def test_a_column_is_shown_with_its_first_cells_and_what_stands_in_it() -> None:
    long = "x" * 41
    rows = [["Name", f"P{long}"], ["Ann  B", A], ["", "n/a"], [long, B], ["Eve", "nobody"], ["Kim", C]]
    assert find_layout(rows, "US").columns == (
        Column("Name", ("Ann B", "x" * 40, "Eve"), 0, 4),
        Column(f"P{'x' * 39}", (A, B, "nobody"), 3, 4),
    )


@pytest.mark.parametrize(
    ("rows", "measure"),
    [
        ([[A], [B]], (1.0, 1.0)),
        ([["Ann", A], ["Bob", "none"]], (0.5, 0.5)),
        ([[f"Cell: {A}"], [B]], (0.5, 1.0)),
        ([["Ann", "none"]], (0.0, 0.0)),
        ([[]], (0.0, 0.0)),
        ([], (0.0, 0.0)),
        ([[f"Cell: {A}", "x"], ["x", B]], (0.5, 0.5)),
    ],
)
def test_how_well_rows_are_split_is_measured_by_their_best_column(
    rows: list[list[str]], measure: tuple[float, float]
) -> None:
    assert readable(rows, "US") == measure
