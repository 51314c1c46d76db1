"""Agents: who gets the calls of a `transfer` node, and what is sent along.

An agent is a named list of targets (SIP addresses and telephone numbers), tried in their order. The document that
`Agent.to_json` makes is what the store keeps and what calls read; it has sealed passwords, so it goes neither into an
API answer nor into a log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from ivr.domain.net_ports import PORT
from ivr.domain.numbers import E164
from ivr.domain.srtp import SRTP, Srtp
from ivr.domain.tls_verdicts import TlsVerify

HeaderStyle = Literal["hyphen", "underscore"]
Sent = Literal["x", "diversion", "user_to_user", "p_asserted_identity"]

AGENT_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
CODEC = re.compile(r"PCMU|PCMA|G722|G729|GSM|OPUS|iLBC|SPEEX", re.ASCII)


def _sip_uri(port: str) -> re.Pattern[str]:
    return re.compile(
        rf"^sips?:(?:[A-Za-z0-9_.+*-]{{1,64}}@)?(?:[A-Za-z0-9.-]{{1,253}}|\[[0-9a-fA-F:]+\])(?::{port})?"
        r"(?:;transport=(?:udp|tcp|tls))?$"
    )


# As stored: earlier releases took any five digits for a port.
SIP_URI = _sip_uri("[0-9]{1,5}")
NEW_SIP_URI = _sip_uri(PORT)
# A telephone number as an address (RFC 3966), always with its country code.
TEL = "tel:"
TEL_URI = re.compile(r"tel:\+[1-9][0-9]{6,14}", re.ASCII)
# These are part of a dial string, where a comma, a brace, a blank or a `$` would break out.
USERNAME = re.compile(r"[A-Za-z0-9_.+@-]{1,64}", re.ASCII)
PASSWORD = re.compile(r"[A-Za-z0-9_.+/*!@#%:~-]{1,128}", re.ASCII)

# The form of an encrypted secret (ivr.secrets).
SEALED = re.compile(r"[A-Za-z0-9_-]{60,1000}={0,2}", re.ASCII)

MAX_TARGETS = 8
MAX_TRANSFER_TARGETS = 50
MAX_CODECS = 4
RING_S = 20
NO_PROGRESS_S = 4
# A telephone network takes longer to find somebody than an agent's server does.
TELEPHONE_NO_PROGRESS_S = 15
MAX_TALK_S = 30 * 60
SILENT_S = 5
LONGEST_RING_S = 120
LONGEST_SILENCE_S = 60
MEDIA_TIMEOUT_S = 20
LONGEST_MEDIA_TIMEOUT_S = 3600
LONGEST_NO_PROGRESS_S = 30
LONGEST_TALK_S = 4 * 3600
SENT: tuple[Sent, ...] = ("x", "diversion")


@dataclass(frozen=True, slots=True)
class Target:
    """One SIP address, or a telephone number (`tel:+14155550100`), which is dialled over a trunk. `username` and the
    password answer the digest challenge of a SIP address; the password is kept `sealed`, and only a process that
    dials opens it."""

    uri: str
    username: str | None = None
    sealed: str | None = field(default=None, repr=False)

    @property
    def number(self) -> E164 | None:
        """None for a SIP address."""
        return E164(self.uri.removeprefix(TEL)) if self.uri.startswith(TEL) else None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as it is stored.

    `no_progress_s`: a target that does not even ring by then is unreachable. `sent`: the headers that go along.
    `silent_s`: a target that answered and sent no audio by then is dropped; 0: it may be silent. `codecs`: in order
    of preference; none: the profile's. `prepare_url`: is sent the call's data before an agent is dialled, signed
    with the sealed secret. `options_ping`: its targets are probed always, not only after a call found them
    unreachable. `may_transfer_to`: SIP addresses to which it may send a caller on by REFER, with `*` for any
    characters before the @. `srtp`: whether its leg is encrypted. `tls_verify`: for what
    name the certificates of its addresses must be.
    """

    name: str
    targets: tuple[Target, ...]
    ring_s: int = RING_S
    no_progress_s: int = NO_PROGRESS_S
    max_talk_s: int = MAX_TALK_S
    header_style: HeaderStyle = "hyphen"
    sent: tuple[Sent, ...] = SENT
    silent_s: int = 0
    codecs: tuple[str, ...] = ()
    prepare_url: str | None = None
    prepare_sealed: str | None = field(default=None, repr=False)
    options_ping: bool = False
    media_timeout_s: int = MEDIA_TIMEOUT_S
    may_transfer_to: tuple[str, ...] = ()
    srtp: Srtp = "off"
    tls_verify: TlsVerify = "name"

    @property
    def sealed(self) -> frozenset[str]:
        """All its secrets, sealed."""
        return frozenset(each for each in (self.prepare_sealed, *(each.sealed for each in self.targets)) if each)

    def on_telephone(self) -> Agent:
        """How its telephone numbers are dialled: by their trunk's codecs, encryption and certificates, and whoever
        answers may be silent at first. A carrier gets no header of ours but Diversion."""
        return replace(
            self, no_progress_s=min(self.ring_s, max(self.no_progress_s, TELEPHONE_NO_PROGRESS_S)), silent_s=0,
            codecs=(), may_transfer_to=(), srtp="off", tls_verify="name",
            sent=tuple(each for each in self.sent if each == "diversion"),
        )  # fmt: skip

    @property
    def guarded(self) -> bool:
        """Whether only an administrator may touch it: a URL is told who calls, credentials go to whoever its
        address names, and an address to send callers on to is dialled on the word of the agent's telephone."""
        credentials = bool(self.sealed) or any(each.username for each in self.targets)
        return self.prepare_url is not None or bool(self.may_transfer_to) or credentials

    def public_json(self) -> dict[str, Any]:
        """What may be shown; of a secret only that there is one."""
        document = self.to_json()
        del document["prepare_sealed"]
        document["targets"] = [
            {"uri": each.uri, "username": each.username, "has_password": each.sealed is not None}
            for each in self.targets
        ]
        return document

    def to_json(self) -> dict[str, Any]:
        """The document that parse_agent reads, sealed secrets included."""
        return {
            "targets": [
                {"uri": each.uri, "username": each.username, "sealed": each.sealed} for each in self.targets
            ],
            "ring_timeout_s": self.ring_s,
            "no_progress_timeout_s": self.no_progress_s,
            "max_talk_s": self.max_talk_s,
            "header_style": self.header_style,
            "send": list(self.sent),
            "silence_timeout_s": self.silent_s,
            "media_timeout_s": self.media_timeout_s,
            "codecs": list(self.codecs),
            "prepare_url": self.prepare_url,
            "prepare_sealed": self.prepare_sealed,
            "options_ping": self.options_ping,
            "may_transfer_to": list(self.may_transfer_to),
            "srtp": self.srtp,
            "tls_verify": self.tls_verify,
        }


