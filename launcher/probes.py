"""Readiness checks of processes: one request each."""

from __future__ import annotations

import http.client
import secrets
import socket

from ivr.settings import reachable_host, split_host_port

_ANSWER_S = 0.5


def answers_options(sip_address: str) -> bool:
    """One check: whether a switch answers OPTIONS with 200, which means that it takes calls."""
    switch = split_host_port(sip_address)
    branch = secrets.token_hex(8)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(_ANSWER_S)
        try:
            sock.connect(switch)
            host, port = sock.getsockname()
            lines = (
                f"OPTIONS sip:{switch[0]}:{switch[1]} SIP/2.0",
                f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch};rport",
                f"From: <sip:ready@{host}>;tag={branch}",
                f"To: <sip:{switch[0]}:{switch[1]}>",
                f"Call-ID: {branch}",
                "CSeq: 1 OPTIONS",
                "Max-Forwards: 70",
                "Content-Length: 0",
            )
            sock.send(("\r\n".join(lines) + "\r\n\r\n").encode())
            return sock.recv(2048).startswith(b"SIP/2.0 200 ")
        except OSError:
            return False


def http_status(address: str, path: str, timeout_s: float = 3.0) -> tuple[int, str] | None:
    """(status, body) of a GET; None when there is no answer."""
    connection = http.client.HTTPConnection(*reachable_host(address), timeout=timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(65536).decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
