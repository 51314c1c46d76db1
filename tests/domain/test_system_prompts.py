"""What Digitree says by itself: every language says all of it, and records name it by its file and its words."""

from __future__ import annotations

import pytest

from ivr.domain.menu.digits_said import digits_said
from ivr.domain.system_prompts.languages import (
    ENGLISH,
    LANGUAGES,
    find_text,
    find_words,
    languages_of,
    name_file,
    read_file,
)
from ivr.domain.system_prompts.words import SystemWords

each_language = pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
OFFERED = {
    "en": "Press 1, 2, or 9",
    "es": "Oprima 1, 2, o 9",
    "fr": "Appuyez sur 1, 2, ou 9",
    "de": "Drücken Sie 1, 2, oder 9",
    "pt-BR": "Tecle 1, 2, ou 9",
    "it": "Prema 1, 2, o 9",
}


@each_language
def test_every_language_says_what_english_says(words: SystemWords) -> None:
    assert words.sentences.keys() == ENGLISH.sentences.keys()
    assert ENGLISH.fragments.keys() <= words.fragments.keys()
    assert all(text.strip().endswith((".", "?")) for text in words.sentences.values())
    assert len(set(words.digits)) == 10


@each_language
def test_two_languages_share_no_sentence(words: SystemWords) -> None:
    others = {text for each in LANGUAGES.values() if each is not words for text in each.sentences.values()}
    assert others.isdisjoint(words.sentences.values())


@each_language
def test_the_keys_of_a_confirmation_are_understood_as_those_of_a_menu_are(words: SystemWords) -> None:
    assert digits_said(words.sentences["confirm_number"]) == ["1", "2"]
    assert digits_said(words.offer("129")) == ["1", "2", "9"]
    assert digits_said(words.sentences["key_number"]) == ["#"]


@each_language
def test_keys_are_offered_as_a_caller_expects_them(words: SystemWords) -> None:
    assert words.offer("129") == OFFERED[words.language]
    assert words.keys_offered("19*")[:2] == ["press", "1"]
    assert words.keys_offered("19*")[-1] == "star"
    assert words.keys_offered("1") == ["press", "1"]


def test_spanish_says_u_ocho() -> None:
    spanish = LANGUAGES["es"]
    assert spanish.offer("78") == "Oprima 7, u 8"
    assert spanish.keys_offered("78") == ["press", "7", "or_8", "8"]
    assert spanish.fragments["or_8"] == "u,"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("es", "es"), ("ES", "es"), ("es-MX", "es"), ("es-419", "es"), ("pt", "pt-BR"), ("pt-PT", "pt-BR"),
        ("pt_br", "pt-BR"), ("de-AT", "de"), ("en-gb", "en"), ("it", "it"), ("fr-fr", "fr"), ("ja", None), ("", None),
    ],
)  # fmt: skip
def test_a_language_of_any_country_is_that_language(asked: str, spoken: str | None) -> None:
    found = find_words(asked)
    assert (found.language if found else None) == spoken
    assert list(languages_of(asked)) == list(dict.fromkeys([spoken or "en", "en"]))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("system/goodbye.wav", ENGLISH.sentences["goodbye"]),
        ("system/es/goodbye.wav", LANGUAGES["es"].sentences["goodbye"]),
        ("system/es/keys-19.wav", "Oprima 1, o 9"),
        ("system/pt-BR/keys-sp.wav", "Tecle *, ou #"),
        ("system/keys-1.wav", "Press 1"),
        ("system/7.wav", "seven."),
        ("system/ja/goodbye.wav", None),
        ("system/en/goodbye.wav", None),
        ("system/spoken/joe/n1.wav", None),
        ("system/unheard.wav", None),
        ("goodbye.wav", None),
        ("0" * 32 + ".wav", None),
    ],
)
def test_the_words_of_a_file_that_records_name(file: str, text: str | None) -> None:
    assert find_text(file) == text


@each_language
def test_a_file_is_read_as_it_was_named(words: SystemWords) -> None:
    assert read_file(name_file(words.language, "opted_out")) == (words, "opted_out")
