"""Requests and answers of /services, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from admin.http.answers import Answered, SortedPageSchema, Time
from admin.http.messages import Form
from admin.http.models import PageQuery, Query, Request
from ivr.domain import sealed_headers, services, signing
from ivr.domain import service_definition as definition
from ivr.domain.service_definition import Method
from ivr.domain.services import Failure
from ivr.domain.urls import URL

SERVICE_NAME: dict[str, Any] = {"type": "string", "pattern": f"^{services.SERVICE_NAME.pattern}$"}
MESSAGE_ID: dict[str, Any] = {"type": "string", "pattern": "^msg_[0-9A-Za-z_]{1,120}$"}

Url = Annotated[
    str,
    StringConstraints(pattern=f"^{URL.pattern}$", max_length=2000),
    Form(
        "an address begins with https:// or http://, has no blanks and no user name, such as "
        "https://crm.example.com/callers"
    ),
    Field(description="https, or http", examples=["https://crm.example.com/callers"]),
]
HeaderValue = Annotated[
    str,
    StringConstraints(pattern=f"^{sealed_headers.HEADER_VALUE.pattern}$"),
    Form("a header's value has up to 2,000 letters, digits and signs of ASCII, and no line end"),
]
Headers = Annotated[
    dict[str, HeaderValue | None],
    Field(
        max_length=sealed_headers.MAX_HEADERS,
        description="sent with each request, such as Authorization; stored encrypted, values never shown. null in a "
        "change: the value of this name stays",
        examples=[{"Authorization": "Bearer 7b0f"}],
        json_schema_extra={"propertyNames": {"type": "string", "pattern": f"^{sealed_headers.HEADER_NAME.pattern}$"}},
    ),
]
Secret = Annotated[
    str,
    StringConstraints(pattern=f"^{signing.SECRET.pattern}$"),
    Field(description="signs requests (Standard Webhooks); absent: one is made and shown once"),
    Form("a secret is whsec_ and 24 to 64 bytes in Base64"),
]
TimeoutS = Annotated[
    float,
    Field(
        ge=definition.SHORTEST_TIMEOUT_S,
        le=definition.TIMEOUT_S,
        description="seconds for a request as a whole, the connection included",
    ),
]
CacheS = Annotated[
    int,
    Field(
        ge=0,
        le=definition.LONGEST_CACHE_S,
        description="the longest time for which an answer is used again; it is used again only if the service says "
        "so by Cache-Control: max-age. 0: never",
    ),
]
AllowPrivate = Annotated[
    bool, Field(description="true: it may be inside a private network; link-local addresses are refused always")
]



class CreateService(Request):
    name: Annotated[
        str,
        StringConstraints(pattern=f"^{services.SERVICE_NAME.pattern}$"),
        Form("the name of a service has 1 to 64 letters, digits, underscores or hyphens"),
    ]
    url: Url
    method: Annotated[Method, Field(description="a GET has what is sent in its query string")] = "POST"
    headers: Headers = Field(default={})
    secret: Secret | None = None
    timeout_s: TimeoutS = definition.TIMEOUT_S
    cache_s: CacheS = definition.CACHE_S
    allow_private: AllowPrivate = False


def _without_defaults(schema: dict[str, Any]) -> None:
    for each in schema["properties"].values():
        each.pop("default", None)


class PatchService(Request):
    """A change; absent fields stay, `headers` are replaced as a whole."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)

    url: Url = ""
    method: Method = "POST"
    headers: Headers = Field(default={})
    secret: Secret = ""
    timeout_s: TimeoutS = definition.TIMEOUT_S
    cache_s: CacheS = definition.CACHE_S
    allow_private: AllowPrivate = False


class DeleteServiceQuery(Query):
    force: Annotated[
        bool, Field(description="true: even if menus name it; what they ask then fails")
    ] = False


class TryService(Request):
    variables: Annotated[
        dict[str, Any],
        Field(max_length=50, description="sent as those of a call", examples=[{"caller": "+14155550100"}]),
    ] = Field(default={})


class ServiceSchema(Answered):
    name: str
    url: str
    method: Method
    headers: list[str] = Field(description="their names")
    secret: str | None = Field(description="shown only in the answer to the request that made it")
    timeout_s: float
    cache_s: int
    allow_private: bool
    created_at: Time
    updated_at: Time


class ServicePageSchema(SortedPageSchema):
    items: list[ServiceSchema]


class TriedSchema(Answered):
    ms: int
    status: int | None = Field(description="the HTTP status, if there was an answer")
    failure: Failure | None = Field(description="null: the answer counts")
    body: str = Field(description="the first 2,000 characters of the answer as it came")
    truncated: bool


class NoticeQuery(PageQuery):
    state: Literal["waiting", "delivered", "dead"] | None = None


class NoticeSchema(Answered):
    message_id: str = Field(description="the header webhook-id, the same for every attempt")
    call_id: str = Field(description="the call that left it")
    state: Literal["waiting", "delivered", "dead"]
    attempts: int
    left_at: Time
    next_at: Time | None = Field(description="when it is sent next")
    tried_at: Time | None
    status: int | None = Field(description="the HTTP status of the last answer")
    error: str | None = Field(description="why the last attempt failed, as in the record of a call")


class NoticePageSchema(Answered):
    items: list[NoticeSchema]
    next_cursor: str | None


class ReplayedNoticesSchema(Answered):
    replayed: int
