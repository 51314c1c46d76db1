"""Models of the requests and answers of /webhooks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import PageQuery, Request
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN
from ivr.domain.net_ports import PORT
from ivr.domain.webhooks import EVENTS, WebhookEvent

# Narrower than outbound.URL: no IPv6 address in brackets.
_URL = (
    rf"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?(:{PORT})?"
    r"([/?][A-Za-z0-9._~:/?@!$&'()*+,;=%-]{0,1800})?$"
)

WEBHOOK_PATHS: dict[str, Any] = {
    "webhook_id": {"type": "string", "pattern": "^hook_[0-9a-f]{32}$"},
    "message_id": {"type": "string", "pattern": "^msg_[0-9A-Za-z_]{1,120}$"},
}

Url = Annotated[
    str,
    StringConstraints(pattern=_URL, max_length=2000),
    Field(
        description="https, or http; not inside a private network unless DIGITREE_OUTBOUND_PRIVATE allows it",
        examples=["https://example.com/digitree"],
    ),
    Form(
        "an address begins with https:// or http://, has no blanks and no port beyond 65535, such as "
        "https://example.com/digitree"
    ),
]
Events = Annotated[list[WebhookEvent], Field(min_length=1, max_length=len(EVENTS), description="the events it gets")]
IvrId = Annotated[str, StringConstraints(pattern=IVR_ID_PATTERN), IVR_ID_FORM]


class CreateWebhook(Request):
    url: Url
    events: Events
    ivr_id: IvrId | None = Field(default=None, description="only events of this menu")


class PatchWebhook(Request):
    url: Url | None = Field(default=None, description="absent: unchanged")
    events: Events | None = Field(default=None, description="absent: unchanged")
    ivr_id: IvrId | None = Field(default=None, description="null: events of every menu; absent: unchanged")
    active: bool | None = Field(default=None, description="true: switch it on, also after its receiver answered 410")


class DeliveryQuery(PageQuery):
    state: Literal["waiting", "delivered", "dead"] | None = None


class WebhookSchema(Answered):
    id: str
    url: str
    events: list[str]
    ivr_id: str | None
    active: bool
    why_inactive: str | None = Field(description="the receiver answered 410, or it was switched off")
    created_at: Time
    updated_at: Time


class NewWebhookSchema(WebhookSchema):
    secret: str = Field(description="signs the messages (Standard Webhooks); shown this once")


class WebhookPageSchema(Answered):
    items: list[WebhookSchema]
    next_cursor: str | None


class DeliverySchema(Answered):
    message_id: str = Field(description="the header webhook-id, the same for every attempt")
    event: str
    subject: str = Field(description="the call, number, menu or address it is about")
    state: Literal["waiting", "delivered", "dead"]
    attempts: int
    created_at: Time
    next_at: Time | None = Field(description="when it is sent next")
    tried_at: Time | None
    status: int | None = Field(description="the HTTP status of the last answer")
    error: str | None = Field(
        description="why there was no answer: private_address, no_address, unreachable, timeout, tls, bad_answer, ..."
    )
    took_ms: int | None


class DeliveryPageSchema(Answered):
    items: list[DeliverySchema]
    next_cursor: str | None


class PingedSchema(Answered):
    message_id: str


class ReplayedSchema(Answered):
    replayed: int
