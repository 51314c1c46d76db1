"""Requests and answers of /audit, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import PageQuery


class AuditQuery(PageQuery):
    subject: Annotated[str | None, Field(max_length=100, description="only changes of this id or number")] = None
    actor: Annotated[str | None, Field(max_length=100, description="only changes by this key or user")] = None
    action: Annotated[
        str | None,
        Field(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$", description="`ivr.change`, or `ivr` for all that begin so"),
        Form("an action is written like ivr.change, or ivr for all of that kind"),
    ] = None


class AuditEntrySchema(Answered):
    at: Time
    actor: str = Field(description="the id of the key")
    action: str
    subject: str
    before: Any
    after: Any


class AuditPageSchema(Answered):
    items: list[AuditEntrySchema]
    next_cursor: str | None
