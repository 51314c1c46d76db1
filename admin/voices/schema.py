"""What /voices gives, as pydantic models."""

from __future__ import annotations

from pydantic import Field

from admin.http.answers import Answered


class VoiceSchema(Answered):
    id: str
    label: str
    language: str
    model: str
    default: bool
    alias_of: str | None = Field(description="the voice that really speaks, if it is another one")


class VoiceListSchema(Answered):
    items: list[VoiceSchema]
    next_cursor: str | None
