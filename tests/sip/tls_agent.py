"""An agent's side over TLS that does what a test says: its certificate, its Contact, its Record-Route, its SDP."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.certificates import CertificateFiles
from tests.sip.phone import Message, parse_message

_HOST = "127.0.0.1"
_LENGTH = re.compile(rb"(?mi)^Content-Length: *(\d+)")
_MARK = b"\r\n\r\n"
# When an answer that nobody has acknowledged is sent again, over TLS as well (RFC 3261, 13.3.1.4).
_AGAIN_AFTER_S = (0.5, 1, 2, 4, 4, 4)


def clear_answer(port: int, _offer: str) -> str:
    return description(port, "m=audio {port} RTP/AVP 0")


def description(port: int, *lines: str) -> str:
    """A whole SDP with these media lines."""
    head = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0")
    return "".join(f"{line.replace('{port}', str(port))}\r\n" for line in (*head, *lines))


class TlsAgent:
    """Takes calls on 127.0.0.1. `contact` and `record_route`: URIs, in which {port} is its own. `answer` makes the
    SDP of a 200 from the port of `rtp` and the offer. `received`: requests and responses, oldest first."""

    def __init__(
        self,
        files: CertificateFiles,
        contact: str = "sip:agent@127.0.0.1:{port};transport=tls",
        record_route: str = "",
        answer: Callable[[int, str], str] = clear_answer,
    ) -> None:
        self.received: list[Message] = []
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((_HOST, 0))
        self.rtp.settimeout(0.1)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*files)
        self._listening = socket.create_server((_HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._contact = contact.replace("{port}", str(self.port))
        self._record_route = record_route.replace("{port}", str(self.port))
        self._answer = answer
        # FreeSWITCH may open a second one for the same call.
        self._connections: list[socket.socket] = []
        self._acknowledged = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sock in (*self._connections, self._listening):
            sock.close()
        self.rtp.close()

    def found(self, method: str) -> Message | None:
        """The first request of this method."""
        return next((each for each in self.received if each.method == method), None)

    def responded(self, method: str) -> Message | None:
        """The final response to our request of this method."""
        ours = (each for each in self.received if each.status >= 200)
        return next((each for each in ours if each.headers["cseq"].endswith(f" {method}")), None)

    def offer_again(self, *lines: str) -> None:
        """A re-INVITE with these media lines; what it is answered with is in `received`."""
        invite, body = self.found("INVITE"), description(self.rtp.getsockname()[1], *lines)
        assert invite
        self._send(
            self._connections[-1],
            f"INVITE {invite.headers['contact'].strip('<>')} SIP/2.0\r\n"
            f"Via: SIP/2.0/TLS {_HOST}:{self.port};branch=z9hG4bKagain\r\nMax-Forwards: 70\r\n"
            f"From: {invite.headers['to']};tag=agent\r\nTo: {invite.headers['from']}\r\n"
            f"Call-ID: {invite.headers['call-id']}\r\nCSeq: 7 INVITE\r\nContact: <{self._contact}>\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}",
        )

    def _run(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            connection = self._secured(plain)
            self._connections.append(connection)
            waiting = b""
            while data := connection.recv(65536):
                waiting = self._take_all(waiting + data, connection)
        except OSError:
            plain.close()

    def _secured(self, plain: socket.socket) -> socket.socket:
        return self._context.wrap_socket(plain, server_side=True)

    def _take_all(self, waiting: bytes, connection: socket.socket) -> bytes:
        """The beginning of the next message."""
        while _MARK in waiting:
            head, _, rest = waiting.partition(_MARK)
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                break
            waiting = rest[length:]
            self._take(head + _MARK + rest[:length], connection)
        return waiting

    def _take(self, data: bytes, connection: socket.socket) -> None:
        message = parse_message(data)
        self.received.append(message)
        if message.method == "ACK":
            self._acknowledged.set()
        if message.status and message.headers["cseq"].endswith(" INVITE") and message.status >= 200:
            self._send(
                connection,
                f"ACK {message.headers.get('contact', f'<sip:{_HOST}>').strip('<>')} SIP/2.0\r\n"
                f"Via: SIP/2.0/TLS {_HOST}:{self.port};branch=z9hG4bKack\r\nMax-Forwards: 70\r\n"
                + "".join(f"{name}: {message.headers[name.lower()]}\r\n" for name in ("From", "To", "Call-ID"))
                + "CSeq: 7 ACK\r\nContent-Length: 0\r\n\r\n",
            )
        elif message.method in ("INVITE", "BYE", "OPTIONS"):
            body = self._answer(self.rtp.getsockname()[1], message.body) if message.method == "INVITE" else ""
            to = message.headers["to"] + ("" if "tag=" in message.headers["to"] else ";tag=agent")
            route = f"Record-Route: <{self._record_route}>\r\n" if self._record_route and body else ""
            vias = "".join(f"Via: {each}\r\n" for each in re.findall(r"(?m)^Via: (.*?)\r$", data.decode()))
            answer = (
                f"SIP/2.0 200 OK\r\n{vias}{route}To: {to}\r\nContact: <{self._contact}>\r\n"
                + "".join(f"{name}: {message.headers[name.lower()]}\r\n" for name in ("From", "Call-ID", "CSeq"))
                + ("Content-Type: application/sdp\r\n" if body else "")
                + f"Content-Length: {len(body)}\r\n\r\n{body}"
            )
            self._send(connection, answer)
            if body:
                threading.Thread(target=self._send_again, args=(connection, answer), daemon=True).start()

    def _send_again(self, connection: socket.socket, answer: str) -> None:
        """Until it is acknowledged, or the connection is gone."""
        for wait_s in _AGAIN_AFTER_S:
            if self._acknowledged.wait(wait_s):
                return
            try:
                self._send(connection, answer)
            except OSError:
                return

    @staticmethod
    def _send(connection: socket.socket, text: str) -> None:
        connection.sendall(text.encode())
