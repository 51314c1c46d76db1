"""Text files line by line and row by row: encodings, ends of line, quotes, separators, what is too long."""

from __future__ import annotations

import io

import pytest

from ivr.domain.dnc.import_text import MAX_LINE_CHARACTERS, TextRows, split_rows

FULL = "1" * MAX_LINE_CHARACTERS


def opened(content: bytes | str) -> TextRows:
    return TextRows(io.BytesIO(content if isinstance(content, bytes) else content.encode()))


def rows(text: str, separator: str = ",") -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in split_rows(opened(text).lines(), separator)]


# -- encodings ----------------------------------------------------------------------------------------------------

CYRILLIC = "Имя;Телефон\nИван;+74955550101\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (CYRILLIC.encode(), "UTF-8"),
        (CYRILLIC.encode("utf-8-sig"), "UTF-8"),
        (CYRILLIC.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + CYRILLIC.encode("utf-16-be"), "UTF-16"),
        (CYRILLIC.encode("utf-16-le"), "UTF-16"),
        (CYRILLIC.encode("utf-16-be"), "UTF-16"),
        (CYRILLIC.encode("utf-32"), "UTF-32"),
        (b"\0\0\xfe\xff" + CYRILLIC.encode("utf-32-be"), "UTF-32"),
    ],
)
def test_a_file_is_read_in_its_encoding_whether_it_says_which_or_not(content: bytes, name: str) -> None:
    text = opened(content)
    assert [line.text for line in text.lines()] == CYRILLIC.splitlines()
    assert text.encoding_name == name


def test_a_file_in_windows_own_encoding_may_have_lines_in_utf8() -> None:
    text = opened("José\n".encode("cp1252") + "José\n".encode() + b"\x81\n")
    assert [line.text for line in text.lines()] == ["José", "José", "\ufffd"]
    assert text.encoding_name == "Windows-1252"


def test_a_few_zero_bytes_make_no_utf16() -> None:
    for zeros in (b"\0" * 6, b"a\0" * 3, b"\0a" * 3, b"a\0\0a" * 10):
        assert opened(b"480555010" * 3 + zeros).encoding_name == "UTF-8"


def test_what_is_no_text_in_utf16_and_utf32_costs_its_character_alone() -> None:
    (line,) = opened("480".encode("utf-16") + b"\x00\xd8" + "5".encode("utf-16-le")).lines()
    assert line.text == "480\ufffd5"


def test_a_character_cut_off_at_the_end_or_far_down_makes_windows_own_encoding() -> None:
    for content in (b"480\xc3", b"4805550101\n" * 200_000 + b"Jos\xe9\n"):
        assert opened(content).encoding_name == "Windows-1252"
    assert opened(b"4805550101\n" * 200_000 + "José\n".encode()).encoding_name == "UTF-8"


# -- lines --------------------------------------------------------------------------------------------------------


def test_lines_are_counted_whatever_ends_them() -> None:
    lines = list(opened("a\r\nb\rc\n\nd").lines())
    assert [(line.number, line.text) for line in lines] == [(1, "a"), (2, "b"), (3, "c"), (4, ""), (5, "d")]
    assert not any(line.too_long for line in lines)


@pytest.mark.parametrize("more", [1, 2, MAX_LINE_CHARACTERS, 3 * MAX_LINE_CHARACTERS + 1])
@pytest.mark.parametrize("following", ["\nb\nc", ""])
def test_a_line_that_is_too_long_has_no_text_and_the_ones_around_it_do(more: int, following: str) -> None:
    lines = list(opened(f"a\n{FULL}{'1' * more}{following}").lines())
    texts = [(1, "a", False), (2, "", True), (3, "b", False), (4, "c", False)]
    assert [tuple(line) for line in lines] == texts[: 4 if following else 2]


def test_a_line_of_the_greatest_length_is_whole() -> None:
    for end in ("\n", ""):
        (line,) = opened(FULL + end).lines()
        assert (line.text, line.too_long) == (FULL, False)


