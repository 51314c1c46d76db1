"""Requests and answers of /agents, as pydantic models."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from admin.http.answers import Answered, FaultSchema, SortedPageSchema, Time
from admin.http.messages import Form
from admin.http.models import Query, Request
from ivr.domain import agents, signing
from ivr.domain.agent_rings import RING_ID
from ivr.domain.agents import HeaderStyle, Sent
from ivr.domain.srtp import Srtp
from ivr.domain.tls_verdicts import TlsVerify
from ivr.domain.urls import URL


def _anchored(pattern: str) -> str:
    return f"^{pattern}$"


AGENT_NAME: dict[str, Any] = {"type": "string", "pattern": _anchored(agents.AGENT_NAME.pattern)}
AGENT_RING: dict[str, Any] = {"type": "string", "pattern": _anchored(RING_ID.pattern)}

# As presets have it: `sip:<project id>@sip.api.openai.com`.
_LEFT_OPEN = re.compile(r"<([A-Za-z0-9 _-]{1,60})>", re.ASCII)


def _need_filled_in(value: Any) -> Any:
    left = _LEFT_OPEN.search(value) if isinstance(value, str) else None
    if left is not None:
        raise ValueError(f"this address is not filled in yet: put your own {left[1]} where {left[0]} stands")
    return value


Uri = Annotated[
    str,
    StringConstraints(pattern=agents.NEW_SIP_URI.pattern, max_length=400),
    Form(
        "an agent's address is a SIP address, such as sip:agent@192.0.2.10 or"
        " sip:agent@192.0.2.10:5061;transport=tls, with a port of 1 to 65535 if it has one"
    ),
    BeforeValidator(_need_filled_in),
    Field(examples=["sip:agent@192.0.2.10:5060;transport=tcp"]),
]
TargetUri = Annotated[
    str,
    StringConstraints(pattern=rf"{agents.NEW_SIP_URI.pattern}|^{agents.TEL_URI.pattern}$", max_length=400),
    Form(
        "an agent is reached by a phone number, tel: with its country code such as tel:+14155550100, or by a SIP"
        " address, such as sip:agent@192.0.2.10 or sip:agent@192.0.2.10:5061;transport=tls, with a port of 1 to 65535"
        " if it has one"
    ),
    BeforeValidator(_need_filled_in),
    Field(
        examples=["sip:agent@192.0.2.10:5060;transport=tcp", "tel:+14155550100"],
        description="a SIP address, or a telephone number as `tel:` in E.164, which is dialled over a trunk",
    ),
]
Username = Annotated[
    str,
    StringConstraints(pattern=_anchored(agents.USERNAME.pattern)),
    Form("a user name has 1 to 64 letters, digits and the characters _ . + @ -"),
]
SipPassword = Annotated[
    str,
    StringConstraints(pattern=_anchored(agents.PASSWORD.pattern)),
    Form("a password has 1 to 128 letters, digits and the characters _ . + / * ! @ # % : ~ -"),
]
RingS = Annotated[
    int, Field(ge=1, le=agents.LONGEST_RING_S, description="seconds an address may ring before the next is tried")
]
NoProgressS = Annotated[
    int,
    Field(ge=1, le=agents.LONGEST_NO_PROGRESS_S, description="seconds to wait for the first response"),
]
MaxTalkS = Annotated[int, Field(ge=1, le=agents.LONGEST_TALK_S, description="seconds after which the talk is ended")]
SilenceS = Annotated[
    int,
    Field(
        ge=0,
        le=agents.LONGEST_SILENCE_S,
        description="seconds until an agent that answered but sends no sound is dropped and the next tried; 0: never",
    ),
]
MediaS = Annotated[
    int,
    Field(
        ge=0,
        le=agents.LONGEST_MEDIA_TIMEOUT_S,
        description="seconds without any packet from an agent during the talk until it counts as vanished and the "
        "next address is tried; 0: never, for agents that send nothing while they are silent. On hold: 20 minutes",
    ),
]
Style = Annotated[HeaderStyle, Field(description="X-IVR-Call-Id, or X-IVR_Call_Id for agents that reject hyphens")]
Send = Annotated[
    list[Sent],
    Field(
        max_length=8,
        description="x: our X-IVR- headers; diversion: the number dialled; user_to_user: our call id (RFC 7433); "
        "p_asserted_identity: the caller's number, asserted by us",
    ),
]


Codecs = Annotated[
    list[Annotated[str, StringConstraints(pattern=_anchored(f"(?:{agents.CODEC.pattern})"))]],
    Field(
        max_length=agents.MAX_CODECS,
        description="offered to this agent, in this order; none: those of the switch. The switch must support them: "
        "ours has PCMU and PCMA",
    ),
    Form("a codec is one of PCMU, PCMA, G722, G729, GSM, OPUS, iLBC, SPEEX"),
]
PrepareUrl = Annotated[
    str,
    StringConstraints(pattern=_anchored(URL.pattern), max_length=2000),
    Field(
        description="asked by POST before this agent is dialled, for two seconds at most; may answer with "
        '`{"uri": "sip:...", "headers": {"X-...": "..."}}`',
        examples=["https://agents.example.com/prepare"],
    ),
    Form("an address begins with https:// or http:// and has no blanks, such as https://agents.example.com/prepare"),
]
PrepareSecret = Annotated[
    str,
    StringConstraints(pattern=_anchored(signing.SECRET.pattern)),
    Field(description="signs requests to the prepare URL (Standard Webhooks); absent: one is made and shown once"),
    Form("a secret is whsec_ and 24 to 64 bytes in Base64"),
]
OptionsPing = Annotated[
    bool,
    Field(
        description="true: each of the agent's addresses gets OPTIONS every ten seconds; false: only those "
        "that calls found unreachable five times in a row. A silent address is skipped until it answers"
    ),
]


MayTransferTo = Annotated[
    list[Uri],
    Field(
        max_length=agents.MAX_TRANSFER_TARGETS,
        description="SIP addresses to which the agent may send a caller on by REFER; before the @ a `*` stands for "
        "any characters, as in `sip:+1480*@trunk.example.com`. Empty: every REFER is refused",
    ),
]

WayOfSrtp = Annotated[
    Srtp,
    Field(
        description="whether the agent's sound is encrypted (SRTP with keys in the SDP: AES-CM, AES-GCM). optional: "
        "if the agent can; required: no call in clear is made. Only `transport=tls` hides the keys on their way"
    ),
]

WayOfVerifying = Annotated[
    TlsVerify,
    Field(
        description="the name that the certificate of an address over TLS must have. name: the host that is dialled; "
        "wildcard: `*.` and its domain, such as `*.sip.example.com` for `a.sip.example.com`"
    ),
]


class TargetBody(Request):
    uri: TargetUri
    username: Annotated[
        Username | None, Field(description="for the digest challenge of this address; a telephone number has none")
    ] = None
    password: Annotated[
        SipPassword | None,
        Field(description="never shown; absent in a change: the password of the same address and user stays"),
    ] = None


Targets = Annotated[
    list[TargetBody], Field(min_length=1, max_length=agents.MAX_TARGETS, description="tried in this order")
]


class CreateAgent(Request):
    name: Annotated[
        str,
        StringConstraints(pattern=_anchored(agents.AGENT_NAME.pattern)),
        Form("an agent's name has 1 to 64 letters, digits, underscores or hyphens"),
    ]
    targets: Targets
    ring_timeout_s: RingS = agents.RING_S
    no_progress_timeout_s: NoProgressS = agents.NO_PROGRESS_S
    max_talk_s: MaxTalkS = agents.MAX_TALK_S
    silence_timeout_s: SilenceS = agents.SILENT_S
    media_timeout_s: MediaS = agents.MEDIA_TIMEOUT_S
    header_style: Style = "hyphen"
    send: Send = Field(default=list(agents.SENT))
    codecs: Codecs = Field(default=[])
    prepare_url: PrepareUrl | None = None
    prepare_secret: PrepareSecret | None = None
    options_ping: OptionsPing = False
    may_transfer_to: MayTransferTo = Field(default=[])
    srtp: WayOfSrtp = "off"
    tls_verify: WayOfVerifying = "name"


def _without_defaults(schema: dict[str, Any]) -> None:
    for each in schema["properties"].values():
        each.pop("default", None)


class PatchAgent(Request):
    """A change; absent fields stay."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)

    targets: Targets = Field(default=[])
    ring_timeout_s: RingS = agents.RING_S
    no_progress_timeout_s: NoProgressS = agents.NO_PROGRESS_S
    max_talk_s: MaxTalkS = agents.MAX_TALK_S
    silence_timeout_s: SilenceS = agents.SILENT_S
    media_timeout_s: MediaS = agents.MEDIA_TIMEOUT_S
    header_style: Style = "hyphen"
    send: Send = Field(default=[])
    codecs: Codecs = Field(default=[])
    prepare_url: PrepareUrl | None = None
    prepare_secret: PrepareSecret | None = None
    options_ping: OptionsPing = False
    may_transfer_to: MayTransferTo = Field(default=[])
    srtp: WayOfSrtp = "off"
    tls_verify: WayOfVerifying = "name"


