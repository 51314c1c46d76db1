"""Requests and answers of /trunks, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from admin.http.answers import Answered, SortedPageSchema, Time
from admin.http.messages import Form
from admin.http.models import Request
from ivr.domain.sip_options import Transport
from ivr.domain.srtp import Srtp
from ivr.domain.trunks import model
from ivr.domain.trunks.model import DialledIn, Dtmf, Kind, Lookup, NumberForm
from ivr.domain.trunks.state import Standing

TRUNK_NAME: dict[str, Any] = {"type": "string", "pattern": f"^{model.TRUNK_NAME.pattern}$"}
_LONGEST_HOST = 300

HostText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=_LONGEST_HOST),
    Field(description="a name or an IP address, with or without a port", examples=["sip.example.com"]),
]
Hosts = Annotated[
    list[HostText],
    Field(max_length=model.MAX_HOSTS, description="where calls out go, in this order; none: calls only come in"),
]
NetworkText = Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=["198.51.100.0/24"])]
Allowed = Annotated[
    list[NetworkText],
    Field(
        max_length=model.MAX_ALLOWED,
        description="IP addresses and networks that calls may come from; none: those of its hosts, its registrar and "
        "its proxy",
    ),
]
NumberText = Annotated[str, StringConstraints(min_length=1, max_length=20), Field(examples=["+14155550100"])]
Numbers = Annotated[
    list[NumberText],
    Field(
        max_length=model.MAX_NUMBERS, description="those that come by this trunk, in E.164; a number is on one trunk"
    ),
]
Country = Annotated[
    str,
    StringConstraints(pattern="^[A-Z]{2}$"),
    Form("a country is given by two capital letters, such as US or DE"),
    Field(description="ISO 3166-1; tells what a national number means", examples=["US"]),
]
Username = Annotated[
    str,
    StringConstraints(pattern=f"^{model.USERNAME.pattern}$"),
    Form("a user name has up to 128 letters, digits and signs, without blanks, quotes and @"),
    Field(description="of the account that we register with, or that calls out are made with"),
]
AuthUsername = Annotated[
    str,
    StringConstraints(pattern=f"^{model.AUTH_USERNAME.pattern}$"),
    Form("a user name has up to 128 letters, digits and signs, without blanks and quotes"),
    Field(description="where it is another one than `username`"),
]
Password = Annotated[
    str,
    StringConstraints(pattern=f"^{model.PASSWORD.pattern}$"),
    Form("a password has up to 128 letters, digits and signs of ASCII, without blanks"),
    Field(description="stored encrypted, never shown"),
]
Realm = Annotated[
    str,
    StringConstraints(pattern=f"^{model.REALM.pattern}$"),
    Form("a realm has up to 128 letters, digits and signs of ASCII, without quotes and backslashes"),
    Field(description="the only one whose challenges are answered; null: any"),
]
ExpiryS = Annotated[
    int,
    Field(
        ge=model.SHORTEST_EXPIRY_S,
        le=model.LONGEST_EXPIRY_S,
        description="seconds after which a registration ends",
    ),
]
CallsAtOnce = Annotated[
    int, Field(ge=1, le=model.MOST_CALLS_AT_ONCE, description="more are refused with 503; null: no limit of its own")
]
CallsPerS = Annotated[
    float,
    Field(
        ge=model.FEWEST_CALLS_PER_S,
        le=model.MOST_CALLS_PER_S,
        description="calls a second; more are refused with 503; 0.1 is one in ten seconds; null: no limit of its own",
    ),
]
_CALLER = "e164: +14155550100, digits: 14155550100, national: 4155550100"
CallerIn = Annotated[
    NumberForm, Field(description=f"how callers' numbers come; one with + is read as it is. {_CALLER}")
]
CallerOut = Annotated[NumberForm, Field(description=f"how numbers are sent. {_CALLER}")]
DialledInField = Annotated[DialledIn, Field(description="where the number dialled stands")]
TrustIdentity = Annotated[bool, Field(description="true: its P-Asserted-Identity is believed")]
TrustVerstat = Annotated[
    bool, Field(description="true: what it says about callers' numbers (STIR/SHAKEN) is believed")
]
LookupField = Annotated[
    Lookup, Field(description="order: hosts one after the other; srv: SRV records of the one host say where")
]
SrtpField = Annotated[Srtp, Field(description="required: calls without SRTP are refused")]
KindField = Annotated[
    Kind, Field(description="address: the other side sends from known networks; registration: we register with it")
]


def _without_defaults(schema: dict[str, Any]) -> None:
    """An absent field is as the preset or the trunk that is there has it, which is none of these defaults."""
    for name in schema["properties"]:
        schema["properties"][name].pop("default", None)


class _Settings(Request):
    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)

    kind: KindField = "address"
    hosts: Hosts = Field(default=[])
    lookup: LookupField = "order"
    transport: Transport = "udp"
    srtp: SrtpField = "off"
    registrar: HostText | None = None
    expiry_s: ExpiryS | None = None
    outbound_proxy: HostText | None = None
    username: Username | None = None
    auth_username: AuthUsername | None = None
    password: Password | None = None
    realm: Realm | None = None
    allowed: Allowed = Field(default=[])
    caller_in: CallerIn = "e164"
    caller_out: CallerOut = "e164"
    country: Country = "US"
    dialled_in: DialledInField = "request_uri"
    trust_identity: TrustIdentity = False
    trust_verstat: TrustVerstat = False
    dtmf: Dtmf = "rfc4733"
    calls_at_once: CallsAtOnce | None = None
    calls_per_s: CallsPerS | None = None
    per_caller_per_s: CallsPerS | None = None
    numbers: Numbers = Field(default=[])


class CreateTrunk(_Settings):
    """A trunk; absent fields are as the preset has them. Others are: `kind` address, transport udp, SRTP off, lookup
    order, numbers in the form e164, the number dialled in the request URI, DTMF rfc4733, the country of this
    installation, no limits, no trust, and empty."""

    name: Annotated[
        str,
        StringConstraints(pattern=f"^{model.TRUNK_NAME.pattern}$"),
        Form("the name of a trunk has 1 to 64 letters, digits, underscores or hyphens"),
    ]
    preset: Annotated[
        str | None, Field(max_length=64, description="the id of a preset", examples=["telnyx"])
    ] = None


class PatchTrunk(_Settings):
    """A change; absent fields stay. Of the kind `address` the fields of a registration go by themselves; without a
    user name its password, realm and other user name do."""


class TrunkSchema(Answered):
    name: str
    kind: Kind
    hosts: list[str]
    lookup: Lookup
    transport: Transport
    srtp: Srtp
    registrar: str | None
    expiry_s: int | None
    outbound_proxy: str | None
    username: str | None
    auth_username: str | None
    realm: str | None
    has_password: bool
    allowed: list[str]
    caller_in: NumberForm
    caller_out: NumberForm
    country: str
    dialled_in: DialledIn
    trust_identity: bool
    trust_verstat: bool
    dtmf: Dtmf
    calls_at_once: int | None
    calls_per_s: float | None
    per_caller_per_s: float | None
    numbers: list[str]
    preset: str | None = Field(description="what it was made from")
    created_at: Time
    updated_at: Time


class TrunkPageSchema(SortedPageSchema):
    items: list[TrunkSchema]


class TrunkRefusalSchema(Answered):
    status: int = Field(
        description="of SIP; 408 also where nobody answered, 503 also where the certificate is not that of the host"
    )
    reason: str = Field(examples=["carrier refused with 403: the address is not on the connection's list"])
    at: Time


class TrunkStateSchema(Answered):
    standing: Standing = Field(
        description="registered, trying or refused: its registration. answers, silent: whether its hosts answer "
        "OPTIONS, which they are sent every half minute. incoming: there is no host to ask. unknown: the switch "
        "has not told"
    )
    since: Time | None = Field(description="when it began to stand so; null: not known")
    last_call_at: Time | None = Field(description="when the newest call began that came by it")
    last_refusal: TrunkRefusalSchema | None


class TrunkTrialSchema(Answered):
    works: bool | None = Field(description="null: nothing could be tried")
    said: str = Field(description="a sentence about it", examples=["carrier is registered with sip.example.com"])


class PlacedNetworksSchema(Answered):
    place: str
    networks: list[str]


class TrunkPresetSchema(Answered):
    id: str
    title: str
    trunk: dict[str, Any] = Field(description="the fields of a trunk that it fills")
    networks: list[PlacedNetworksSchema]
    asks: list[str] = Field(description="fields that only the owner of the account can fill")
    steps: list[str] = Field(description="what to do on the other side")
    sources: list[str] = Field(description="the pages that say so")
    checked: str = Field(description="the day on which they were read", examples=["2026-11-29"])


class TrunkPresetsSchema(Answered):
    items: list[TrunkPresetSchema]
