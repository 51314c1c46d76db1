"""One side of a call's sound: what it hears, packet by packet, and what it says, frame by frame."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.menus.over_sip.sounds import FRAME, SILENCE, is_loud, is_tone

_FRAME_S = 0.02
_EVENTS = "0123456789*#"


@dataclass
class Side:
    """`hums`: what it says while it has nothing else to say; `heard`: each packet of PCMU, and when it came."""

    ip: str = "127.0.0.1"
    media: tuple[str, int] | None = None
    hums: bytes = SILENCE
    heard: list[tuple[float, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((self.ip, 0))
        self._to_send: deque[tuple[int, bytes]] = deque()
        self._sequence = self._stamp = self._event_stamp = 0

    @property
    def port(self) -> int:
        return int(self.rtp.getsockname()[1])

    def say(self, frames: Iterable[bytes]) -> None:
        self._to_send.extend((0, each) for each in frames)

    def key(self, digit: str) -> None:
        """One key as RFC 4733 events, and a break behind it."""
        event = _EVENTS.index(digit)
        for at in range(1, 9):
            self._to_send.append((101, struct.pack("!BBH", event, 10, FRAME * at)))
        self._to_send.extend([(101, struct.pack("!BBH", event, 0x8A, FRAME * 8))] * 3)
        self._to_send.extend([(0, SILENCE)] * 5)

    @property
    def has_more_to_say(self) -> bool:
        return bool(self._to_send)

    def since(self, begin_s: float) -> list[bytes]:
        """What was heard from that moment (monotonic) on."""
        return [payload for at_s, payload in list(self.heard) if at_s >= begin_s]

    def hears(self, hertz: int, begin_s: float = 0.0) -> bool:
        """Whether it has heard at least a tenth of a second of this tone."""
        return sum(is_tone(payload, hertz) for payload in self.since(begin_s)) >= 5

    def loud_s(self, begin_s: float = 0.0) -> float:
        return sum(map(is_loud, self.since(begin_s))) * _FRAME_S

    def take(self) -> None:
        packet = self.rtp.recv(2048)
        if packet[1] & 0x7F == 0 and len(packet) == 12 + FRAME:
            self.heard.append((time.monotonic(), packet[12:]))

    def send_frame(self) -> None:
        if self.media is None:
            return
        payload_type, payload = self._to_send.popleft() if self._to_send else (0, self.hums)
        # All packets of one event carry the time at which it began.
        self._event_stamp = self._stamp if payload_type == 0 else self._event_stamp or self._stamp
        stamp = self._event_stamp if payload_type else self._stamp
        head = struct.pack("!BBHII", 0x80, payload_type, self._sequence & 0xFFFF, stamp, 0x1234)
        if payload_type == 0:
            self._event_stamp = 0
        self.rtp.sendto(head + payload, self.media)
        self._sequence += 1
        self._stamp += FRAME


class Exchange:
    """Two threads for the sound of all sides: one hears, the other speaks every 20 ms."""

    def __init__(self) -> None:
        self._sides: dict[int, Side] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._hear, self._speak)]

    def __enter__(self) -> Exchange:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join(2)

    def add(self, side: Side) -> None:
        with self._lock:
            self._sides[side.rtp.fileno()] = side

    def remove(self, side: Side) -> None:
        with self._lock:
            self._sides.pop(side.rtp.fileno(), None)
        side.media = None
        side.rtp.close()

    def _hear(self) -> None:
        while not self._over.is_set():
            with self._lock:
                sides = dict(self._sides)
            if sides:
                self._each(select.select(list(sides), [], [], 0.05)[0], sides, Side.take)
            else:
                self._over.wait(0.05)

    def _speak(self) -> None:
        next_s = time.monotonic()
        while not self._over.wait(max(0.0, next_s - time.monotonic())):
            # Of what is late only two frames are sent at once.
            next_s = max(next_s, time.monotonic() - 2 * _FRAME_S) + _FRAME_S
            with self._lock:
                sides = dict(self._sides)
            self._each(list(sides), sides, Side.send_frame)

    def _each(self, which: list[int], sides: dict[int, Side], does: Callable[[Side], None]) -> None:
        for number in which:
            with self._lock:
                is_there = self._sides.get(number) is sides[number]
                if is_there:
                    does(sides[number])
