"""A registrar of one account over UDP, which asks for its digest (RFC 2617, MD5)."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from types import TracebackType
from typing import Self

from tests.sip.phone import Message, parse_message

REALM, NONCE = "carrier.example", "5f2c9a"
_ECHOED = ("Via", "From", "Call-ID", "CSeq")


class Registrar:
    """`contacts`: the addresses that are registered; `wrong`: how many digests were."""

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password
        self.contacts: set[str] = set()
        self.wrong = 0
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind(("127.0.0.1", 0))
        self._sip.settimeout(0.1)
        self.port: int = self._sip.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(2)
        self._sip.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                data, peer = self._sip.recvfrom(65536)
            except TimeoutError:
                continue
            request = parse_message(data)
            if request.method in ("REGISTER", "OPTIONS"):
                self._sip.sendto(self._answer(request), peer)

    def _answer(self, request: Message) -> bytes:
        status, more = "200 OK", ""
        if request.method == "REGISTER":
            given = request.headers.get("authorization")
            if given is None:
                status = "401 Unauthorized"
                more = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5\r\n'
            elif self._is_right(given):
                more = self._registered(request)
            else:
                self.wrong += 1
                status = "403 Forbidden"
        echoed = "".join(f"{name}: {request.headers[name.lower()]}\r\n" for name in _ECHOED)
        to = request.headers["to"] + ";tag=registrar"
        return f"SIP/2.0 {status}\r\n{echoed}To: {to}\r\n{more}Content-Length: 0\r\n\r\n".encode()

    def _registered(self, request: Message) -> str:
        contact = re.search(r"<([^>]+)>", request.headers["contact"])
        assert contact
        if request.headers.get("expires") == "0" or "expires=0" in request.headers["contact"]:
            self.contacts.discard(contact[1])
            return ""
        self.contacts.add(contact[1])
        return f"Contact: <{contact[1]}>;expires=300\r\n"

    def _is_right(self, given: str) -> bool:
        said = dict(re.findall(r'(\w+)="([^"]*)"', given))
        who = _md5(f"{self._username}:{REALM}:{self._password}")
        what = _md5(f"REGISTER:{said['uri']}")
        return said.get("response") == _md5(f"{who}:{NONCE}:{what}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the digest of SIP