@pytest.mark.parametrize(
    ("first", "separator"),
    [("sep=;", ";"), ("SEP=^", "^"), ('"sep=|"', "|"), ("sep=\t", "\t"), ("sep=;;;;", ";"), (" sep=; ", ";"),
     ("sep=:", ":")],
)  # fmt: skip
def test_a_file_may_name_its_separator_in_its_first_line(first: str, separator: str) -> None:
    text = opened(f"{first}\na\n")
    assert [tuple(line) for line in text.lines()] == [(2, "a", False)]
    assert text.separator == separator


@pytest.mark.parametrize("content", ["a\nsep=;", "sep=1\na", "sep=", "sep=;,", "sep= ", "sep=+\na"])
def test_anything_else_names_no_separator_and_is_a_line(content: str) -> None:
    text = opened(content)
    assert [line.text for line in text.lines()] == content.splitlines()
    assert text.separator is None


# -- rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\nc", [(1, ["a", "b"]), (2, ["c"])]),
        ("\na,\n,,\n \t\xa0\x00\n\"\"\n,\"\" ,\nb\n", [(2, ["a", ""]), (7, ["b"])]),
        ('"a,b",c\n', [(1, ["a,b", "c"])]),
        ('"a ""b"" c",d\n', [(1, ['a "b" c', "d"])]),
        ('"a" ,b\n', [(1, ["a ", "b"])]),
        ('a,"two\nlines",b\nc\n', [(1, ["a", "two\nlines", "b"]), (3, ["c"])]),
        ('"a\n\n\nb"\nc\n', [(1, ["a\n\n\nb"]), (5, ["c"])]),
        ('"a\n"",""\nb",c\nd\n', [(1, ['a\n","\nb', "c"]), (4, ["d"])]),
        # Quotes that nothing closes are characters like others.
        ('"a,b\nc\nd\n', [(1, ['"a', "b"]), (2, ["c"]), (3, ["d"])]),
        ('a,"b\nc,d\n', [(1, ["a", '"b']), (2, ["c", "d"])]),
        ('5" pipe,b\n', [(1, ['5" pipe', "b"])]),
        ('"a\nb"x\nc\n', [(1, ['"a']), (2, ['b"x']), (3, ["c"])]),
        ('"a\n"b\nc",d\n', [(1, ['"a']), (2, ["b\nc", "d"])]),
        ('"a', [(1, ['"a'])]),
        ('"', []),
    ],
)
def test_a_row_is_what_stands_between_two_ends_of_line_that_no_cell_holds(
    text: str, found: list[tuple[int, list[str]]]
) -> None:
    assert rows(text) == found


@pytest.mark.parametrize("separator", [";", "|", "^", "~", "\t"])
def test_every_separator_splits_and_may_stand_in_quotes(separator: str) -> None:
    text = f'a{separator}"b{separator}c\nd"\n{separator}\ne\n'
    assert rows(text, separator) == [(1, ["a", f"b{separator}c\nd"]), (4, ["e"])]


@pytest.mark.parametrize(("lines", "is_one"), [(99, True), (100, True), (101, False)])
def test_a_cell_may_go_on_for_a_hundred_lines(lines: int, is_one: bool) -> None:
    found = rows('"' + "x\n" * lines + 'end",b\nc\n')
    if is_one:
        assert found == [(1, ["x\n" * lines + "end", "b"]), (lines + 2, ["c"])]
    else:
        assert [line for line, _ in found] == list(range(1, lines + 3))
        assert found[-2:] == [(lines + 1, ['end"', "b"]), (lines + 2, ["c"])]


def test_a_cell_is_no_longer_than_a_line_may_be() -> None:
    half = "1" * (MAX_LINE_CHARACTERS // 2 - 2)
    assert rows(f'"{half}\n{half}"\n') == [(1, [f"{half}\n{half}"])]
    assert [line for line, _ in rows(f'"{half}1\n{half}1"\nc\n')] == [1, 2, 3]


def test_a_line_that_is_too_long_ends_an_open_cell_and_is_a_fault() -> None:
    found = list(split_rows(opened(f'"a\n{FULL}1\nb"\n').lines(), ","))
    assert [(row.line, row.cells) for row in found] == [(1, ['"a']), (2, []), (3, ['b"'])]
    assert [row.fault for row in found] == [None, "the line is longer than 32768 characters", None]
