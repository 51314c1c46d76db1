"""What the API takes and gives, as pydantic models: they check requests and make the OpenAPI document.

Answers are rendered from plain values and held against these models in the tests.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from admin.tree_schema import NODE_ID
from ivr.domain.calls import Outcome
from ivr.domain.published import IVR_ID

E164_PATTERN = r"^\+[1-9][0-9]{6,14}$"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
MAX_LIMIT = 200
DEFAULT_LIMIT = 50

Number = Annotated[
    str, StringConstraints(pattern=E164_PATTERN), Field(description="E.164", examples=["+14155550100"])
]
Time = Annotated[str, Field(description="UTC, RFC 3339", examples=["2026-03-09T12:00:00.000Z"])]


def _rfc3339(text: object) -> object:
    """Pydantic would take a number for seconds since 1970."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise ValueError("a time is RFC 3339 with its offset, such as 2026-03-09T12:00:00Z")
    return text


Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339)]
NodeId = Annotated[str, StringConstraints(pattern=NODE_ID["pattern"])]
Scope = Literal["read", "write", "calls"]


class Request(BaseModel):
    """A body: no unknown fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """A query string: every value comes as text."""

    model_config = ConfigDict(extra="forbid")


class Answered(BaseModel):
    """An answer."""


# Errors


class Fault(Answered):
    pointer: str = Field(description="JSON pointer into the body, or /query/..., /path/...")
    code: str
    message: str
    node: str | None = Field(description="the menu's node it belongs to")


class Problem(Answered):
    """RFC 9457, with a stable `code` and one entry per fault."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]


# Lists


class PageQuery(Query):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=400, description="`next_cursor` of the page before")] = None


# Menus


class StrictQuery(Query):
    strict: Annotated[bool, Field(description="true: warnings are refused with 422 and nothing is changed")] = False


class DeleteQuery(Query):
    force: Annotated[bool, Field(description="true: also when numbers are bound to it")] = False


class PromptState(Answered):
    audio: str
    state: Literal["ready", "missing", "lost"] = Field(
        description="missing: not spoken or uploaded yet. lost: its file is gone from disk; speak it again"
    )
    source: Literal["tts", "upload"] | None
    voice: str | None
    text: str | None
    duration_seconds: float | None
    url: str | None = Field(description="listen here")
    nodes: list[str] = Field(description="the nodes that play it")


class MenuSummary(Answered):
    id: str
    name: str
    status: Literal["draft", "live"]
    created_at: Time
    updated_at: Time
    version: int = Field(description="counts every write to the menu; also the ETag")
    dids: list[str]


class Menu(MenuSummary):
    start: str = Field(description="the first node of a call")
    nodes: dict[str, Any] = Field(
        description="in the author's order",
        json_schema_extra={"additionalProperties": {"$ref": "#/components/schemas/Node"}},
    )
    prompts: list[PromptState]
    warnings: list[Fault] = Field(description="unwise or unfinished; calls are taken all the same")


class MenuPage(Answered):
    items: list[MenuSummary]
    next_cursor: str | None


# Audio


class Speak(Request):
    node: NodeId
    text: Annotated[str, Field(min_length=1, max_length=20_000, description="what is said")]
    voice: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="see GET /voices; absent: the default voice"
    )


class Spoken(Answered):
    node: str
    audio: str
    voice: str
    text: str
    duration_seconds: float
    cost_usd: float = Field(
        description="$0.01 a second of audio: a decimal with at most four places, to be read as such"
    )
    url: str
    cached: bool = Field(description="true: this very prompt had been spoken before")
    audio_added: bool = Field(description="true: the node had no `audio`, which is now this file's name")
    nodes: list[str] = Field(description="all nodes that play this audio")
    version: int = Field(description="of the menu, with this prompt")


class Uploaded(Answered):
    audio: str
    duration_seconds: float
    url: str
    nodes: list[str]
    version: int


