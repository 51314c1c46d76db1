"""The development switch as a process: when it takes calls."""

from __future__ import annotations

import secrets
import socket

from ivr.settings import Settings, split_host_port

_ANSWER_S = 0.5


def devswitch_ready(settings: Settings) -> bool:
    """One try: an OPTIONS request is answered with 200."""
    switch = split_host_port(settings.sip)
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
