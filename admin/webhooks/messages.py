"""Models of the `data` of each webhook event, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from admin.calls.schema import AgentTrySchema, CallStepSchema
from admin.http.answers import Answered, SignedHeadSchema, Time
from ivr.domain.webhooks import PING


class CallMessageStepSchema(CallStepSchema):
    into_prompt_ms: int | None = Field(default=None, description="not told here")


class _CallMessage(Answered):
    call_id: str
    channel_uuid: str
    did: str | None
    did_raw: str
    ani: str | None
    ani_raw: str
    started_at: Time
    ivr_id: str | None
    ivr_version: int | None
    ended_at: Time | None = Field(description="null: the call is under way")
    duration_ms: int | None
    outcome: str | None = Field(description="null: the call is under way")
    hangup_cause: str | None
    take_overs: int
    path: list[CallMessageStepSchema] = Field(description="the steps, as in GET /calls/{call_id}")
    agent: list[AgentTrySchema] = Field(description="the attempts that are over, as in GET /calls/{call_id}")
    test: bool
    hung_up_by: str | None
    dtmf_type: str | None
    verstat: str | None = Field(default=None, description="as in GET /calls/{call_id}")
    trunk: str | None = Field(default=None, description="the trunk that the call came by; null: none, or not known")
    outgoing: str | None = Field(default=None, description="as in GET /calls/{call_id}")
    answered_by: str | None = Field(default=None, description="as in GET /calls/{call_id}")
    language: str | None = Field(default=None, description="as in GET /calls/{call_id}")


class CallEndedMessageSchema(_CallMessage):
    """The call's record."""


class CallTransferredMessageSchema(_CallMessage):
    """The call's record at the moment its agent answers."""


class LineMessageSchema(Answered):
    line: str = Field(description="the waiting line: the name of its group of people")
    call_id: str
    ivr_id: str
    node: str
    number: str | None = Field(description="the caller's; null: withheld")
    priority: int
    at: Time
    waited_ms: int = Field(description="since the call came to the line, without the talk")
    ended: str | None = Field(description="person, no_answer, full, closed, left or a key; null: the call waits")
class OutgoingEndedMessageSchema(Answered):
    """A call that was ordered is over."""

    id: str
    to: str
    ivr_id: str
    trunk: str
    result: str | None = Field(description="as in GET /calls/outgoing/{id}")
    reason: str | None
    attempts: int = Field(description="how often it was dialled")
    answered_by: str | None = Field(description="person, machine or unknown; null: nobody answered")
    call_id: str | None = Field(description="the call record of the last attempt")


class ListChangeMessageSchema(Answered):
    seq: int = Field(description="its number in the list's chain, as in GET /dnc/changes")
    event_id: str
    list_id: str
    number: str | None = Field(description="null: the caller's number is unknown")


class OptOutMessageSchema(ListChangeMessageSchema):
    number_raw: str
    source: str
    pressed_at: Time
    call_id: str | None
    did: str | None
    ivr_id: str | None


class ReleaseMessageSchema(ListChangeMessageSchema):
    actor: str | None
    reason: str | None
    effective_at: Time


class ImportMessageSchema(Answered):
    list_id: str
    actor: str
    numbers: int = Field(description="lines with a number")
    added: int
    passed_over: int
    refused: int | None = Field(default=None, description="the number of bad lines, if there were any")
    since: int = Field(description="pass it to GET /dnc/changes to get what is new")
    from_seq: int = Field(description="the first number's, `since` plus one")
    to_seq: int = Field(description="the last number's")


class MenuChangeMessageSchema(Answered):
    ivr_id: str
    deleted: bool
    version: int | None = Field(default=None, description="the version after the change; absent: the menu is deleted")
    name: str | None = None
    dids: list[str] | None = None


class AgentUnreachableMessageSchema(Answered):
    agent: str | None = Field(description="null: the default agent")
    uri: str
    result: str = Field(description="unreachable, answered_silent or vanished")
    cause: str | None
    sip_status: int | None
    call_id: str


class TrunkAwayMessageSchema(Answered):
    trunk: str
    since: str = Field(description="when it was first seen so (RFC 3339)")
    standing: str = Field(description="refused or silent")
    status: int | None = Field(description="the SIP status of its last refusal; null: none is known")
    phrase: str | None = Field(description="the words beside that status")


class TrunkBackMessageSchema(Answered):
    trunk: str
    since: str = Field(description="when it was away first, as trunk.away had it")
    standing: str = Field(description="registered, answers, or incoming")
    back_at: str


class SignedHeadMessageSchema(SignedHeadSchema):
    """Keep it: it shows whether the chain was changed, computed again or cut off later."""


class PingMessageSchema(Answered):
    """Nothing: somebody tries the webhook."""


MESSAGES: Mapping[str, type[BaseModel]] = {
    "call.ended": CallEndedMessageSchema,
    "call.transferred": CallTransferredMessageSchema,
    "line.entered": LineMessageSchema,
    "line.left": LineMessageSchema,
    "line.abandoned": LineMessageSchema,
    "outgoing.ended": OutgoingEndedMessageSchema,
    "dnc.added": OptOutMessageSchema,
    "dnc.released": ReleaseMessageSchema,
    "dnc.imported": ImportMessageSchema,
    "ivr.changed": MenuChangeMessageSchema,
    "agent.unreachable": AgentUnreachableMessageSchema,
    "trunk.away": TrunkAwayMessageSchema,
    "trunk.back": TrunkBackMessageSchema,
    "chain.signed": SignedHeadMessageSchema,
    PING: PingMessageSchema,
}
