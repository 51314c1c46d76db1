"""What the API takes, as pydantic models: they check requests and make the OpenAPI document."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from admin.menus.node_schema import NODE_ID
from ivr.domain.call_records import Outcome
from ivr.domain.menu.published import IVR_ID

E164_PATTERN = r"^\+[1-9][0-9]{6,14}$"
VERSION_PATTERN = r"^[1-9][0-9]{0,8}$"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
MAX_LIMIT = 200
DEFAULT_LIMIT = 50

Number = Annotated[
    str, StringConstraints(pattern=E164_PATTERN), Field(description="E.164", examples=["+14155550100"])
]


def _rfc3339(text: object) -> object:
    """Pydantic would take a number for seconds since 1970."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise ValueError("a time is RFC 3339 with its offset, such as 2026-03-09T12:00:00Z")
    return text


Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339)]
NodeId = Annotated[str, StringConstraints(pattern=NODE_ID["pattern"])]
Scope = Literal["read", "write", "calls"]


class Request(BaseModel):
    """A body: no unknown fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """A query string: every value comes as text."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Query):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=400, description="`next_cursor` of the page before")] = None


class MenuQuery(PageQuery):
    search: Annotated[
        str | None, Field(max_length=100, description="menus whose name or number has this in it, whatever its case")
    ] = None


class StrictQuery(Query):
    strict: Annotated[bool, Field(description="true: warnings are refused with 422 and nothing is changed")] = False


class CheckQuery(Query):
    replace: Annotated[bool, Field(description="true: the body is a whole menu, as PUT takes it")] = False


class DeleteQuery(Query):
    force: Annotated[bool, Field(description="true: also when numbers are bound to it")] = False


class Speak(Request):
    node: NodeId
    text: Annotated[str, Field(min_length=1, max_length=20_000, description="what is said")]
    voice: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="see GET /voices; absent: the default voice"
    )


class Assign(Request):
    did: Number
    replace: Annotated[bool, Field(description="take the number from another menu")] = False


class CallQuery(PageQuery):
    did: Number | None = None
    ani: Number | None = None
    ivr_id: Annotated[str | None, Field(pattern=f"^{IVR_ID.pattern}$")] = None
    outcome: Outcome | None = None
    since: Annotated[Moment | None, Field(description="calls that began then or later")] = None
    until: Annotated[Moment | None, Field(description="calls that began before")] = None


class LiveEventsQuery(Query):
    seconds: Annotated[int, Field(ge=1, le=150, description="how long the stream stays open")] = 150


class MoveCall(Request):
    node: Annotated[NodeId, Field(description="a node of the version that the call began with")]


class CreateKey(Request):
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)] = Field(default=["read", "write", "calls"])


class AuditQuery(PageQuery):
    subject: Annotated[str | None, Field(max_length=100, description="changes of this id or number alone")] = None
    actor: Annotated[str | None, Field(max_length=100, description="changes by this key or user alone")] = None
    action: Annotated[
        str | None,
        Field(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$", description="`ivr.change`, or `ivr` for all that begin so"),
    ] = None
