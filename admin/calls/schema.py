"""Requests and answers of /calls, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from admin.channels.schema import MessageSchema
from admin.http.answers import Answered, SortedPageSchema, Time
from admin.http.messages import Form
from admin.http.models import MAX_SEARCH, SORT, Moment, Number, Query, SortedQuery
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN
from ivr.domain.call_records import Outcome
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE
from ivr.domain.tls_verdicts import Verdict
from ivr.domain.verstat import VERSTATS
from ivr.ports.calls import CallSort

CALL_PATHS: dict[str, Any] = {"call_id": {"type": "string", "pattern": "^call_[0-9a-z]{1,64}$"}}


class CallFilters(Query):
    did: Number | None = None
    ani: Number | None = None
    ivr_id: Annotated[str | None, Field(pattern=IVR_ID_PATTERN), IVR_ID_FORM] = None
    outcome: Outcome | None = None
    since: Annotated[Moment | None, Field(description="calls that began then or later")] = None
    until: Annotated[Moment | None, Field(description="calls that began before")] = None
    language: Annotated[
        str | None,
        Field(pattern=f"^{LANGUAGE.pattern}$", description="calls whose callers have come to this language"),
        Form(LANGUAGE_RULE),
    ] = None
    search: Annotated[
        str | None,
        Field(
            max_length=MAX_SEARCH,
            description="calls from or to a number with these digits, of menus with these words in their name, or "
            "the call with this id",
        ),
    ] = None
    test: Annotated[bool | None, Field(description="true: only test calls; false: only calls that are none")] = None


class CallQuery(CallFilters, SortedQuery):
    sort: Annotated[CallSort | None, SORT] = None


class CallStepSchema(Answered):
    node: str
    attempt: int
    result: str = Field(
        description="key, no_match, no_input, hang_up, action, moved (sent to another node), played or skipped (a "
        "message), lost (the call was cut off here), switch (`key` is the case that was taken), not_set (there "
        "was no room for the variable `key`), request (`key` is the service that was asked), each (`key` is next, "
        "done or empty), record (`key` is what ended the recording, `value` the sound), listed (the caller was put "
        "on the list `key` for the time `value`, for good or off it: on, off), not_listed (they have no number), "
        "not_said (the variable `key` could not be said, and its sentence was left out), waited (in a line, for "
        "`ms`; `key` is what ended it), callback (`key` is the number), sent (`key` is the channel of the message), "
        "keys_sent (`key` was sent to the caller's side), known (the language, `key`, was not asked for: the number "
        "called, an earlier call or a node had told it, `value` is number, earlier or null) or hung_up (the caller "
        "had hung up, `key` says where: menu, "
        "ringing or talk; the steps from here on were done without them)"
    )
    key: str | None
    at_ms: int = Field(description="milliseconds since the answer")
    ms: int = Field(description="how long the question took, from the prompt's first sound")
    prompt: str | None = Field(description="the file that was played, or `tones` if there was none")
    prompt_ms: int | None = Field(description="the length of that file, if known")
    into_prompt_ms: int | None = Field(description="how much of it had been heard at the key press")
    ignored: Literal["not_offered", "no_target"] | None = Field(
        description="why a key was not accepted: the question does not offer it, or its node does not exist"
    )
    value: str | None = Field(
        default=None,
        description="what a switch compared, null where that has the caller's or the dialled number in it; the "
        "status of a service's answer or a word of its failure; the number of a list's element",
    )
    heard: str | None = Field(
        default=None,
        description="the words of a prompt that says variables, with their values; secrets are masked, and numbers "
        "of the call stay names",
    )


class AgentTrySchema(Answered):
    uri: str
    result: str = Field(
        description="answered, answered_silent, vanished, no_answer, busy, declined, unreachable, cancelled, error, "
        "refused: a number that is not rung, `cause` says why; or elsewhere: another of those who rang at once has "
        "the call"
    )
    cause: str | None
    talk_ms: int | None
    sip_status: int | None = Field(description="status of the agent's refusal")
    agent: str | None = Field(description="null: the default agent")
    ring_ms: int | None
    label: str | None = Field(description="`outcome` of the transfer node")
    reported: str | None = Field(description="the result that the agent reported: X-IVR-Result in its 200 or BYE")
    prepare: str | None = Field(
        default=None, description="result of asking the agent's prepare URL: ok, or why not; null: there is none"
    )
    sent_on_to: str | None = Field(
        default=None, description="where the agent sent the caller on by REFER: the next attempt; null: nowhere"
    )
    tls: Verdict | None = Field(
        default=None, description="what was wrong with the certificate of an unreachable agent; null: nothing"
    )
    person: str | None = Field(
        default=None,
        description="the person, number or SIP address that was rung instead of an agent; null: an agent was",
    )


class CallRecordSchema(Answered):
    id: str
    channel_uuid: str
    did: str | None
    did_raw: str
    ani: str | None
    ani_raw: str
    ivr_id: str | None
    ivr_version: int | None
    started_at: Time
    ended_at: Time | None
    duration_ms: int | None
    outcome: str | None
    hangup_cause: str | None
    take_overs: int
    path: list[CallStepSchema]
    agent: list[AgentTrySchema]
    test: bool = Field(description="a test call: made from the page or by a test of the menu")
    hung_up_by: Literal["caller", "us", "agent"] | None = Field(
        description="us: the menu, an operator or the switch; null: not known"
    )
    dtmf_type: str | None = Field(
        description="how the caller's keys arrive, as negotiated by the switch: rfc2833, info or none (tones); "
        "not the source of a single key"
    )
    verstat: Literal[VERSTATS] | None = Field(  # type: ignore[valid-type]
        default=None,
        description="what a carrier that is believed said about the caller's number (STIR/SHAKEN): passed_a, "
        "passed_b, passed_c, passed (its level is not told), failed or not_verified; null: nothing",
    )
    trunk: str | None = Field(default=None, description="the trunk that the call came by; null: none, or not known")
    outgoing: str | None = Field(
        default=None,
        description="the call that we made (GET /calls/outgoing/{id}): `ani` is who was called, `did` the number "
        "that we called from; null: the call came in",
    )
    answered_by: Literal["person", "machine", "unknown"] | None = Field(
        default=None, description="who answered a call that we made; null: the call came in"
    )
    language: str | None = Field(
        default=None,
        description="the language that the caller has come to, by its BCP 47 code; null: the menu does not say which "
        "languages it speaks",
    )
    menu_ms: int = Field(description="time in the menu, including the ringing of an agent")
    talk_ms: int = Field(description="with agents")


class CallDetailsSchema(CallRecordSchema):
    messages: list[MessageSchema] = Field(
        description="those that the call left for channels, in their order, as long as they are kept"
    )


class CallPageSchema(SortedPageSchema):
    items: list[CallRecordSchema]
