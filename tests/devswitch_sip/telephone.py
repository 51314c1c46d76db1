"""The telephone of tests/sip with more to it: what it hears packet by packet, other offers, any message."""

from __future__ import annotations

import re
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any, Self

from tests.sip.phone import Message, Phone


@dataclass(frozen=True)
class Packet:
    at_s: float
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    is_loud: bool


@dataclass
class Telephone(Phone):
    """codecs: payload types offered. direction: of the next offer. offers: whether the INVITE has one at all.
    speaks: whether it sends any sound."""

    codecs: tuple[int, ...] = (0,)
    direction: str = "sendrecv"
    offers: bool = True
    speaks: bool = True
    heard: list[Packet] = field(default_factory=list)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    @property
    def rtp_port(self) -> int:
        return int(self._rtp.getsockname()[1])

    @property
    def media(self) -> tuple[str, int]:
        """Where the switch listens for our sound."""
        assert self._media is not None
        return self._media

    def loud_times_s(self) -> list[float]:
        return [packet.at_s for packet in self.heard if packet.is_loud]

    def _offer(self) -> str:
        if not self.offers:
            return ""
        formats = " ".join(str(codec) for codec in self.codecs) + (" 101" if self.telephone_event else "")
        event = "a=rtpmap:101 telephone-event/8000\r\n" if self.telephone_event else ""
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.ip}\r\ns=-\r\nc=IN IP4 {self.ip}\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {formats}\r\n{event}a={self.direction}\r\n"
        )

    def reinvite(self, direction: str) -> Message:
        """Hold or resume; the answer."""
        self.direction = direction
        self._request("INVITE", self._offer(), {"Content-Type": "application/sdp"})
        reply = self._final(20)
        self._request("ACK")
        return reply

    def ask(self, method: str, body: str = "", headers: dict[str, str] | None = None) -> Message:
        self._request(method, body, headers)
        return self._final(20)

    def invite_without_waiting(self, user: str) -> bytes:
        """The INVITE as sent, for sending it again."""
        self._dialled = self._target = f"sip:{user}@{self.switch[0]}:{self.switch[1]}"
        self._to = f"<{self._dialled}>"
        sent: list[bytes] = []
        self._request("INVITE", self._offer(), {"Content-Type": "application/sdp"}, keep=sent)
        return sent[0]

    def cancel(self) -> None:
        self._request("CANCEL", same_transaction=True)

    def acknowledge(self, reply: Message) -> None:
        self._to = reply.headers["to"]
        self._request("ACK", same_transaction=reply.status >= 300)

    def final(self, timeout_s: float = 20) -> Message:
        return self._final(timeout_s)

    def send_raw(self, data: bytes) -> None:
        self._sip.sendto(data, self.switch)

    def _request(
        self,
        method: str,
        body: str = "",
        headers: dict[str, str] | None = None,
        *,
        same_transaction: bool = False,
        keep: list[bytes] | None = None,
    ) -> None:
        if method == "CANCEL":
            self._cseq -= 1
        real = self._sip
        if keep is not None:
            self._sip = _Recorder(real, keep)  # type: ignore[assignment]
        try:
            super()._request(method, body, headers, same_transaction=same_transaction)
        finally:
            self._sip = real

    def _final(self, timeout_s: float) -> Message:
        while True:
            reply = self._replies.get(timeout=timeout_s)
            media = re.search(r"c=IN IP4 (\S+)[\s\S]*?m=audio (\d+)", reply.body)
            if reply.status == 183 and media:
                self._media = (media[1], int(media[2]))
            if reply.status >= 200 and reply.headers.get("cseq", "").split()[0] == str(self._cseq):
                return reply

    def _speak(self) -> None:
        if self.speaks:
            super()._speak()

    def _count(self, packet: bytes) -> None:
        first, sequence, timestamp, _ = struct.unpack("!HHII", packet[:12])
        payload_type = first & 0x7F
        quiet = {0: (0xFF, 0x7F), 8: (0xD5, 0x55)}.get(payload_type, ())
        loud = payload_type in (0, 8) and any(byte not in quiet for byte in packet[12:])
        self.heard.append(Packet(time.monotonic(), payload_type, bool(first & 0x80), sequence, timestamp, loud))
        self.frames += payload_type in (0, 8)
        self.loud_frames += loud


class _Recorder:
    """A socket, for the listening thread too, that keeps what is sent."""

    def __init__(self, sock: socket.socket, keep: list[bytes]) -> None:
        self._sock, self._keep = sock, keep

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        self._keep.append(data)
        self._sock.sendto(data, address)