class Voice(Answered):
    id: str
    label: str
    language: str
    model: str
    default: bool
    alias_of: str | None = Field(description="the voice that really speaks, if it is another one")


class VoiceList(Answered):
    items: list[Voice]
    next_cursor: None


# Numbers


class Assign(Request):
    did: Number
    replace: Annotated[bool, Field(description="take the number from another menu")] = False


class Assigned(Menu):
    did: str = Field(description="the number just assigned")


class Did(Answered):
    did: str
    ivr_id: str
    assigned_at: Time


class DidPage(Answered):
    items: list[Did]
    next_cursor: str | None


# Do not call


class DncQuery(PageQuery):
    source: Annotated[
        Literal["ani", "keyed", "api", "import", "agent"] | None, Field(description="how it came on the list")
    ] = None
    since: Annotated[Moment | None, Field(description="first opt-out then or later")] = None
    until: Annotated[Moment | None, Field(description="first opt-out before")] = None


class AddSuppression(Request):
    number: Number
    source: Literal["api", "import", "agent"] = "api"


class OptOutEvent(Answered):
    event_id: str
    source: str
    pressed_at: Time
    number_raw: str
    call_id: str | None
    did: str | None
    ivr_id: str | None
    ivr_version: int | None
    node: str | None
    key: str | None
    ms_into_question: int | None
    actor: str | None


class SuppressionSummary(Answered):
    number: str | None = Field(description="null: it was withheld, or cannot be a number")
    number_raw: str = Field(description="as received")
    source: str = Field(description="of the first opt-out: ani, keyed, api, import or agent")
    first_at: Time
    last_at: Time
    effective_at: Time
    must_honour_by: Time
    events_count: int


class Suppression(SuppressionSummary):
    events: list[OptOutEvent] = Field(description="oldest first, 500 at most")


class SuppressionPage(Answered):
    items: list[SuppressionSummary]
    next_cursor: str | None


# Calls


class CallQuery(PageQuery):
    did: Number | None = None
    ani: Number | None = None
    ivr_id: Annotated[str | None, Field(pattern=f"^{IVR_ID.pattern}$")] = None
    outcome: Outcome | None = None
    since: Annotated[Moment | None, Field(description="calls that began then or later")] = None
    until: Annotated[Moment | None, Field(description="calls that began before")] = None


class CallStep(Answered):
    node: str
    attempt: int
    result: str = Field(description="key, no_match, no_input, hang_up or action")
    key: str | None
    at_ms: int = Field(description="milliseconds since the answer")
    ms: int = Field(description="how long the question took")


class AgentTry(Answered):
    uri: str
    result: str
    cause: str | None
    talk_ms: int | None


class CallRecord(Answered):
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
    path: list[CallStep]
    agent: list[AgentTry]


class CallPage(Answered):
    items: list[CallRecord]
    next_cursor: str | None


# Keys


class CreateKey(Request):
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)] = Field(default=["read", "write", "calls"])


class Key(Answered):
    id: str
    name: str
    prefix: str = Field(description="the first characters of the key")
    scopes: list[str]
    created_at: Time
    last_used_at: Time | None
    revoked_at: Time | None


class NewKey(Key):
    key: str = Field(description="shown this once; only its hash is kept")


class KeyList(Answered):
    items: list[Key]
    next_cursor: None


class AuditQuery(PageQuery):
    subject: Annotated[str | None, Field(max_length=100, description="changes of this id or number alone")] = None


class AuditEntry(Answered):
    at: Time
    actor: str = Field(description="the id of the key")
    action: str
    subject: str
    before: Any
    after: Any


class AuditPage(Answered):
    items: list[AuditEntry]
    next_cursor: str | None


# Health


class Alive(Answered):
    status: Literal["ok"]


class ReadyLine(Answered):
    name: str
    ok: bool
    detail: str
    ms: int


class Ready(Answered):
    status: Literal["ready", "not ready"]
    checks: list[ReadyLine]
