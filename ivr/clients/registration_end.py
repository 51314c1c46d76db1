"""De-registration with authentication: REGISTER with Expires 0 (RFC 3261, 10.2.2), and the reply to its challenge.

FreeSWITCH sends a REGISTER with Expires 0 when a gateway is removed, and ignores the reply. A registrar that
challenges every request would then keep the binding, and send calls to it, until it expires.
"""

from __future__ import annotations

import logging
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosipua.auth import SipDigestAuth, answer_challenge
from aiosipua.headers import parse_auth
from aiosipua.message import SipMessage, SipResponse

from ivr.clients.host_addresses import find_servers
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk

log = logging.getLogger(__name__)

_ANSWER_S = 3.0
_MAX_BYTES = 16_384
_OUR_HOST = re.compile(r"@([0-9.]{7,15})(?=[:;>]|$)")
_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


@dataclass(frozen=True)
class LeftRegistration:
    """`contact`: the URI that the switch had registered."""

    trunk: Trunk
    password: str = field(repr=False)
    contact: str


def end_registration(left: LeftRegistration, tls: TlsCheck) -> int | None:
    """The status of the last answer, None without one. OSError, TlsRefused."""
    registration, credentials = left.trunk.registration, left.trunk.credentials
    if registration is None or credentials is None:
        return None
    over = "" if left.trunk.transport == "udp" else f";transport={left.trunk.transport}"
    uri, account = f"sip:{registration.registrar}{over}", f"sip:{credentials.username}@{registration.registrar.name}"
    token, answered = secrets.token_hex(16), ""
    auth = SipDigestAuth(credentials.auth_username or credentials.username, left.password)
    status: int | None = None
    with _connected(left, registration.server, tls) as sock:
        for count in (1, 2):
            host, port = sock.getsockname()[:2]
            request = (
                f"REGISTER {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/{left.trunk.transport.upper()} {host}:{port};branch=z9hG4bK{token}{count};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: <{account}>;tag={token[:16]}\r\nTo: <{account}>\r\n"
                f"Call-ID: {token}@digitree\r\nCSeq: {count} REGISTER\r\nContact: <{left.contact}>\r\nExpires: 0\r\n"
                f"User-Agent: Digitree\r\n{answered}Content-Length: 0\r\n\r\n"
            )
            response = _ask(sock, request.encode())
            status = response.status_code
            if status not in (401, 407) or not _is_meant(response, status, credentials.realm):
                break
            header = answer_challenge(auth, response, status, "REGISTER", uri)
            if header is None:
                break
            answered = f"{header[0]}: {header[1]}\r\n"
    return status


def _is_meant(response: SipResponse, status: int, realm: str | None) -> bool:
    name = "www-authenticate" if status == 401 else "proxy-authenticate"
    return realm is None or parse_auth(response.get_header(name) or "").params.get("realm") == realm


@contextmanager
def _connected(left: LeftRegistration, server: Host, tls: TlsCheck) -> Iterator[socket.socket]:
    """From the switch's own address, where it is one of this machine's."""
    transport = left.trunk.transport
    first = find_servers(server, transport)[0]
    at = first.name, first.port or _PORTS[transport]
    ours = _OUR_HOST.search(left.contact)
    with _opened(transport == "udp", at, ours[1] if ours else "") as plain:
        yield tls.wrap(plain, server.name) if transport == "tls" else plain


def _opened(datagrams: bool, at: tuple[str, int], ours: str) -> socket.socket:
    found = socket.getaddrinfo(*at, socket.AF_INET, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(_ANSWER_S)
        try:
            sock.bind((ours, 0))
        except OSError:
            log.debug("%s is not an address of this machine", ours)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _ask(sock: socket.socket, request: bytes) -> SipResponse:
    """The final response. OSError, TimeoutError."""
    sock.sendall(request)
    while True:
        data = sock.recv(_MAX_BYTES)
        if not data:
            raise OSError("the registrar closed the connection")
        try:
            message = SipMessage.parse(data)
        except (ValueError, IndexError, KeyError) as error:
            raise OSError(f"the registrar's answer cannot be read: {error}") from error
        if isinstance(message, SipResponse) and message.status_code >= 200:
            return message
