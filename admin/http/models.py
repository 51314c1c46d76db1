"""Models that all resources' requests share: they check requests and make the OpenAPI document."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from admin.http.messages import Form
from ivr.domain import roles
from ivr.domain.menu.fields import NODE_ID
from ivr.domain.plain_names import TURNING, UNSEEN
from ivr.domain.time_zones import find_zone
from ivr.ports.pages import NameSort

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
# Of the times at which opening hours can be asked.
LEAST_YEAR, MOST_YEAR = 1970, 2199
MAX_LIMIT = 200
DEFAULT_LIMIT = 50
# Of a text to search for.
MAX_SEARCH = 100

MAX_NUMBER = 64
NUMBER = (
    "a telephone number, in E.164 or as people write it; without + it belongs to the country of this installation "
    "(DIGITREE_REGION)"
)
NUMBER_PATH: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_NUMBER, "description": NUMBER}
Number = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_NUMBER),
    Field(description=NUMBER, examples=["+14155550100"]),
]


def _rfc3339(text: object) -> object:
    """Only text in this form: pydantic would read a number as seconds since 1970."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise ValueError("a time is RFC 3339 with its offset, such as 2026-03-09T12:00:00Z")
    return text


# Of text, also in a body that is read strictly.
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_rfc3339)]
NodeId = Annotated[
    str,
    StringConstraints(pattern=f"^{NODE_ID.pattern}$"),
    Form("a node id has 1 to 64 letters, digits, underscores or hyphens"),
]
_PLAIN = rf"[^\x00-\x1f\x7f-\x9f\u2028\u2029{TURNING}]"
_VISIBLE = rf"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029{TURNING}{UNSEEN}]"
PLAIN_NAME = f"^{_PLAIN}*{_VISIBLE}{_PLAIN}*$"
PLAIN_NAME_FORM = Form(
    "a name has something visible in it, and no control characters, line ends or signs that turn the text around"
)
Scope = roles.Scope


def _known_zone(name: str) -> str:
    if find_zone(name) is None:
        text = "there is no such time zone; names are those of IANA, such as America/New_York or Europe/Berlin"
        raise PydanticCustomError("unknown_time_zone", text)
    return name


ZoneName = Annotated[
    str,
    AfterValidator(_known_zone),
    Field(max_length=64, description="a time zone by its IANA name, such as America/New_York"),
]


class Request(BaseModel):
    """A body: no unknown fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """A query string; every value arrives as text."""

    model_config = ConfigDict(extra="forbid")


Cursor = Annotated[
    str | None,
    Field(max_length=800, description="`next_cursor` of the page before, or `previous_cursor` of the page after"),
]


class PageQuery(Query):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Cursor = None


SORT = Field(description="- before it: the other way round. A cursor belongs to the order that it was made in")


class SortedQuery(PageQuery):
    """Of a list that has a `sort`."""

    total: Annotated[bool, Field(description="true: the answer says how many there are on all pages")] = False


class NamedQuery(SortedQuery):
    """Of a list of what has a name, and was made and changed at some time."""

    sort: Annotated[NameSort | None, SORT] = None


class ShortListQuery(Query):
    """Of a list that is given whole unless `limit` makes pages of it."""

    limit: Annotated[
        int | None, Field(ge=1, le=MAX_LIMIT, description="at most so many; absent: all of them")
    ] = None
    cursor: Cursor = None
