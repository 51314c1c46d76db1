"""What is said at a place: one prompt, several in sequence, and either for each language."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu.sequences import Piece, choose_language, count_attempts, pieces_of, sequence_at, sequence_of

BOTH = {"en": "a.wav", "es": ["b.wav", "c.wav"]}


@pytest.mark.parametrize(
    ("said", "language", "languages", "heard"),
    [
        (None, "", (), ()),
        ("a.wav", "", (), ("a.wav",)),
        ("a.wav", "es", ("en", "es"), ("a.wav",)),
        (["a.wav", "b.wav"], "", (), ("a.wav", "b.wav")),
        (BOTH, "es", ("en", "es"), ("b.wav", "c.wav")),
        (BOTH, "fr", ("en", "es", "fr"), ("a.wav",)),
        (BOTH, "fr", ("fr", "es", "en"), ("b.wav", "c.wav")),
        (BOTH, "", (), ("a.wav",)),
    ],
)
def test_a_language_that_says_nothing_is_replaced_by_the_menus_first_one_that_does(
    said: Any, language: str, languages: tuple[str, ...], heard: tuple[str, ...]
) -> None:
    assert sequence_of(said, language, languages) == heard


@pytest.mark.parametrize(
    ("said", "attempts", "first", "second", "third"),
    [
        (None, 0, (), (), ()),
        ("a", 1, ("a",), ("a",), ("a",)),
        (["a", "b"], 2, ("a",), ("b",), ("b",)),
        (["a", ["b", "c"]], 2, ("a",), ("b", "c"), ("b", "c")),
        ({"en": "a", "es": ["b", "c"]}, 2, ("b",), ("c",), ("c",)),
    ],
)
def test_each_attempt_has_an_item_and_the_last_one_is_reused(
    said: Any, attempts: int, first: tuple[str, ...], second: tuple[str, ...], third: tuple[str, ...]
) -> None:
    assert count_attempts(said) == attempts
    assert [sequence_at(said, again, "es") for again in (1, 2, 3)] == [first, second, third]


def test_every_item_is_told_with_its_place() -> None:
    assert list(pieces_of(None)) == []
    assert list(pieces_of("a")) == [Piece((), None, "a")]
    assert list(pieces_of(["a", ["b"]])) == [Piece(("0",), None, "a"), Piece(("1", "0"), None, "b")]
    assert list(pieces_of(BOTH)) == [
        Piece(("en",), "en", "a.wav"), Piece(("es", "0"), "es", "b.wav"), Piece(("es", "1"), "es", "c.wav")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("", "en"), ("es", "es"), ("ES", "es"), ("es-MX", "es"), ("pt-BR", "pt-BR"), ("pt_br", "pt-BR"),
        ("pt", "pt-BR"), ("fr", "en"), ("english", "en"),
    ],
)  # fmt: skip
def test_the_language_nearest_to_what_is_wanted_is_spoken(wanted: str, chosen: str) -> None:
    assert choose_language(("en", "es", "pt-BR"), wanted) == chosen


def test_a_menu_without_languages_speaks_none() -> None:
    assert choose_language((), "es") == ""
