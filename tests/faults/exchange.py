"""A carrier with many telephones, over UDP: each rings, is busy, answers, speaks and presses keys as it is told to.

One thread serves all calls in steps of a frame. Nothing is retransmitted: it is used on loopback only.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.sip.agent_phone import SILENCE
from tests.sip.phone import Message, parse_message

_FRAME_S = 0.02
_EVENTS = "0123456789*#"
_ECHOED = ("Via", "From", "Call-ID", "CSeq")
# A key is pressed again if nothing comes of it.
_PRESSED_AGAIN_S = 6.0


@dataclass(frozen=True)
class Telephone:
    """`busy`: so many calls are refused first. Once it has rung for `rings_s` it answers, says these frames, and, if
    there is a `key`, presses it when it is spoken to; after `talk_s` it hangs up."""

    rings_s: float = 0.3
    busy: int = 0
    says: Sequence[bytes] = ()
    key: str = ""
    talk_s: float = 120.0


@dataclass
class ExchangeCall:
    """A call to one of the telephones. Times are those of the clock on the wall."""

    number: str
    invite: Message
    telephone: Telephone
    began_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    # Whether the other side spoke after the greeting, and when.
    heard_at: float | None = None
    last_reply: bytes = b""
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    rtp: socket.socket | None = None
    media: tuple[str, int] | None = None
    frames: int = 0
    pressed_at: float = 0.0
    cseq: int = 100

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


class Exchange:
    """`telephones` by number (digits) or name, others are `default`; `is_away`: it neither hears nor says
    anything."""

    def __init__(self, telephones: dict[str, Telephone] | None = None, default: Telephone | None = None) -> None:
        self.telephones = telephones or {}
        self.default = default or Telephone()
        self.calls: list[ExchangeCall] = []
        self.is_away = False
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._sip.bind(("127.0.0.1", 0))
        self._sip.setblocking(False)
        self.port = self._sip.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.broken: list[BaseException] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(5)
        for call in self.calls:
            if call.rtp is not None:
                call.rtp.close()
        self._sip.close()

    def calls_to(self, number: str) -> list[ExchangeCall]:
        return [each for each in list(self.calls) if each.number == number]

    def ringing(self) -> int:
        return sum(each.answered_at is None and not each.is_over for each in list(self.calls))

    def talking(self) -> int:
        return sum(each.answered_at is not None and not each.is_over for each in list(self.calls))

    def most_at_once(self) -> int:
        """How many calls were under way at the same time, at most."""
        edges = [(each.began_at, 1) for each in self.calls] + [(each.ended_at or 1e12, -1) for each in self.calls]
        level = most = 0
        for _, step in sorted(edges):
            level += step
            most = max(most, level)
        return most

    def cut_off(self) -> set[str]:
        """The numbers whose calls are under way; they are over, since the other side is gone."""
        gone = [each for each in list(self.calls) if not each.is_over]
        for each in gone:
            each.ended_at = time.time()
        return {each.number for each in gone}

    # -- the thread --

    def _serve(self) -> None:
        next_at = time.monotonic()
        while not self._over.is_set():
            try:
                self._hear(max(0.0, next_at - time.monotonic()))
                if time.monotonic() < next_at:
                    continue
                next_at = max(next_at + _FRAME_S, time.monotonic() - 0.2)
                for call in self.calls:
                    if not call.is_over:
                        self._step(call)
            except Exception as error:  # noqa: BLE001 - the row that uses it must see it
                self.broken.append(error)

    def _hear(self, wait_s: float) -> None:
        if not select.select([self._sip], [], [], wait_s)[0]:
            return
        data, peer = self._sip.recvfrom(65536)
        if self.is_away or not data.strip():
            return
        message = parse_message(data)
        call_id = message.headers.get("call-id", "")
        call = next((each for each in self.calls if each.invite.headers["call-id"] == call_id), None)
        if message.method == "INVITE":
            self._take(message, peer, call)
        elif message.method in ("BYE", "CANCEL", "OPTIONS"):
            self._reply(message, peer, "200 OK", tag=call.tag if call else "options")
            if call is not None and not call.is_over and message.method != "OPTIONS":
                if message.method == "CANCEL":
                    self._reply(call.invite, peer, "487 Request Terminated", tag=call.tag)
                call.ended_at = time.time()

    def _take(self, invite: Message, peer: tuple[str, int], known: ExchangeCall | None) -> None:
        if known is not None:
            if known.last_reply and not invite.headers["to"].count("tag="):
                self._sip.sendto(known.last_reply, peer)
            return
        match = re.match(r"INVITE sips?:\+?([^@;]+)@", invite.start)
        number = match[1] if match else ""
        before = len(self.calls_to(number))
        call = ExchangeCall(number, invite, self.telephones.get(number, self.default), time.time())
        if before < call.telephone.busy:
            call.last_reply = self._reply(invite, peer, "486 Busy Here", tag=call.tag)
            call.ended_at = time.time()
        else:
            call.last_reply = self._reply(invite, peer, "180 Ringing", tag=call.tag)
        self._peer = peer
        self.calls.append(call)

    def _step(self, call: ExchangeCall) -> None:
        now = time.time()
        if self.is_away:
            return
        if call.answered_at is None:
            if now - call.began_at >= call.telephone.rings_s:
                self._answer(call)
            return
        assert call.rtp is not None
        at, says = call.frames, call.telephone.says
        call.frames += 1
        self._rtp(call, 0, at, says[at] if at < len(says) else SILENCE)
        while select.select([call.rtp], [], [], 0)[0]:
            packet = call.rtp.recv(2048)
            is_loud = packet[1] & 0x7F == 0 and any(byte & 0x7F < 0x60 for byte in packet[12:])
            if is_loud and at >= len(says):
                call.heard_at = call.heard_at or now
        if call.telephone.key and call.heard_at and now - max(call.heard_at, call.pressed_at) > (
            _PRESSED_AGAIN_S if call.pressed_at else 0.5
        ):
            call.pressed_at = now
            self._press(call, call.telephone.key)
        if now - call.answered_at >= call.telephone.talk_s:
            self._hang_up(call)

    def _answer(self, call: ExchangeCall) -> None:
        call.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        call.rtp.bind(("127.0.0.1", 0))
        port = re.search(r"m=audio (\d+)", call.invite.body)
        call.media = ("127.0.0.1", int(port[1])) if port else None
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {call.rtp.getsockname()[1]} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        headers = f"Contact: <sip:{call.number}@127.0.0.1:{self.port}>\r\nContent-Type: application/sdp\r\n"
        call.answered_at = time.time()
        call.last_reply = self._reply(call.invite, self._peer, "200 OK", headers, body, tag=call.tag)

    def _hang_up(self, call: ExchangeCall) -> None:
        contact = re.search(r"<([^>]+)>", call.invite.headers["contact"])
        assert contact
        call.cseq += 1
        self._sip.sendto(
            (
                f"BYE {contact[1]} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{uuid.uuid4().hex}\r\nMax-Forwards: 70\r\n"
                f"From: {call.invite.headers['to']};tag={call.tag}\r\nTo: {call.invite.headers['from']}\r\n"
                f"Call-ID: {call.invite.headers['call-id']}\r\nCSeq: {call.cseq} BYE\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
            self._peer,
        )
        call.ended_at = time.time()

    def _press(self, call: ExchangeCall, key: str) -> None:
        event, at = _EVENTS.index(key), 160 * call.frames
        for index in range(10):
            end = 0x80 if index > 6 else 0
            payload = struct.pack("!BBH", event, end | 10, 160 * min(index + 1, 8))
            self._rtp(call, 101, call.frames + index, payload, at)
        call.frames += 10

    def _rtp(self, call: ExchangeCall, kind: int, number: int, payload: bytes, at: int | None = None) -> None:
        if call.rtp is not None and call.media is not None:
            stamp = 160 * number if at is None else at
            head = struct.pack("!BBHII", 0x80, kind, number & 0xFFFF, stamp, 0x5678)
            call.rtp.sendto(head + payload, call.media)

    def _reply(
        self, request: Message, peer: tuple[str, int], status: str, headers: str = "", body: str = "", *, tag: str
    ) -> bytes:
        echoed = "".join(f"{name}: {request.headers[name.lower()]}\r\n" for name in _ECHOED)
        to = request.headers["to"] + ("" if ";tag=" in request.headers["to"] else f";tag={tag}")
        text = f"SIP/2.0 {status}\r\n{echoed}To: {to}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        self._sip.sendto(text, peer)
        return text