class AgentRingAttemptSchema(Answered):
    uri: str
    result: str
    said: str = Field(description="what came, as a sentence")
    heard: bool | None = Field(description="whether sound came; null: it is not known, as of telephone numbers")
    sip_status: int | None
    ring_ms: int | None
    talk_ms: int | None


class AgentRingSchema(Answered):
    id: str
    agent: str
    state: Literal["ringing", "ended"]
    said: str = Field(description="what came, as a sentence; of the last address that was rung")
    attempts: list[AgentRingAttemptSchema] = Field(description="the addresses that were rung, once it is over")
    call_id: str | None = Field(description="its call record, marked `test`")
    started_at: Time
    ended_at: Time | None


class DeleteAgentQuery(Query):
    force: Annotated[bool, Field(description="true: even if menus name it; they then reach the default agent")] = (
        False
    )


class AgentTargetSchema(Answered):
    uri: str
    username: str | None
    has_password: bool


class AgentSchema(Answered):
    name: str
    targets: list[AgentTargetSchema]
    ring_timeout_s: int
    no_progress_timeout_s: int
    max_talk_s: int
    silence_timeout_s: int
    media_timeout_s: int
    header_style: HeaderStyle
    send: list[Sent]
    codecs: list[str]
    prepare_url: str | None
    prepare_secret: str | None = Field(description="shown only in the answer to the request that created it")
    options_ping: bool
    may_transfer_to: list[str]
    srtp: Srtp
    tls_verify: TlsVerify
    warnings: list[FaultSchema] = Field(
        description="telephone numbers that are not rung as things are, such as without a trunk for calls out"
    )
    created_at: Time
    updated_at: Time


class AgentPresetSchema(Answered):
    id: str
    title: str
    agent: dict[str, Any] = Field(
        description="the fields of an agent that it fills. What stands in `<...>` in an address is for you to fill in"
    )
    codecs: list[str] = Field(description="those that its pages name; the switch offers PCMU and PCMA")
    reads: str = Field(description="what becomes of the headers of the INVITE")
    answers: str = Field(description="when it answers, and what it refuses")
    steps: list[str] = Field(description="what to do on the other side")
    sources: list[str] = Field(description="the pages that say so")
    checked: str = Field(description="the day on which they were read", examples=["2026-11-29"])


class AgentPresetsSchema(Answered):
    items: list[AgentPresetSchema]


class AgentPageSchema(SortedPageSchema):
    items: list[AgentSchema]
