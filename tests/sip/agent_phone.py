"""An agent's telephone for tests: takes one call over UDP, talks, and sends whatever it is told to."""

from __future__ import annotations

import re
import socket
import struct
import threading
import uuid
from types import TracebackType
from typing import Self

from tests.sip.phone import Message, parse_message

_FRAME_S = 0.02
SOUND = b"\x10\x90" * 80
SILENCE = b"\xff" * 160
_ECHOED = ("Via", "From", "Call-ID", "CSeq")


class AgentPhone:
    """`refuses`: the status with which it answers an INVITE; `frame`: what it says every 20 ms; `told`: the sipfrag
    of each NOTIFY, oldest first."""

    def __init__(self, name: str, refuses: int = 0, frame: bytes = SOUND) -> None:
        self.name = name
        self.refuses = refuses
        self._frame = frame
        self.told: list[str] = []
        self._notified: set[str] = set()
        self.answered, self.is_told, self.hung_up_on = threading.Event(), threading.Event(), threading.Event()
        self.reply = 0
        self._sip, self._rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self._sip, self._rtp):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(0.1)
        self._port = self._sip.getsockname()[1]
        self.address = f"{name}@127.0.0.1:{self._port}"
        self._cseq = 100
        self._invite: Message | None = None
        self._peer: tuple[str, int] = ("", 0)
        self._media: tuple[str, int] | None = None
        self._over = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._listen, self._speak)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(2)
        self._sip.close()
        self._rtp.close()

    def is_sent_sound(self) -> bool:
        try:
            return bool(self._rtp.recv(2048))
        except TimeoutError:
            return False

    def refer(self, to: str) -> None:
        """`to`: a URI, or a whole Refer-To."""
        header = to if "<" in to else f"<{to}>"
        self._send("REFER", f"Refer-To: {header}\r\nReferred-By: <sip:{self.address}>\r\n")

    def hold(self) -> None:
        """By a re-INVITE; no more sound is sent."""
        self._media = None
        sdp = self._description("a=sendonly\r\n")
        self._send("INVITE", "Content-Type: application/sdp\r\n", sdp)

    def say(self, frame: bytes) -> None:
        """From now on."""
        self._frame = frame

    def hang_up(self, result: str | None = None) -> None:
        self._send("BYE", f"X-IVR-Result: {result}\r\n" if result else "")

    def _description(self, direction: str = "") -> str:
        return (
            f"v=0\r\no=- 1 {self._cseq} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n{direction}"
        )

    def _send(self, method: str, headers: str, body: str = "") -> None:
        invite = self._invite
        assert invite is not None, "no call to send it in"
        if method != "ACK":
            self._cseq += 1
        contact = re.search(r"<([^>]+)>", invite.headers["contact"])
        assert contact
        self._sip.sendto(
            (
                f"{method} {contact[1]} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{uuid.uuid4().hex}\r\nMax-Forwards: 70\r\n"
                f"From: {invite.headers['to']};tag={self.name}\r\nTo: {invite.headers['from']}\r\n"
                f"Call-ID: {invite.headers['call-id']}\r\nCSeq: {self._cseq} {method}\r\n"
                f"Contact: <sip:{self.address}>\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode(),
            self._peer,
        )

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                data, self._peer = self._sip.recvfrom(65536)
            except TimeoutError:
                continue
            message = parse_message(data)
            if message.status:
                self.reply = message.status
                if message.headers["cseq"].endswith(" INVITE") and message.status >= 200:
                    self._send("ACK", "")
            elif message.method == "INVITE":
                self._take(message)
            elif message.method == "ACK":
                if not self.refuses:
                    self.answered.set()
            else:
                self._respond(message, "200 OK")
                if message.method == "BYE":
                    self._media = None
                    self.hung_up_on.set()
                elif message.method == "NOTIFY" and message.headers["cseq"] not in self._notified:
                    # One whose answer is late comes again.
                    self._notified.add(message.headers["cseq"])
                    self.told.append(message.body.strip())
                    self.is_told.set()

    def _take(self, invite: Message) -> None:
        if self.refuses:
            self._respond(invite, f"{self.refuses} No", to_tag=True)
            return
        self._invite = invite
        port = re.search(r"m=audio (\d+)", invite.body)
        assert port
        self._media = ("127.0.0.1", int(port[1]))
        contact = f"Contact: <sip:{self.address}>\r\nContent-Type: application/sdp\r\n"
        self._respond(invite, "200 OK", contact, self._description(), to_tag=True)

    def _respond(
        self, request: Message, status: str, headers: str = "", body: str = "", *, to_tag: bool = False
    ) -> None:
        echoed = "".join(f"{name}: {request.headers[name.lower()]}\r\n" for name in _ECHOED)
        to = request.headers["to"] + (f";tag={self.name}" if to_tag else "")
        text = f"SIP/2.0 {status}\r\n{echoed}To: {to}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        self._sip.sendto(text.encode(), self._peer)

    def _speak(self) -> None:
        count = 0
        while not self._over.wait(_FRAME_S):
            count += 1
            media = self._media
            if media is not None:
                head = struct.pack("!BBHII", 0x80, 0, count & 0xFFFF, 160 * count, 0x5678)
                self._rtp.sendto(head + self._frame, media)
