"""What the API gives, as pydantic models for the OpenAPI document.

Answers are rendered from plain values (admin.http.views) and held against these models in the tests.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

Time = Annotated[str, Field(description="UTC, RFC 3339", examples=["2026-03-09T12:00:00.000Z"])]


class Answered(BaseModel):
    """An answer."""


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


class FieldChange(Answered):
    pointer: str = Field(description="JSON pointer into the menu, such as /nodes/welcome/gather/1")
    change: Literal["added", "removed", "changed"]
    before: Any = Field(description="null where it was not")
    after: Any = Field(description="null where it is no more")


class NodeChange(Answered):
    node: str
    change: Literal["added", "removed", "changed"]
    fields: list[FieldChange] = Field(description="empty where only the order of the keys is another")


class PromptChange(Answered):
    audio: str
    change: Literal["added", "removed", "changed"]


class Diff(Answered):
    menu: list[FieldChange] = Field(description="its name and start")
    nodes: list[NodeChange]
    reordered: bool = Field(description="nodes that both have follow each other differently")
    prompts: list[PromptChange]


class VersionSummary(Answered):
    version: int
    created_at: Time
    actor: str = Field(description="who wrote it: the id of the key")
    current: bool = Field(description="true: what the next call has")
    diff: Diff = Field(description="from the version before; of the first one, from nothing")


class VersionPage(Answered):
    items: list[VersionSummary]
    next_cursor: str | None


class VersionPrompt(Answered):
    audio: str
    duration_seconds: float


class Version(Answered):
    ivr_id: str
    version: int
    created_at: Time
    actor: str
    current: bool
    name: str
    start: str = Field(description="the first node of a call")
    explicit_start: bool = Field(description="false: it is the start because it is the first of the nodes")
    nodes: dict[str, Any] = Field(
        description="in the author's order",
        json_schema_extra={"additionalProperties": {"$ref": "#/components/schemas/Node"}},
    )
    prompts: list[VersionPrompt]


class CheckedChange(Answered):
    version: int = Field(description="what the menu is at now: the change is compared with it")
    diff: Diff
    warnings: list[Fault]
    dids: list[str] = Field(description="the numbers whose callers would hear the change")
    calls_under_way: int = Field(description="they keep the version they began with")


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


class Assigned(Menu):
    did: str = Field(description="the number just assigned")


class Did(Answered):
    did: str
    ivr_id: str
    name: str = Field(description="the menu's name")
    assigned_at: Time


class DidPage(Answered):
    items: list[Did]
    next_cursor: str | None


class CallStep(Answered):
    node: str
    attempt: int
    result: str = Field(description="key, no_match, no_input, hang_up, action or moved (sent to another node)")
    key: str | None
    at_ms: int = Field(description="milliseconds since the answer")
    ms: int = Field(description="how long the question took, from the prompt's first sound")
    prompt: str | None = Field(description="the file that was played, or `tones` where there was none")
    prompt_ms: int | None = Field(description="the length of that file, where it is known")
    into_prompt_ms: int | None = Field(description="how much of it had been heard by then")
    ignored: Literal["not_offered", "no_target"] | None = Field(
        description="why a key was not taken: no choice of this question, or its node does not exist"
    )


class AgentTry(Answered):
    uri: str
    result: str = Field(
        description="answered, answered_silent, no_answer, busy, declined, unreachable, cancelled or error"
    )
    cause: str | None
    talk_ms: int | None
    sip_status: int | None = Field(description="the agent's refusal")
    agent: str | None = Field(description="null: the default agent")
    ring_ms: int | None
    label: str | None = Field(description="`outcome` of the transfer node")
    reported: str | None = Field(description="what the agent said of the call: X-IVR-Result on its 200 or BYE")
    prepare: str | None = Field(
        default=None, description="what came of the agent's prepare URL: ok, or why not; null: there is none"
    )


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
    test: bool = Field(description="no caller: somebody tried the menu, from the page or by one of its tests")
    hung_up_by: Literal["caller", "us", "agent"] | None = Field(
        description="us: the menu, an operator or the switch; null: nobody told"
    )
    dtmf_type: str | None = Field(
        description="how the caller's keys come, as the switch negotiated it: rfc2833, info or none (tones); it does "
        "not tell the source of a single key"
    )
    menu_ms: int = Field(description="with us, an agent's ringing included")
    talk_ms: int = Field(description="with agents")


class CallPage(Answered):
    items: list[CallRecord]
    next_cursor: str | None


class LiveCall(Answered):
    call_id: str
    did: str | None
    ani: str | None
    ivr_id: str
    ivr_version: int
    node: str
    phase: Literal["asking", "bridging", "talking", "ending"] = Field(
        description="bridging: an agent is rung; talking: he has answered; ending: the last words are said"
    )
    started_at: Time
    since: Time = Field(description="when the call came to this node and phase")
    take_overs: int


class LiveCalls(Answered):
    items: list[LiveCall] = Field(description="newest first")
    next_cursor: None


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
