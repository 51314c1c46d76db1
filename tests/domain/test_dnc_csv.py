"""A CSV of numbers: whatever people's spreadsheets write, and every bad line by its number."""

from __future__ import annotations

import pytest

from ivr.domain.dnc.csv_lines import MAX_BAD_SHOWN, MAX_LINE_BYTES, CsvNumbers


def read(text: str | bytes) -> tuple[list[str], list[int]]:
    content = text if isinstance(text, bytes) else text.encode()
    numbers = CsvNumbers(content.splitlines(keepends=True))
    found = [each.number for each in numbers]
    assert numbers.count == len(found)
    return found, [each.line for each in numbers.bad]


@pytest.mark.parametrize(
    "text",
    [
        "+14805551234\n+14805550000\n",
        "4805551234\r\n(480) 555-0000\r\n",
        "number\n480.555.1234\n\n+1 480 555 0000",
        "\ufeffName,Phone\nJoe,+14805551234\n\"Smith, Ann\",\"+14805550000\"\n",
        "name;number\nJoe;14805551234\nAnn;+14805550000\n",
        "number\tname\n'+14805551234\tJoe\n+14805550000\tAnn\n",
    ],
)
def test_numbers_are_found_however_they_are_written(text: str) -> None:
    assert read(text) == (["+14805551234", "+14805550000"], [])


def test_numbers_of_other_countries_are_taken() -> None:
    assert read("+442079460958\n+4915112345678\n") == (["+442079460958", "+4915112345678"], [])


def test_bad_lines_are_named_by_their_number_and_the_others_are_read_on() -> None:
    text = 'number,name\n+14805551234,Joe\nnobody,Ann\n\n,Bob\n"+1480555\n12\n+14805550000,"Eve\n+14805550001,Kim\n'
    assert read(text) == (["+14805551234", "+14805550000", "+14805550001"], [3, 5, 6, 7])


def test_bytes_that_are_no_text_and_endless_lines_are_bad_lines() -> None:
    text = b"+14805551234\n\xff\xfe\x00\n" + b"1" * (MAX_LINE_BYTES + 1) + b"\n+14805550000\n"
    assert read(text) == (["+14805551234", "+14805550000"], [2, 3])


def test_the_bad_lines_shown_are_bounded_and_all_are_counted() -> None:
    numbers = CsvNumbers([b"x\n"] * (MAX_BAD_SHOWN + 5))
    assert list(numbers) == []
    assert (len(numbers.bad), numbers.bad_count) == (MAX_BAD_SHOWN, MAX_BAD_SHOWN + 5)


def test_released_and_unidentified_lines_of_our_own_export_are_passed_over() -> None:
    text = (
        "number,number_as_received,source,state\n+14805551234,x,ani,listed\n+14805550000,x,ani,released\n"
        ",anonymous,ani,listed\n"
    )
    numbers = CsvNumbers(text.encode().splitlines(keepends=True))
    assert [each.number for each in numbers] == ["+14805551234"]
    assert (numbers.passed_over, numbers.bad_count) == (2, 0)
