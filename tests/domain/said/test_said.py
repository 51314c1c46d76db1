"""What is said for a text: the tables of right readings, and what holds for every text."""

from __future__ import annotations

import pytest

from ivr.domain.said.said import normalise
from tests.domain.said.table_en import CASES as ENGLISH
from tests.domain.said.words import words_of


@pytest.mark.parametrize(("text", "reading"), [case[1:] for case in ENGLISH], ids=[case[1][:40] for case in ENGLISH])
def test_an_english_text_is_heard_as_it_was_meant(text: str, reading: str) -> None:
    assert words_of(normalise(text, "en-us").text) == words_of(reading)


@pytest.mark.parametrize("reading", [case[2] for case in ENGLISH], ids=[case[1][:40] for case in ENGLISH])
def test_what_is_said_is_said_the_same_again(reading: str) -> None:
    said = normalise(reading, "en-us").text
    assert normalise(said, "en-us").text == said
    assert words_of(said) == words_of(reading)