def parse_agent(name: str, document: Mapping[str, Any]) -> Agent:
    """A stored agent; raises ValueError (or KeyError, TypeError) for one that could not have been stored."""
    agent = Agent(
        name,
        tuple(Target(each["uri"], each.get("username"), each.get("sealed")) for each in document["targets"]),
        int(document["ring_timeout_s"]),
        int(document["no_progress_timeout_s"]),
        int(document["max_talk_s"]),
        document["header_style"],
        tuple(document["send"]),
        int(document["silence_timeout_s"]),
        tuple(document.get("codecs", ())),
        document.get("prepare_url"),
        document.get("prepare_sealed"),
        bool(document.get("options_ping")),
        int(document.get("media_timeout_s", MEDIA_TIMEOUT_S)),
        may_transfer_to=tuple(document.get("may_transfer_to", ())),
        srtp=document.get("srtp", "off"),
        tls_verify=document.get("tls_verify", "name"),
    )
    if not AGENT_NAME.fullmatch(name) or not 1 <= len(agent.targets) <= MAX_TARGETS:
        raise ValueError("an agent without a name or without a target")
    for target in agent.targets:
        if not (
            (SIP_URI.fullmatch(target.uri) or TEL_URI.fullmatch(target.uri))
            and (target.username is None or USERNAME.fullmatch(target.username))
            and (target.sealed is None or SEALED.fullmatch(target.sealed))
        ):
            raise ValueError(f"agent {name} has a target or a credential that cannot be dialled")
    if agent.header_style not in get_args(HeaderStyle) or not set(agent.sent) <= set(get_args(Sent)):
        raise ValueError(f"agent {name} has a header style that is not known")
    if agent.srtp not in SRTP:
        raise ValueError(f"agent {name} has a way of encryption that is not known")
    if agent.tls_verify not in get_args(TlsVerify):
        raise ValueError(f"agent {name} has a way of checking certificates that is not known")
    if len(agent.codecs) > MAX_CODECS or not all(map(CODEC.fullmatch, agent.codecs)):
        raise ValueError(f"agent {name} has a codec that is not known")
    if len(agent.may_transfer_to) > MAX_TRANSFER_TARGETS or not all(map(SIP_URI.fullmatch, agent.may_transfer_to)):
        raise ValueError(f"agent {name} may transfer to what cannot be dialled")
    return agent


def agents_named(document: Mapping[str, Any]) -> list[str]:
    """The agents that a menu's document (see parse_menu) names, sorted."""
    return sorted({node["agent"] for node in document["nodes"].values() if "agent" in node})
