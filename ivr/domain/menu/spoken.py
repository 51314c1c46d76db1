"""The fields that every node has: its prompt's name, the prompt's words, and who speaks them."""

from __future__ import annotations

from ivr.domain.menu.fields import LABEL, Field
from ivr.domain.menu.prompt_fields import AudioField, TextField, VoiceField

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
)
