"""What /dids gives, as pydantic models."""

from __future__ import annotations

from pydantic import Field

from admin.http.answers import Answered, Time


class DidSchema(Answered):
    did: str
    ivr_id: str
    name: str = Field(description="the menu's name")
    assigned_at: Time


class DidPageSchema(Answered):
    items: list[DidSchema]
    next_cursor: str | None
