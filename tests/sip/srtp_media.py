"""The sound of an agent that encrypts it (SDES, AES_CM_128_HMAC_SHA1_80), with keys as a test wants them."""

from __future__ import annotations

import base64
import os
import re
import socket
import struct

import pylibsrtp

from tests.sip.tls_agent import description

SUITE = "AES_CM_128_HMAC_SHA1_80"
_LINE = re.compile(rf"a=crypto:(\d+) {SUITE} inline:([A-Za-z0-9+/=]+)")
_PORT = re.compile(r"m=audio (\d+) RTP/SAVP")


def new_key() -> bytes:
    return os.urandom(30)


class SrtpMedia:
    """`sock` sends and hears. The far side's key and port are those of its latest SDP (`read`)."""

    def __init__(self, sock: socket.socket, key: bytes) -> None:
        self.key = key
        self._sock, self._count = sock, 0
        self._peer: tuple[str, int] | None = None
        self._incoming: pylibsrtp.Session | None = None
        self._outgoing = _session(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)

    def lines(self, offer: str = "") -> tuple[str, str]:
        """The media lines that answer this offer, or make one."""
        found = _LINE.search(offer)
        tag = found[1] if found else "1"
        return "m=audio {port} RTP/SAVP 0", f"a=crypto:{tag} {SUITE} inline:{base64.b64encode(self.key).decode()}"

    def answer(self, port: int, offer: str) -> str:
        self.read(offer)
        return description(port, *self.lines(offer))

    def read(self, sdp: str) -> None:
        line, port = _LINE.search(sdp), _PORT.search(sdp)
        assert line
        assert port
        self._peer = ("127.0.0.1", int(port[1]))
        self._incoming = _session(base64.b64decode(line[2]), pylibsrtp.Policy.SSRC_ANY_INBOUND)

    def use(self, key: bytes) -> None:
        """Encrypt by another key than was said, or by a new one."""
        self._outgoing = _session(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)

    def send(self, frame: bytes, *, clear: bool = False) -> None:
        assert self._peer
        self._count += 1
        packet = struct.pack("!BBHII", 0x80, 0, self._count, 160 * self._count, 0x5678) + frame
        self._sock.sendto(packet if clear else self._outgoing.protect(packet), self._peer)

    def hear(self) -> bytes | None:
        """The sound of the next packet that is encrypted by the far side's key; None: there is none for a moment."""
        assert self._incoming
        try:
            return self._incoming.unprotect(self._sock.recv(2048))[12:]
        except (TimeoutError, pylibsrtp.Error):
            return None


def _session(key: bytes, direction: int) -> pylibsrtp.Session:
    profile = pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80
    return pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile))
