"""A trunk as an administrator defines it: where its calls come from, and how we and the other side know one another.

By address: the other side sends from networks that are listed, and nothing is registered. By registration: we
register with the other side's registrar, and it sends calls to where we registered from. The document that
`Trunk.to_json` makes is what the store keeps; its password is sealed (`ivr.secrets`), so it goes neither into an API
answer nor into a log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Literal, get_args

from ivr.domain.numbers import E164
from ivr.domain.sip_options import Transport
from ivr.domain.srtp import Srtp
from ivr.domain.trunks.hosts import Host

Kind = Literal["address", "registration"]
Lookup = Literal["order", "srv"]
NumberForm = Literal["e164", "digits", "national"]
DialledIn = Literal["request_uri", "to"]
Dtmf = Literal["rfc4733", "info", "inband"]
Network = IPv4Network | IPv6Network

KINDS: tuple[Kind, ...] = get_args(Kind)
LOOKUPS: tuple[Lookup, ...] = get_args(Lookup)
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
NUMBER_FORMS: tuple[NumberForm, ...] = get_args(NumberForm)
DIALLED_IN: tuple[DialledIn, ...] = get_args(DialledIn)
DTMF: tuple[Dtmf, ...] = get_args(Dtmf)

TRUNK_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# The user part of a SIP address (RFC 3261, 25.1), without what a URI escapes.
USERNAME = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,-]{1,128}", re.ASCII)
# The user name of a challenge may name its realm, too: `user@example.com`.
AUTH_USERNAME = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,@-]{1,128}", re.ASCII)
# Visible ASCII; a realm has inner blanks, too, and neither can end the quoted text that it stands in.
PASSWORD = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_REALM = r"\x21\x23-\x5b\x5d-\x7e"
REALM = re.compile(rf"[{_REALM}](?:[\x20{_REALM}]{{0,126}}[{_REALM}])?", re.ASCII)

MAX_TRUNKS = 100
MAX_HOSTS = 8
MAX_ALLOWED = 100
MAX_NUMBERS = 1000
EXPIRY_S = 600
SHORTEST_EXPIRY_S = 60
LONGEST_EXPIRY_S = 24 * 3600
MOST_CALLS_AT_ONCE = 10_000
MOST_CALLS_PER_S = 1000.0
FEWEST_CALLS_PER_S = 0.01


@dataclass(frozen=True, slots=True)
class Credentials:
    """What answers a digest challenge (RFC 3261, 22) of the other side: to a registration, to a call out.

    `auth_username`: where the carrier's user name for the challenge is not that of the account. `realm`: the only one
    that is answered; None: any. `sealed`: the password, which only a process that writes the switch's files opens.
    """

    username: str
    sealed: str = field(repr=False)
    auth_username: str | None = None
    realm: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """Where we register, and for how many seconds. `outbound_proxy` is sent everything instead of the registrar."""

    registrar: Host
    expiry_s: int = EXPIRY_S
    outbound_proxy: Host | None = None

    @property
    def server(self) -> Host:
        """Who is sent the registration."""
        return self.outbound_proxy or self.registrar


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken at most, calls beyond it being refused with 503; None: as much as the server can."""

    calls_at_once: int | None = None
    calls_per_s: float | None = None
    per_caller_per_s: float | None = None


_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trunk as it is stored.

    `hosts`: where calls out go, tried in order, or one name whose SRV records say where (`lookup`); none: calls only
    come in, or go to the registrar. `allowed`: the networks that calls may come from; none: the addresses of its
    hosts, its registrar and its proxy. `caller_in`: how the other side writes a caller's number that has no `+`,
    `caller_out`: how it wants ours; `country` (two letters) tells what a national number means. `dialled_in`: where
    the number dialled stands. `trust_identity`: its P-Asserted-Identity is believed; `trust_verstat`: what it
    says about callers' numbers (`ivr.domain.verstat`), too. `numbers`: those that come by
    it. `preset`: what it was made from; it changes nothing.
    """

    name: str
    hosts: tuple[Host, ...] = ()
    lookup: Lookup = "order"
    transport: Transport = "udp"
    srtp: Srtp = "off"
    registration: Registration | None = None
    credentials: Credentials | None = None
    allowed: tuple[Network, ...] = ()
    caller_in: NumberForm = "e164"
    caller_out: NumberForm = "e164"
    country: str = "US"
    dialled_in: DialledIn = "request_uri"
    trust_identity: bool = False
    trust_verstat: bool = False
    dtmf: Dtmf = "rfc4733"
    limits: Limits = _NO_LIMITS
    numbers: tuple[E164, ...] = ()
    preset: str | None = None

    @property
    def has_no_limits(self) -> bool:
        return self.limits == _NO_LIMITS

    @property
    def kind(self) -> Kind:
        return "registration" if self.registration else "address"

    def public_json(self) -> dict[str, Any]:
        """What may be shown; of the password only whether there is one."""
        document = self.to_json()
        sealed = document.pop("sealed")
        return {**document, "has_password": sealed is not None}

    def to_json(self) -> dict[str, Any]:
        """The document that parse_trunk reads, the sealed password included."""
        known, registered = self.credentials, self.registration
        proxy = registered.outbound_proxy if registered else None
        return {
            "kind": self.kind,
            "hosts": [str(each) for each in self.hosts],
            "lookup": self.lookup,
            "transport": self.transport,
            "srtp": self.srtp,
            "registrar": str(registered.registrar) if registered else None,
            "expiry_s": registered.expiry_s if registered else None,
            "outbound_proxy": str(proxy) if proxy else None,
            "username": known.username if known else None,
            "auth_username": known.auth_username if known else None,
            "realm": known.realm if known else None,
            "sealed": known.sealed if known else None,
            "allowed": [str(each) for each in self.allowed],
            "caller_in": self.caller_in,
            "caller_out": self.caller_out,
            "country": self.country,
            "dialled_in": self.dialled_in,
            "trust_identity": self.trust_identity,
            "trust_verstat": self.trust_verstat,
            "dtmf": self.dtmf,
            "calls_at_once": self.limits.calls_at_once,
            "calls_per_s": self.limits.calls_per_s,
            "per_caller_per_s": self.limits.per_caller_per_s,
            "numbers": list(self.numbers),
            "preset": self.preset,
        }
