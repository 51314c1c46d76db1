"""OPTIONS to an address (RFC 3261, 11): whether somebody is there, and what they reply."""

from __future__ import annotations

import secrets
import socket
import time

from ivr.clients.tls_peers import TlsCheck
from ivr.domain.sip_options import Peer, answered_with, find_peer, options
from ivr.domain.tls_verdicts import TlsVerify

ANSWER_S = 3.0
_SENT_AT_S = (0.0, 0.5, 1.5)
_MAX_BYTES = 4096


def ask_options(
    uri: str, *, tls: TlsCheck, verify: TlsVerify = "name", server: tuple[str, int] | None = None
) -> int | None:
    """The status of the reply, None without one within three seconds. Over TLS only a certificate counts with which
    the switch would call it: raises TlsRefused. `server`: who is asked in place of the URI's host, name and port;
    the certificate is for the host all the same (RFC 5922, 4)."""
    peer = find_peer(uri)
    if peer is None:
        return None
    at = server or (peer.host, peer.port)
    try:
        return _over_udp(uri, at) if peer.transport == "udp" else _over_stream(uri, peer, at, tls, verify)
    except (OSError, UnicodeError):  # what cannot be a name
        return None


def shake_hands(host: str, server: tuple[str, int], tls: TlsCheck) -> None:
    """A handshake with this server of a host, after which nothing is sent. Raises TlsRefused; OSError where there is
    none."""
    with socket.create_connection(server, ANSWER_S) as plain:
        tls.wrap(plain, host).close()


def _over_udp(uri: str, at: tuple[str, int]) -> int | None:
    family, kind, protocol, _, address = socket.getaddrinfo(*at, type=socket.SOCK_DGRAM)[0]
    began = time.monotonic()
    with socket.socket(family, kind, protocol) as sock:
        sock.connect(address)
        request = options(uri, "udp", sock.getsockname()[:2], secrets.token_hex(16))
        for next_at in (*_SENT_AT_S[1:], ANSWER_S):
            sock.send(request)
            while (left := began + next_at - time.monotonic()) > 0:
                sock.settimeout(left)
                try:
                    if (status := answered_with(sock.recv(_MAX_BYTES))) is not None:
                        return status
                except TimeoutError:
                    break
    return None


def _over_stream(uri: str, peer: Peer, at: tuple[str, int], tls: TlsCheck, verify: TlsVerify) -> int | None:
    with socket.create_connection(at, ANSWER_S) as plain:
        sock = plain
        if peer.transport == "tls":
            sock = tls.wrap(plain, peer.host, verify)
        sock.sendall(options(uri, peer.transport, sock.getsockname()[:2], secrets.token_hex(16)))
        return answered_with(sock.recv(_MAX_BYTES))
