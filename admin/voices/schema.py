"""What /voices gives, as pydantic models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from admin.http.answers import Answered


class VoiceSchema(Answered):
    id: str
    label: str
    language: str
    model: str
    default: bool
    alias_of: str | None = Field(description="the voice that really speaks, if it is another one")
    engine: Literal["piper", "kokoro", "openai", "elevenlabs", "azure", "polly"]
    live: bool = Field(
        description="whether it also speaks words that come up during a call; of others, another voice does"
    )
    licence: str = Field(description="as the maker of the voice states it")
    licence_source: str = Field(description="the address where that is stated; empty if none is known")
    commerce: Literal["yes", "unclear", "no"] = Field(description="whether the licence allows commercial use")
    licence_note: str = Field(description="why that is not yes")


class VoiceListSchema(Answered):
    items: list[VoiceSchema]
    next_cursor: str | None
