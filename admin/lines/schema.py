"""Answers of /lines, as pydantic models."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from admin.http.answers import Answered, Time

PATHS: dict[str, Any] = {"line": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}}


class WaitingCallSchema(Answered):
    call_id: str
    number: str | None = Field(description="the caller's; null: withheld")
    ivr_id: str | None
    node: str | None
    entered_at: Time = Field(description="when the call first came to this line")
    waited_s: int
    priority: int
    position: int | None = Field(description="1: next; null: it rings somebody, or talks")
    people: list[str] = Field(description="whom it rings, or talks with")


class LineSchema(Answered):
    name: str = Field(description="that of the group of people")
    waiting: int = Field(description="calls that ring nobody yet")
    with_people: int = Field(description="calls that ring somebody, or talk")
    longest_wait_s: int
    held_s: float = Field(description="how long a call lately took a person; estimates of waiting go by it")


class LinesSchema(Answered):
    items: list[LineSchema]
    next_cursor: str | None


class LineReportSchema(Answered):
    line: str
    waited: int = Field(description="calls that came into the line")
    answered: int
    answered_in_time: int = Field(description="within `within_s`")
    abandoned: int = Field(description="callers who hung up while they waited")
    in_vain: int = Field(description="calls whose time was over")
    by_key: int = Field(description="calls that left by a key")
    full: int = Field(description="calls that found the line full; they are not among `waited`")
    closed: int = Field(description="calls that found nobody on duty; they are not among `waited`")
    within_s: int
    service_level: float | None = Field(
        description="answered in time, as a share of those who waited but for those who gave up within that time"
    )
    abandonment: float | None = Field(description="abandoned, as a share of those who waited")
    mean_wait_s: float | None = Field(description="of those who were answered")
    longest_wait_s: float


class LineCallsSchema(LineSchema):
    calls: list[WaitingCallSchema] = Field(description="in the order in which they are served")
