"""Requests and answers of /telephones and /telephone-calls, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from admin.calls.schema import CallRecordSchema
from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import NUMBER_PATH, Number, Request
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN
from admin.test_calls.schema import Draft, need_one_menu
from ivr.domain.telephones.model import CODE_DIGITS, Purpose, RingResult, RingState
from ivr.domain.trunks import model

CALL_PATTERN = "^ring_[0-9a-f]{32}$"
PATHS: dict[str, Any] = {
    "telephone": NUMBER_PATH,
    "telephone_call": {"type": "string", "pattern": CALL_PATTERN},
}

TrunkName = Annotated[
    str,
    StringConstraints(pattern=f"^{model.TRUNK_NAME.pattern}$"),
    Field(description="the trunk that the call goes out over", examples=["carrier"]),
    Form("the name of a trunk has 1 to 64 letters, digits, underscores or hyphens"),
]
Code = Annotated[
    str,
    StringConstraints(pattern=f"^[0-9]{{{CODE_DIGITS}}}$"),
    Field(description="that the telephone heard", examples=["493011"]),
    Form(f"a code has {CODE_DIGITS} digits"),
]


class AddTelephone(Request):
    number: Number
    trunk: TrunkName


class SendCode(Request):
    trunk: TrunkName


class VerifyTelephone(Request):
    code: Code


class TelephoneCallOrder(Request):
    """`ivr_id`, `draft`, or both: a draft with an `ivr_id` has the prompts of that menu; `true` is its saved one."""

    ring: Number = Field(description="a telephone that is verified over this trunk")
    trunk: TrunkName
    ivr_id: Annotated[str, StringConstraints(pattern=IVR_ID_PATTERN), IVR_ID_FORM] | None = None
    version: Annotated[int, Field(ge=1, le=999_999_999)] | None = Field(
        default=None, description="absent: the saved menu"
    )
    draft: Draft | None = None

    @model_validator(mode="after")
    def _names_something(self) -> TelephoneCallOrder:
        need_one_menu(self.ivr_id, self.version, self.draft, "heard")
        return self


class TelephoneSchema(Answered):
    number: str
    verified_at: Time | None = Field(description="when a code was last given back; null: never")
    verified_over: list[str] = Field(
        description="the trunks over which it may be rung for a menu; none: it has to hear another code",
        examples=[["carrier"]],
    )
    added_by: str
    added_at: Time


class TelephoneCallSchema(Answered):
    id: str
    telephone: str
    trunk: str
    purpose: Purpose = Field(
        description="code: it says the code that verifies the telephone; callback: it is connected to a caller"
    )
    ivr_id: str | None = Field(description="null: a draft without a menu, or a code")
    version: int | None = Field(description="null: a draft, or a code")
    state: RingState = Field(description="lost: how it ended is not known")
    result: RingResult | None = Field(description="null: it is not over")
    reason: str | None = Field(description="how it ended, in words", examples=["the telephone is busy"])
    sip_status: int | None = Field(description="with which the carrier refused the call")
    usd: float = Field(description="what is counted for it; until its end the price of the longest call")
    started_at: Time
    answered_at: Time | None
    ended_at: Time | None
    record: CallRecordSchema | None = Field(description="the call record, some moments after the end of the call")


class AddedTelephoneSchema(Answered):
    telephone: TelephoneSchema
    call: TelephoneCallSchema = Field(description="which says the code")


class TelephonePageSchema(Answered):
    items: list[TelephoneSchema]
    next_cursor: str | None
