"""Requests and answers of POST /calls and /calls/outgoing, as pydantic models."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import Moment, Number, PageQuery, Query, Request
from admin.menu_tests.given_schema import NAME_RULE, VARIABLES_SCHEMA, checked_variables
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN
from admin.telephones.schema import TrunkName
from ivr.domain.menu.answered_by import ANSWERED_BY_VARIABLE
from ivr.domain.number_lists import LIST_NAME
from ivr.domain.outgoing import model
from ivr.domain.outgoing.hours import DAYS, EARLIEST, LATEST, CallingHours

ORDER_PATTERN = "^out_[0-9a-f]{32}$"
PATHS: dict[str, Any] = {"outgoing_id": {"type": "string", "pattern": ORDER_PATTERN}}
MAX_LISTS = 20
_WAIT = Annotated[int, Field(ge=60, le=86_400)]
_CLOCK = Annotated[
    str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"), Form("a time of day is written 09:00")
]
_LIST = Annotated[str, StringConstraints(pattern=f"^{LIST_NAME.pattern}$"), Form(NAME_RULE)]
_DNC_LIST = Annotated[
    str,
    StringConstraints(pattern="^[a-z0-9_-]{1,64}$"),
    Form("a do-not-call list has 1 to 64 small letters, digits, underscores or hyphens"),
]
_BUSINESS = Annotated[
    str,
    StringConstraints(min_length=2, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*[^\W_][^\x00-\x1f\x7f]*$"),
    Form("write the name as it is said, with 2 to 80 characters"),
]


def _no_answered_by(given: dict[str, Any]) -> dict[str, Any]:
    if ANSWERED_BY_VARIABLE in given:
        raise ValueError(f"{ANSWERED_BY_VARIABLE} is set by the call itself; leave it out")
    return checked_variables(given)


Variables = Annotated[
    dict[str, Any], Field(json_schema_extra=VARIABLES_SCHEMA), AfterValidator(_no_answered_by)
]


class OutgoingHours(Request):
    """When a number may be called, by its own clock: where it may be in several time zones, the hours must be right
    in all of them."""

    first: _CLOCK = Field(default=EARLIEST.isoformat("minutes"), alias="from")
    last: _CLOCK = Field(default=LATEST.isoformat("minutes"), alias="to", description="until before this time")
    days: Annotated[list[Literal[DAYS]], Field(min_length=1, max_length=7)] = Field(  # type: ignore[valid-type]
        default=[*DAYS]
    )
    zone: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="an IANA time zone; absent: those of the number", examples=["America/Phoenix"]
    )

    @model_validator(mode="after")
    def _has_a_moment(self) -> OutgoingHours:
        if self.first >= self.last:
            raise ValueError("the hours end before they begin; give to a later time than from")
        return self

    def hours(self) -> CallingHours:
        first, last = time.fromisoformat(self.first), time.fromisoformat(self.last)
        return CallingHours(first, last, tuple(dict.fromkeys(self.days)), self.zone)


class OutgoingRetries(Request):
    """How often it is tried again where the line is busy, nobody answers, or the carrier is in trouble."""

    most: Annotated[int, Field(ge=1, le=model.MOST_ATTEMPTS, description="attempts in all")] = 1
    busy_s: _WAIT = Field(default=300, description="seconds to the next attempt after a busy line")
    no_answer_s: _WAIT = Field(default=3600, description="seconds to the next attempt after no answer")


class OutgoingOrder(Request):
    to: Number = Field(description="the number to call")
    ivr_id: Annotated[str, StringConstraints(pattern=IVR_ID_PATTERN), IVR_ID_FORM]
    trunk: TrunkName
    caller: Number | None = Field(
        default=None, alias="from", description="a number of the trunk to call from; absent: its first"
    )
    variables: Variables = Field(default={}, description="what the menu knows when it begins, such as call.id")
    at: Moment | None = Field(default=None, description="not before this time; absent: as soon as the hours allow")
    until: Moment | None = Field(default=None, description="not after this time; absent: 24 hours after at")
    hours: OutgoingHours = Field(default=OutgoingHours())
    retries: OutgoingRetries = Field(default=OutgoingRetries())
    purpose: Literal["advertising", "service"] = Field(
        default="advertising",
        description="service: a reminder or confirmation that the called person expects. An advertising call keeps "
        "hours between 08:00 and 21:00, offers an opt-out in its first question, and says on whose behalf it is made",
    )
    on_behalf_of: _BUSINESS | None = Field(
        default=None, description="the name of who calls; the first words of the menu must say it"
    )
    dnc_list: _DNC_LIST | None = Field(
        default=None, description="a do-not-call list that counts beside those that count for all"
    )
    lists: Annotated[list[_LIST], Field(max_length=MAX_LISTS)] = Field(
        default=[], description="lists of numbers whose numbers are not called"
    )
    detect_machine: bool = Field(
        default=True,
        description="tell an answering machine from a person before the menu begins, and wait for its tone; the menu "
        "has the verdict as call.answered_by: person, machine or unknown",
    )


class OutgoingFilter(Query):
    state: Literal[model.STATES] | None = None  # type: ignore[valid-type]
    to: Number | None = None
    ivr_id: Annotated[str | None, Field(pattern=IVR_ID_PATTERN), IVR_ID_FORM] = None


class OutgoingQuery(OutgoingFilter, PageQuery):
    pass


class OutgoingAttemptSchema(Answered):
    started_at: Time
    answered_at: Time | None
    ended_at: Time | None
    state: str
    result: str | None = Field(description="null: it is not over")
    reason: str | None = Field(description="how it ended, in words")
    sip_status: int | None
    answered_by: Literal["person", "machine", "unknown"] | None
    usd: float = Field(description="what is counted for it; until its end the price of the longest call")
    call_id: str | None = Field(description="its call record, some moments after its end")


class OutgoingWarningSchema(Answered):
    pointer: str | None
    code: str
    message: str


class OutgoingCallSchema(Answered):
    id: str
    to: str
    caller: str | None = Field(description="null: the trunk's first number")
    trunk: str
    ivr_id: str
    variables: dict[str, str | int | bool]
    purpose: str
    on_behalf_of: str | None
    state: Literal[model.STATES]  # type: ignore[valid-type]
    result: str | None = Field(
        description="null: it is not over. answered, busy, no_answer, declined, refused (by the carrier or our "
        "rules), unreachable, hung_up (by us, before the answer), cancelled, expired, listed (on a list that is not "
        "called), or unknown: its end was seen by nobody, and it is not dialled again"
    )
    reason: str | None = Field(description="why it waits, or how it ended, in words")
    created_at: Time
    due_at: Time = Field(description="when it is tried next, or was to be")
    until: Time
    ended_at: Time | None
    attempts: list[OutgoingAttemptSchema]


class OrderedCallSchema(OutgoingCallSchema):
    warnings: list[OutgoingWarningSchema] = Field(description="what the menu lacks for a call that we make")


class OutgoingPageSchema(Answered):
    items: list[OutgoingCallSchema]
    next_cursor: str | None
