"""OPTIONS to an agent's target (RFC 3261 section 11): the request, and what counts as an answer. Pure."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Transport = Literal["udp", "tcp", "tls"]

_URI = re.compile(
    r"(?P<scheme>sips?):(?:[^@]+@)?(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::(?P<port>\d{1,5}))?"
    r"(?:;transport=(?P<transport>udp|tcp|tls))?"
)
_ANSWER = re.compile(rb"SIP/2\.0 ([1-6][0-9][0-9]) ")


class Peer(NamedTuple):
    """The host, port and transport of an address; SRV and NAPTR records are not looked up."""

    host: str
    port: int
    transport: Transport


def find_peer(uri: str) -> Peer | None:
    """The peer of a URI in the form of ivr.domain.agents.SIP_URI; None when it cannot be one."""
    match = _URI.fullmatch(uri)
    if match is None or int(match["port"] or 0) > 65535:
        return None
    transport: Transport = "tls" if match["scheme"] == "sips" or match["transport"] == "tls" else "udp"
    if transport == "udp" and match["transport"] == "tcp":
        transport = "tcp"
    return Peer(match["host"].strip("[]"), int(match["port"] or (5061 if transport == "tls" else 5060)), transport)


def options(uri: str, transport: Transport, local: tuple[str, int], token: str) -> bytes:
    """The request. `local`: host and port that the answer goes to; `token`: letters and digits used once."""
    host = f"[{local[0]}]" if ":" in local[0] else local[0]
    here = f"{host}:{local[1]}"
    return (
        f"OPTIONS {uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport.upper()} {here};branch=z9hG4bK{token};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:digitree@{here}>;tag={token[:16]}\r\nTo: <{uri}>\r\n"
        f"Call-ID: {token}@digitree\r\nCSeq: 1 OPTIONS\r\nContact: <sip:digitree@{here}>\r\n"
        "User-Agent: Digitree\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def is_answer(received: bytes) -> bool:
    """Whether this is a SIP response of any status: a target that refuses OPTIONS is reachable."""
    return answered_with(received) is not None


def answered_with(received: bytes) -> int | None:
    """The status of a SIP response, None for anything else."""
    found = _ANSWER.match(received)
    return int(found[1]) if found is not None else None
