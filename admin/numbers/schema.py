"""What /dids gives, as pydantic models."""

from __future__ import annotations

from pydantic import Field

from admin.http.answers import Answered, Time


class DidSchema(Answered):
    did: str
    ivr_id: str
    name: str = Field(description="the menu's name")
    assigned_at: Time
    language: str | None = Field(default=None, description="that of its callers; null: none of their own")
    languages: list[str] = Field(default=[], description="the menu's")


class DidPageSchema(Answered):
    items: list[DidSchema]
    next_cursor: str | None
