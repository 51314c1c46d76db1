"""What people type into a search box, as it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.searched import EVERYTHING, read_search

NUMBERS = [
    ("(512) 555-0147", "15125550147"),
    ("512.555.0147", "15125550147"),
    ("+1 512-555-0147", "15125550147"),
    ("5125550147", "15125550147"),
    ("011 44 20 7946 0018", "442079460018"),
    ("+44 (0)20 7946 0018", "442079460018"),
    ("0147", "0147"),
    ("555-01", "55501"),
    ("(512)", "512"),
    ("512 555", "512555"),
    ("555\u20110147", "5550147"),
    ("hill 0147", ""),
    ("", ""),
    ("()-", ""),
]


@pytest.mark.parametrize(("typed", "digits"), NUMBERS)
def test_a_number_is_found_however_it_is_written_and_a_part_of_one_by_its_digits(typed: str, digits: str) -> None:
    assert read_search(typed, "US").digits == digits


def test_words_are_folded_each_by_itself_and_those_of_digits_may_be_parts_of_numbers() -> None:
    words = read_search("  Peña ROOFING 0147 ", "US").words
    assert [tuple(each) for each in words] == [("pena", ""), ("roofing", ""), ("0147", "0147")]


@given(st.text(max_size=100))
def test_any_text_can_be_searched_for_and_nothing_but_blanks_finds_everything(text: str) -> None:
    found = read_search(text, "US")
    assert found.digits.isdigit() or not found.digits
    assert (found == EVERYTHING) == (not text.split())
