"""What /bin gives, as pydantic models."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from admin.http.answers import Answered, Time
from ivr.ports.bin import BinKind

BIN_ID_PATH: dict[str, Any] = {"bin_id": {"type": "string", "pattern": "^bin_[0-9a-f]{16}$"}}


class BinEntrySchema(Answered):
    id: str
    kind: BinKind
    subject: str = Field(description="the id or name that it had, and has again once it is restored")
    name: str
    numbers: list[str] = Field(description="those that led to it")
    actor: str = Field(description="who deleted it")
    deleted_at: Time
    kept_until: Time | None = Field(description="when it goes for good; null: it is kept")


class BinPageSchema(Answered):
    items: list[BinEntrySchema]
    next_cursor: str | None


class RestoredSchema(Answered):
    kind: BinKind
    id: str
    name: str
    numbers: list[str] = Field(description="those that lead to it again")
    taken: list[str] = Field(description="those that led to it and lead to other menus now, where they stay")
