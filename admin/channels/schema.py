"""Requests and answers of /channels, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import PageQuery, Query, Request
from admin.services.schema import MESSAGE_ID as MESSAGE_ID
from admin.services.schema import Headers
from ivr.domain.channels import names
from ivr.domain.channels.message import ChannelFailure
from ivr.domain.channels.names import ChannelKind
from ivr.domain.channels.presets import PRESETS
from ivr.domain.menu.send_fields import MAX_MESSAGE

CHANNEL_NAME: dict[str, Any] = {"type": "string", "pattern": f"^{names.CHANNEL_NAME.pattern}$"}
_State = Literal["waiting", "delivered", "dead", "not_sent"]

Settings = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=4000)] | Annotated[int, Field(ge=0, le=65_535)] | None],
    Field(
        max_length=20,
        description="the fields of the preset (GET /channel-presets); secret ones are stored encrypted and never "
        "shown. null takes a field away",
        examples=[{"host": "smtp.example.com", "from": "ivr@example.com", "to": "office@example.com"}],
        json_schema_extra={"propertyNames": {"type": "string", "pattern": "^[a-z_]{1,20}$"}},
    ),
]
AllowPrivate = Annotated[
    bool, Field(description="true: it may send into a private network; link-local addresses are refused always")
]


class CreateChannel(Request):
    name: Annotated[
        str,
        StringConstraints(pattern=f"^{names.CHANNEL_NAME.pattern}$"),
        Form("the name of a channel has 1 to 64 letters, digits, underscores or hyphens"),
    ]
    preset: Literal[tuple(PRESETS)] = Field(description="what it sends by; it cannot be changed")  # type: ignore[valid-type]
    settings: Settings = Field(default={})
    headers: Headers = Field(default={})
    allow_private: AllowPrivate = False


def _without_defaults(schema: dict[str, Any]) -> None:
    for each in schema["properties"].values():
        each.pop("default", None)


class PatchChannel(Request):
    """A change; absent fields stay, those of `settings` too. `headers` are replaced as a whole."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)

    settings: Settings = Field(default={})
    headers: Headers = Field(default={})
    allow_private: AllowPrivate = False


class DeleteChannelQuery(Query):
    force: Annotated[
        bool, Field(description="true: even if menus name it; what they send then waits, and is given up after a day")
    ] = False


class TryChannel(Request):
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_MESSAGE)] = "A test of this channel."
    to: Annotated[
        str,
        StringConstraints(max_length=254),
        Field(
            description="a number for a text message, with + and its country code; of mail another address than the "
            "channel's own, if wanted",
            examples=["+14155550100"],
        ),
    ] = ""


class ChannelSchema(Answered):
    name: str
    kind: ChannelKind
    preset: str
    settings: dict[str, str]
    secrets: list[str] = Field(description="the names of the secret fields that have a value")
    headers: list[str] = Field(description="their names")
    allow_private: bool
    created_at: Time
    updated_at: Time


class ChannelPageSchema(Answered):
    items: list[ChannelSchema]
    next_cursor: str | None


class TriedChannelSchema(Answered):
    sent: bool = Field(description="whether it was taken")
    failure: ChannelFailure | None
    status: int | None = Field(description="of HTTP or SMTP, if there was an answer")
    said: str = Field(description="the first words of a refusal")


class PresetOptionSchema(Answered):
    id: str
    label: str


class PresetFieldSchema(Answered):
    name: str
    label: str
    hint: str
    example: str | None
    secret: bool
    required: bool
    default: str | None = Field(description="what is used where it is absent")
    kind: Literal["text", "url", "host", "choice", "json"]
    options: list[PresetOptionSchema] = Field(description="what it may be; empty: any that fits")


class ChannelPresetSchema(Answered):
    id: str
    kind: ChannelKind
    title: str
    fields: list[PresetFieldSchema]
    headers: bool = Field(description="whether it takes headers")
    note: str
    sources: list[str] = Field(description="the pages that say so")
    checked: str | None = Field(description="when they were read")


class ChannelPresetListSchema(Answered):
    items: list[ChannelPresetSchema]


class MessageQuery(PageQuery):
    state: _State | None = None


class MessageSchema(Answered):
    message_id: str = Field(description="the same for every attempt; a part of the Message-ID of mail")
    call_id: str = Field(description="the call that left it")
    to: str = Field(description="the channel as the menu named it, such as mail:office")
    state: _State = Field(description="not_sent: the number is on a do-not-call list")
    attempts: int
    left_at: Time
    next_at: Time | None = Field(description="when it is sent next")
    tried_at: Time | None
    status: int | None = Field(description="the status of the last answer, of HTTP or SMTP")
    error: str | None = Field(description="why the last attempt failed")


class MessagePageSchema(Answered):
    items: list[MessageSchema]
    next_cursor: str | None


class ReplayedMessagesSchema(Answered):
    replayed: int
