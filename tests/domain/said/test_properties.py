"""What holds for every text, whatever somebody writes."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.said.languages import RULES
from ivr.domain.said.own_words import OwnWords, replaced, words_in
from ivr.domain.said.pauses import TagRefused
from ivr.domain.said.said import Pause, normalise
from tests.domain.said.table_en import CASES as ENGLISH
from tests.domain.said.table_other import CASES as OTHER
from tests.domain.said.words import words_of

LANGUAGES = sorted(RULES)
# Pieces of what people write, put together in ways in which nobody would.
PIECES = [
    "1", "9", "00", "480-555-0199", "$", "49.95", "€", "R$ ", "%", "°F", "am", " p.m.", ":", "-", "–", "/", ".", ",",
    " ", "St", "Dr.", " Ave", "Mon", "Fri", "Jan.", "5th", "#", "*", "&", "w/", "AZ 85001", "www.", "a@b", ".com",
    "...",
    "<", ">", "<break/>", "{", "}", "{{x}}", "(", ")", "'", '"', "½", "II", "U.S.", "Uhr", "9h", "lun", "é", "ñ",
    "\u00a0", "\ue001", "\U0001f600", "A", "press ", "Oak ", "x", "ext. ",
]  # fmt: skip
PLAIN = ["hello", "call", "our", "office", "about", "pipes", "and", "roofs", "today", "please"]
texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=16).map("".join))


@given(texts, st.sampled_from([*LANGUAGES, "en-us", "pt-br", "ja", ""]))
def test_no_text_is_too_odd_to_be_read(text: str, language: str) -> None:
    try:
        said = normalise(text, language)
    except TagRefused:
        return
    assert not any(0xE000 <= ord(character) <= 0xF8FF for character in said.text)
    assert all(not isinstance(piece, Pause) or 0 < piece.ms <= 5000 for piece in said.pieces)
    if language in LANGUAGES:
        assert not any(character.isdigit() and character.isascii() for character in said.words)


@given(st.lists(st.sampled_from(PLAIN), min_size=1))
def test_plain_words_are_said_as_they_are(words: list[str]) -> None:
    text = " ".join(words).capitalize() + "."
    assert normalise(text, "en-us").text == text


@given(texts)
def test_letters_are_only_replaced_by_a_rule(text: str) -> None:
    """A language without rules loses nothing that a voice could say."""
    plain = re.sub(r"[<>{}\[\]$%]", " ", text)
    said = normalise(plain, "xx").text
    kept = [each for each in unicodedata.normalize("NFC", plain) if each.isalpha()]
    assert [each for each in re.sub(r"<break[^>]*>", "", said) if each.isalpha()] == kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_in_a_language_is_said_the_same_again(language: str) -> None:
    cases = [case[2] for case in ENGLISH] if language == "en" else []
    cases += [case[3] for case in OTHER if case[0].startswith(language)]
    for reading in cases:
        said = normalise(reading, language).text
        assert normalise(said, language).text == said
        assert words_of(said) == words_of(reading)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_abbreviations_of_other_languages_are_left_alone(language: str) -> None:
    foreign = {"en": "Sra", "es": "Mrs", "fr": "Sra", "de": "Mme", "pt": "Mlle", "it": "Mrs"}[language]
    assert foreign in normalise(f"{foreign} Lopez", language).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("piece", ["1", "1,", "1-", "1/", "1:00-", "a", "A.", "A ", "St. ", "(", "<", "#", "Mon-",
"1 x "])
def test_a_hostile_text_is_not_blown_up(language: str, piece: str) -> None:
    said = normalise((piece * 2000)[:2000], language)
    assert len(said.text) < 60_000


def test_own_words_are_whole_words_in_any_case_and_the_longest_counts() -> None:
    words = {"Geis": "guys", "Geis Garage": "the guys", "C++": "see plus plus"}
    assert replaced("GEIS, geisha, Geis garage. C++!", words) == "guys, geisha, the guys. see plus plus!"
    assert replaced("nothing", {}) == "nothing"


def test_an_entry_of_a_language_counts_in_its_texts_alone() -> None:
    words: OwnWords = {"once": {"say": "one time", "language": "en"}, "Geis": "guys", "Roxe": {"say": "rocks"}}
    assert words_in(words, "en-us") == {"once": "one time", "Geis": "guys", "Roxe": "rocks"}
    assert words_in(words, "es") == {"Geis": "guys", "Roxe": "rocks"}


def test_of_two_lists_the_later_counts_for_a_spelling_in_any_case() -> None:
    assert replaced("Geis", {"Geis": "guys"} | {"geis": "gize"}) == "gize"


def test_the_full_stop_of_a_title_goes_with_it_and_that_of_a_sentence_stays() -> None:
    words = {"Sr": "senior", "Geis": "guys"}
    assert replaced("El Sr. Pérez, de Geis. Llame.", words) == "El senior Pérez, de guys. Llame."
    assert replaced("John, sr. and others. Sr.", words) == "John, senior. and others. senior."
