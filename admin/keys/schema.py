"""Models of the requests and answers of /keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from admin.http.answers import Answered, Time
from admin.http.models import PLAIN_NAME, PLAIN_NAME_FORM, Moment, Request, Scope
from ivr.domain.roles import SCOPES, USUAL_SCOPES

KEY_PATHS: dict[str, Any] = {"key_id": {"type": "string", "pattern": "^key_[0-9a-z]{1,64}$"}}


class CreateKey(Request):
    name: Annotated[
        str,
        Field(min_length=1, max_length=100, pattern=PLAIN_NAME),
        PLAIN_NAME_FORM,
    ]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))] = Field(
        default=list(USUAL_SCOPES)
    )
    expires_at: Moment | None = Field(
        default=None, description="refused from then on; null: it works until it is revoked"
    )


class KeySchema(Answered):
    id: str
    name: str
    prefix: str = Field(description="the first characters of the key")
    scopes: list[str]
    created_at: Time
    created_by: str | None = Field(description="who made it, as in the audit log; null: unknown")
    last_used_at: Time | None
    revoked_at: Time | None
    expires_at: Time | None


class NewKeySchema(KeySchema):
    key: str = Field(description="shown this once; only its hash is kept")


class KeyListSchema(Answered):
    items: list[KeySchema]
    next_cursor: str | None
