"""A telephone for tests: one SIP call over UDP with its sound, enough to see what a caller sees and hears.

A thread answers whatever the other side asks (200 OK) and keeps every message; another counts the sound that
arrives and sends ours. Nothing is retransmitted: it is used on loopback only.
"""

from __future__ import annotations

import contextlib
import math
import queue
import re
import select
import socket
import struct
import threading
import time
import uuid
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_FRAME_S = 0.02
_SILENCE = b"\xff" * 160
_TONES = {
    "1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "4": (770, 1209), "5": (770, 1336), "6": (770, 1477),
    "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "*": (941, 1209), "0": (941, 1336), "#": (941, 1477),
}  # fmt: skip
_EVENTS = "0123456789*#ABCD"


@dataclass
class Message:
    """A SIP message as text; header names in lower case, the first of several."""

    start: str
    headers: dict[str, str]
    body: str

    @property
    def status(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.status else self.start.split()[0]


def parse_message(data: bytes) -> Message:
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return Message(start, headers, body)


@dataclass
class Phone:
    """`with Phone(switch) as phone: phone.dial("+14155550100")`; `telephone_event=False` offers no RFC 4733.
    `identity`: its address in From, instead of one with its number."""

    switch: tuple[str, int]
    ip: str = "127.0.0.1"
    number: str = "+14805551234"
    telephone_event: bool = True
    identity: str = ""
    received: list[Message] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)  # the same, as it came
    frames: int = 0  # of sound that came
    loud_frames: int = 0

    def __post_init__(self) -> None:
        self._sip, self._rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self._sip, self._rtp):
            sock.bind((self.ip, 0))
        self._port = self._sip.getsockname()[1]
        self._call_id = uuid.uuid4().hex
        self._cseq = 1
        self._replies: queue.Queue[Message] = queue.Queue()
        self._to_send: queue.Queue[tuple[int, bytes]] = queue.Queue()
        self._ended = threading.Event()
        self._counting = threading.Lock()
        self._media: tuple[str, int] | None = None
        self._muted = False
        self._target, self._dialled, self._to = "", "", ""
        self._branch = ""
        self.far_side_hung_up = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._listen, self._hear, self._speak)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Most tests end with the far side's hang-up, which may still be under way.
        if self._media and not self.far_side_hung_up.wait(0.3):
            with contextlib.suppress(queue.Empty):
                self.hang_up()
        self._ended.set()
        for thread in self._threads:
            thread.join(2)
        self._sip.close()
        self._rtp.close()

    def dial(self, user: str, headers: dict[str, str] | None = None, timeout_s: float = 30, to: str = "") -> int:
        """Call `user`; the final status. 2xx: the call stands and sound flows. `to`: another user in To."""
        self._dialled = self._target = f"sip:{user}@{self.switch[0]}:{self.switch[1]}"
        self._to = f"<sip:{to}@{self.switch[0]}>" if to else f"<{self._dialled}>"
        self._request("INVITE", self._offer(), {"Content-Type": "application/sdp", **(headers or {})})
        reply = self._final(timeout_s)
        self._to = reply.headers["to"]
        if reply.status < 300:
            contact = re.search(r"<([^>]+)>", reply.headers.get("contact", ""))
            self._target = contact[1] if contact else self._target
            address = re.search(r"c=IN IP4 (\S+)", reply.body)
            port = re.search(r"m=audio (\d+)", reply.body)
            if address and port:
                self._media = (address[1], int(port[1]))
        self._request("ACK", same_transaction=reply.status >= 300)
        return reply.status

    def hang_up(self) -> None:
        self._request("BYE")
        self._final(20)
        self._media = None

    def send_info(self, key: str) -> int:
        """One key as SIP INFO; the status of the answer."""
        body = f"Signal={key}\r\nDuration=160\r\n"
        self._request("INFO", body, {"Content-Type": "application/dtmf-relay"})
        return self._final(20).status

    def send_event(self, key: str) -> None:
        """One key as RFC 4733 events of 160 ms, payload type 101."""
        event = _EVENTS.index(key)
        frames = [struct.pack("!BBH", event, 10, 160 * n) for n in range(1, 9)]
        ends = [struct.pack("!BBH", event, 0x80 | 10, 160 * 8)] * 3
        for frame in (*frames, *ends):
            self._to_send.put((101, frame))
        # Where sending is late the next key follows at once: without sound between them the two would be one event.
        self._to_send.put((0, _SILENCE))

    def send_pause(self, duration_ms: int = 100) -> None:
        """Silence between two keys."""
        for _ in range(duration_ms // 20):
            self._to_send.put((0, _SILENCE))

    def send_frames(self, frame: bytes, count: int) -> None:
        """The same 20 ms of sound so many times, as payload type 0."""
        for _ in range(count):
            self._to_send.put((0, frame))

    def send_tone(self, key: str, duration_ms: int = 160) -> None:
        """One key as its two tones in the sound itself."""
        low, high = _TONES[key]
        samples = [
            int(8000 * (math.sin(2 * math.pi * low * n / 8000) + math.sin(2 * math.pi * high * n / 8000)))
            for n in range(duration_ms * 8)
        ]
        encoded = bytes(_ulaw(sample) for sample in samples)
        for start in range(0, len(encoded), 160):
            self._to_send.put((0, encoded[start : start + 160]))

    def mute(self) -> None:
        """Send no more sound, as when the connection is gone."""
        self._muted = True

    def unmute(self) -> None:
        self._muted = False

    def catch_up(self) -> None:
        """What has come by now is heard, however late the listening thread was woken."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with self._counting:
                if not select.select([self._rtp], [], [], 0)[0]:
                    return
            time.sleep(0.001)

    def _offer(self) -> str:
        formats, extra = ("0 101", "a=rtpmap:101 telephone-event/8000\r\n") if self.telephone_event else ("0", "")
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.ip}\r\ns=-\r\nc=IN IP4 {self.ip}\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP {formats}\r\na=rtpmap:0 PCMU/8000\r\n{extra}"
        )

    def _request(
        self, method: str, body: str = "", headers: dict[str, str] | None = None, *, same_transaction: bool = False
    ) -> None:
        if method != "ACK":
            self._cseq += 1
        if not same_transaction:
            self._branch = f"z9hG4bK{uuid.uuid4().hex}"
        lines = [
            f"{method} {self._dialled if same_transaction else self._target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.ip}:{self._port};branch={self._branch};rport",
            "Max-Forwards: 70",
            f"From: {self.identity or f'<sip:{self.number}@{self.ip}>'};tag={self._call_id[:8]}",
            f"To: {self._to}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._cseq} {method}",
            f"Contact: <sip:caller@{self.ip}:{self._port}>",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
            f"Content-Length: {len(body)}",
        ]
        self._sip.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self.switch)

    def _final(self, timeout_s: float) -> Message:
        while True:
            reply = self._replies.get(timeout=timeout_s)
            if reply.status >= 200 and reply.headers.get("cseq", "").split()[0] == str(self._cseq):
                return reply

    def _listen(self) -> None:
        self._sip.settimeout(0.1)
        while not self._ended.is_set():
            try:
                data, sender = self._sip.recvfrom(65536)
            except TimeoutError:
                continue
            message = parse_message(data)
            self.raw.append(data)
            self.received.append(message)
            if message.status:
                self._replies.put(message)
            elif message.method != "ACK":
                names = ("Via", "From", "To", "Call-ID", "CSeq")
                echoed = "".join(f"{name}: {message.headers[name.lower()]}\r\n" for name in names)
                self._reply(f"SIP/2.0 200 OK\r\n{echoed}Content-Length: 0\r\n\r\n".encode(), sender)
                if message.method == "BYE":
                    self._media = None
                    self.far_side_hung_up.set()

    def _reply(self, data: bytes, to: tuple[str, int]) -> None:
        self._sip.sendto(data, to)

    def _hear(self) -> None:
        while not self._ended.is_set():
            if select.select([self._rtp], [], [], 0.1)[0]:
                with self._counting:
                    self._count(self._rtp.recv(2048))

    def _count(self, packet: bytes) -> None:
        self.frames += packet[1] & 0x7F == 0
        # µ-law silence is 0xff or 0x7f and their neighbours; speech and tones are far from it.
        if packet[1] & 0x7F == 0 and any(byte & 0x7F < 0x60 for byte in packet[12:]):
            self.loud_frames += 1

    def _speak(self) -> None:
        sequence = stamp = event_stamp = 0
        next_s = time.monotonic()
        while not self._ended.wait(max(0.0, next_s - time.monotonic())):
            # By the clock and not by how long it slept: a tone with a gap in it is no key, or two. Of what is late
            # only two frames are sent at once.
            next_s = max(next_s, time.monotonic() - 2 * _FRAME_S) + _FRAME_S
            media = self._media
            # Port 0 is a stream that was refused.
            if media is None or not media[1] or self._muted:
                continue
            try:
                payload_type, payload = self._to_send.get_nowait()
            except queue.Empty:
                payload_type, payload = 0, _SILENCE
            # All packets of one event carry the time at which it began.
            event_stamp = stamp if payload_type == 0 else event_stamp or stamp
            header = struct.pack(
                "!BBHII", 0x80, payload_type, sequence & 0xFFFF, event_stamp if payload_type else stamp, 0x1234
            )
            if payload_type == 0:
                event_stamp = 0
            self._rtp.sendto(header + payload, media)
            sequence += 1
            stamp += 160


def _ulaw(sample: int) -> int:
    """G.711 µ-law of one 16-bit sample."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = magnitude >> (exponent + 3) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF
