"""A text with examples in place of its variables, for people who listen to it outside of a call."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.domain.menu.templates import Fixed, SaidVariable, sentences_of
from ivr.domain.spoken.say import DEFAULT_CURRENCY, SayAs, say

_EXAMPLES: Mapping[SayAs, str] = {
    "digits": "12345",
    "number": "12",
    "money": "123.45",
    "date": "2026-05-03",
    "time": "14:30",
    "last4": "0199",
    "phone": "+14805550199",
}


def example_of(text: str) -> str:
    """What a voice is asked to say; a variable without a format is said by its name."""
    sentences = []
    for sentence in sentences_of(text):
        words = [_said(part) for part in sentence]
        last = sentence[-1]
        sentences.append(" ".join(words) + ("." if isinstance(last, SaidVariable) else ""))
    return " ".join(sentences)


def _said(part: Fixed | SaidVariable) -> str:
    if isinstance(part, Fixed):
        return part.text.removesuffix(",") if part.goes_on else part.text
    if part.say_as is None:
        return part.name.replace(".", " ").replace("_", " ")
    return say(_EXAMPLES[part.say_as], part.say_as, part.currency or DEFAULT_CURRENCY).words
