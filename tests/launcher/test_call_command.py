"""What `digitree call` says of a prompt of Digitree's own."""

from __future__ import annotations

import pytest

from launcher.commands.call import describe_ours


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/home/prompts/languages/es-2.wav", '"Para español, oprima el 2."'),
        ("/home/prompts/languages/en-star.wav", '"For English, press star."'),
        ("/home/prompts/system/keys-19.wav", '"Press 1, or 9" (the question has no prompt yet)'),
        ("/home/prompts/languages/hello.wav", "hello.wav"),
    ],
)
def test_the_words_of_our_own_prompts_are_shown(file: str, shown: str) -> None:
    assert describe_ours(file) == shown
