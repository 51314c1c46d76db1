"""Requests and answers of /sounds and /mailboxes, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from admin.calls.schema import CALL_PATHS
from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import Moment, Number, PageQuery, Query, Request
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN
from ivr.domain.menu.fields import LABEL
from ivr.domain.sounds import SOUND

LONGEST_LINK_HOURS = 8760
LONGEST_KEEP_DAYS = 36_500

SOUND_PATHS: dict[str, Any] = {
    "sound": {"type": "string", "pattern": f"^{SOUND.pattern}$"},
    "link": {"type": "string", "minLength": 1, "maxLength": 200},
}
MAILBOX_PATHS: dict[str, Any] = {"mailbox": {"type": "string", "pattern": f"^{LABEL.pattern}$"}}

Kind = Literal["message", "call"]
_MAILBOX_FORM = Form("a mailbox's name has 1 to 64 letters, digits and the characters _ . -")
_CALL_FORM = Form("a call's id is call_ and up to 64 small letters and digits")


class SoundQuery(PageQuery):
    mailbox: Annotated[
        str | None,
        Field(pattern=f"^(?:{LABEL.pattern})?$", description="its sounds alone; empty: those in no mailbox"),
        _MAILBOX_FORM,
    ] = None
    call_id: Annotated[str | None, Field(pattern=CALL_PATHS["call_id"]["pattern"]), _CALL_FORM] = None
    caller: Number | None = None
    ivr_id: Annotated[str | None, Field(pattern=IVR_ID_PATTERN), IVR_ID_FORM] = None
    kind: Annotated[Kind | None, Field(description="what a caller said into a recording, or a whole call")] = None
    heard: Annotated[bool | None, Field(description="whether somebody has heard it")] = None
    since: Annotated[Moment | None, Field(description="sounds that began then or later")] = None
    until: Annotated[Moment | None, Field(description="sounds that began before")] = None


class NoteHeard(Request):
    heard: bool


class MakeLink(Request):
    hours: Annotated[
        int | None,
        Field(strict=True, ge=1, le=LONGEST_LINK_HOURS, description="until it leads nowhere; absent: as set"),
    ] = None


class PutMailbox(Request):
    keep_days: Annotated[
        int, Field(strict=True, ge=0, le=LONGEST_KEEP_DAYS, description="how long its sounds are kept; 0: for good")
    ]


class SoundSchema(Answered):
    id: Annotated[str, StringConstraints(pattern=f"^{SOUND.pattern}$")] = Field(description="as a variable holds it")
    kind: Kind
    call_id: str
    node: str = Field(description="where it was recorded; empty: a whole call")
    ivr_id: str | None
    caller: str | None
    mailbox: str | None
    ms: int = Field(description="its length")
    bytes: int = Field(description="of its FLAC")
    sha256: str = Field(description="of its FLAC")
    waveform: list[int] = Field(description="the loudest of each of up to 200 parts of it, 0 to 255")
    began_at: Time
    heard_at: Time | None = Field(description="when it was first marked as heard")
    expires_at: Time | None = Field(description="when it is deleted; null: never")


class SoundPageSchema(Answered):
    items: list[SoundSchema]
    next_cursor: str | None


class SoundLinkSchema(Answered):
    url: str = Field(description="whoever has it can listen, without a key, until it expires")
    expires_at: Time


class MailboxSchema(Answered):
    name: str
    keep_days: int
    sounds: int
    unheard: int
    updated_at: Time | None = Field(description="null: nobody has said how long it keeps, so the setting counts")


class MailboxPageSchema(Answered):
    items: list[MailboxSchema]
    next_cursor: str | None


class LinkQuery(Query):
    format: Annotated[Literal["flac", "wav"], Field(description="wav: 16 bit")] = "flac"
