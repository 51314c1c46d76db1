"""A carrier over TLS, or over TCP: a registrar of one account that asks for its digest, also of calls to it."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Callable

from tests.certificates import CertificateFiles
from tests.sip.phone import Message, parse_message
from tests.sip.tls_agent import TlsAgent, clear_answer

REALM = "carrier.example"
_ECHOED = ("Via", "From", "Call-ID", "CSeq")


class StreamCarrier(TlsAgent):
    """`contacts`: the addresses that are registered; `wrong`: how many digests were; `met`: how many connections.
    `received` is without what was challenged. Every nonce counts once, so that the end of a registration is
    challenged, too. `over_tls` False: TCP."""

    def __init__(
        self,
        files: CertificateFiles,
        account: tuple[str, str],
        *,
        over_tls: bool = True,
        answer: Callable[[int, str], str] = clear_answer,
    ) -> None:
        transport = "tls" if over_tls else "tcp"
        super().__init__(files, f"sip:carrier@127.0.0.1:{{port}};transport={transport}", answer=answer)
        self.contacts: set[str] = set()
        self.wrong = self.met = self._nonces = 0
        self._account, self._over_tls = account, over_tls

    def _secured(self, plain: socket.socket) -> socket.socket:
        self.met += 1
        return super()._secured(plain) if self._over_tls else plain

    def _take(self, data: bytes, connection: socket.socket) -> None:
        request = parse_message(data)
        if request.method == "ACK" and self.found("INVITE") is None:
            return
        if request.method not in ("REGISTER", "INVITE"):
            super()._take(data, connection)
        elif self._is_let_in(request):
            if request.method == "INVITE":
                super()._take(data, connection)
            else:
                self._send(connection, _response(request, "200 OK", self._registered(request)))
        else:
            self._nonces += 1
            asked = f'Digest realm="{REALM}", nonce="{self._nonces}", algorithm=MD5'
            who, status = ("WWW", "401 Unauthorized")
            if request.method == "INVITE":
                who, status = ("Proxy", "407 Proxy Authentication Required")
            self._send(connection, _response(request, status, f"{who}-Authenticate: {asked}\r\n"))

    def _is_let_in(self, request: Message) -> bool:
        given = request.headers.get("authorization") or request.headers.get("proxy-authorization")
        if given is None:
            return False
        said = dict(re.findall(r'(\w+)="([^"]*)"', given))
        username, password = self._account
        who, what = _md5(f"{username}:{REALM}:{password}"), _md5(f"{request.method}:{said['uri']}")
        if said["nonce"] != str(self._nonces):
            return False
        self._nonces += 1
        is_right = said["response"] == _md5(f"{who}:{said['nonce']}:{what}")
        self.wrong += not is_right
        return is_right

    def _registered(self, request: Message) -> str:
        found = re.search(r"<([^>]+)>", request.headers["contact"])
        assert found
        contact = found[1]
        if request.headers.get("expires") == "0" or "expires=0" in request.headers["contact"]:
            self.contacts.discard(contact)
            return ""
        self.contacts.add(contact)
        return f"Contact: <{contact}>;expires=300\r\n"


def _response(request: Message, status: str, more: str) -> str:
    echoed = "".join(f"{name}: {request.headers[name.lower()]}\r\n" for name in _ECHOED)
    to = request.headers["to"] + ("" if "tag=" in request.headers["to"] else ";tag=carrier")
    return f"SIP/2.0 {status}\r\n{echoed}To: {to}\r\n{more}Content-Length: 0\r\n\r\n"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the digest of SIP
