from __future__ import annotations

import pytest

from tts.client.errors import BadText
from tts.server.texts import normalise_text


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("  Press 1,\n or\t 9. ", "Press 1, or 9."),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\ufeffHello\u200b there", "Hello there"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("x" * 1000, "x" * 1000),
    ],
)
def test_texts_that_sound_alike_are_one_text(text: str, spoken: str) -> None:
    assert normalise_text(text) == spoken


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_empty"),
        (" \n\t", "text_empty"),
        ("\u200b", "text_empty"),
        ("\U0001f44d", "text_not_speakable"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f!", "text_not_speakable"),
        ("... ?!", "text_not_speakable"),
        ("x" * 1001, "text_too_long"),
        ("x" * 10_000_000, "text_too_long"),
        ("bell \x07", "text_control_character"),
        ("nul \x00", "text_control_character"),
        ("half a pair \ud800", "text_control_character"),
    ],
)
def test_a_text_that_cannot_be_spoken_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(BadText) as refused:
        normalise_text(text)
    assert refused.value.code == code
    assert refused.value.retryable is False


def test_blanks_do_not_count_towards_the_length() -> None:
    assert normalise_text("a" + " " * 1500 + "b") == "a b"


def test_an_emoji_beside_words_is_no_fault() -> None:
    assert normalise_text("Hello \U0001f44d") == "Hello \U0001f44d"
    assert normalise_text("9") == "9"
    assert normalise_text("\u4f60\u597d") == "\u4f60\u597d"
