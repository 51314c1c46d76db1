"""The fields that every node has: its prompt's name, the prompt's words, and who speaks them."""

from __future__ import annotations

from ivr.domain.menu.fields import LABEL, Field, NumberField
from ivr.domain.menu.prompt_fields import AudioField, TextField, VoiceField
from ivr.domain.said.rates import FASTEST_RATE, SLOWEST_RATE

MAX_TEXT = 1000


def spoken_text(name: str, audio: str, label: str) -> TextField:
    """The words of the prompt that the field `audio` names."""
    return TextField(
        name=name,
        more=True,
        label=label,
        max_length=MAX_TEXT,
        by_attempt=audio == "again_audio",
        description=f"What `{audio}` is meant to say, in the same shape.",
    )


def rate_field(description: str) -> NumberField:
    """How fast texts are spoken, of a node or of a menu."""
    return NumberField(
        name="rate",
        more=True,
        label="Speaking rate, 1 is the voice's own",
        least=SLOWEST_RATE,
        most=FASTEST_RATE,
        default=None,
        step=0.05,
        code="invalid_rate",
        rule=f"rate is a number from {SLOWEST_RATE} to {FASTEST_RATE:g}",
        description=description,
    )


SPOKEN: tuple[Field, ...] = (
    AudioField(
        name="audio",
        label="Audio",
        hint="Letters, digits, _ or - and .wav; empty: made when the text is spoken.",
        description="The name of the node's prompt; a list: several, played in sequence; an object: one or several "
        "for each language.",
    ),
    TextField(
        name="text",
        label="Text",
        hint="What callers hear here",
        max_length=MAX_TEXT,
        description="What `audio` is meant to say, in the same shape. It is spoken by POST audio, not by being "
        "written here.",
    ),
    VoiceField(
        name="voice",
        label="Voice",
        if_absent="The default voice",
        pattern=LABEL,
        code="invalid_voice",
        rule="a voice's name has 1 to 64 letters, digits and the characters _ . -",
        description="Who is to say it, in each language: see GET /voices.",
    ),
    rate_field("How fast it is said: 1 is as the voice does by itself, 2 twice as fast. Absent: the menu's."),
)
