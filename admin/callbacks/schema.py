"""Requests and answers of /callbacks, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import Number, PageQuery, Request
from admin.telephones.schema import TrunkName
from ivr.domain.callbacks import MAX_NOTE, MAX_REASON, MAX_WANTED, CallbackState

CALLBACK_PATTERN = "^cbk_[0-9a-f]{32}$"
PATHS: dict[str, Any] = {"callback": {"type": "string", "pattern": CALLBACK_PATTERN}}
# One line of visible text, or nothing.
_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_LINE_FORM = Form("write one line, without control characters")


class CallbackQuery(PageQuery):
    state: CallbackState | None = Field(default=None, description="absent: all of them")


class AddCallback(Request):
    number: Number = Field(description="who is to be called")
    reason: Annotated[
        str,
        StringConstraints(max_length=MAX_REASON, pattern=_LINE),
        _LINE_FORM,
        Field(description="what it is about"),
    ] = ""
    wanted: Annotated[
        str,
        StringConstraints(max_length=MAX_WANTED, pattern=_LINE),
        _LINE_FORM,
        Field(description="when they want to be called, in words"),
    ] = ""


class SettleCallback(Request):
    state: CallbackState | None = Field(default=None, description="open: it is to be called after all")
    note: Annotated[
        str, StringConstraints(max_length=MAX_NOTE, pattern=_LINE), _LINE_FORM, Field(description="for colleagues")
    ] | None = None


class DialCallback(Request):
    person: Number = Field(description="a verified telephone, which is rung first")
    trunk: TrunkName


class CallbackSchema(Answered):
    id: str
    number: str = Field(description="who is to be called")
    reason: str = Field(description="what it is about, empty where it is not known")
    wanted: str = Field(description="when they want to be called, in words")
    asked_at: Time
    call_id: str | None = Field(description="the call that asked for it; null: people did")
    ivr_id: str | None
    node: str | None
    state: CallbackState
    note: str | None
    dialled: int = Field(description="how often somebody was called for it")
    dialled_at: Time | None
    result: str | None = Field(description="how the last call ended, in words; null: there is none, or it goes on")
    settled_at: Time | None
    settled_by: str | None = Field(description="who did it; call: they talked")


class CallbackPageSchema(Answered):
    items: list[CallbackSchema]
    next_cursor: str | None
