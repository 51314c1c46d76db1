"""What goes over the loopback between two addresses, as a listener on the wire sees it."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

_ALL_PROTOCOLS = 3  # ETH_P_ALL
_ETHERNET, _UDP, _TCP = 14, 17, 6
_RTP_HEADER, _FRAME = 12, 160
# Of 160 bytes of a good cipher hardly one occurs seven times; of silence all are one.
_MOST_ALIKE = 16


@dataclass
class Capture:
    """`datagrams`: what UDP carried; `stream`: what TCP carried, in the order in which it came."""

    datagrams: list[bytes] = field(default_factory=list)
    stream: bytearray = field(default_factory=bytearray)

    def says(self, words: bytes) -> bool:
        return words in self.stream or any(words in each for each in self.datagrams)

    def frames(self) -> list[bytes]:
        """Packets of sound: RTP that carries 20 ms at 8 kHz, with or without the tag of SRTP behind."""
        return [
            each[_RTP_HEADER : _RTP_HEADER + _FRAME]
            for each in self.datagrams
            if _RTP_HEADER + _FRAME <= len(each) <= _RTP_HEADER + _FRAME + 20 and each[0] == 0x80
        ]

    def clear_frames(self) -> list[bytes]:
        return [each for each in self.frames() if Counter(each).most_common(1)[0][1] > _MOST_ALIKE]


@contextmanager
def capture(one: str, other: str) -> Iterator[Capture]:
    """Needs root; the test is skipped without."""
    try:
        listening = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
    except OSError as error:
        pytest.skip(f"the loopback cannot be listened to: {error}")
    listening.bind(("lo", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    listening.settimeout(0.1)
    seen, over = Capture(), threading.Event()
    pair = {socket.inet_aton(one), socket.inet_aton(other)}

    def listen() -> None:
        while not over.is_set():
            try:
                frame, (_, _, kind, *_) = listening.recvfrom(65536)
            except TimeoutError:
                continue
            packet = frame[_ETHERNET:]
            # Each packet passes the loopback twice.
            if kind != socket.PACKET_OUTGOING and {packet[12:16], packet[16:20]} == pair:
                _take(seen, packet)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join(5)
        listening.close()


def _take(seen: Capture, packet: bytes) -> None:
    length, total = (packet[0] & 0x0F) * 4, int.from_bytes(packet[2:4])
    carried = packet[length:total] if total else packet[length:]
    if packet[9] == _UDP:
        seen.datagrams.append(carried[8:])
    elif packet[9] == _TCP:
        seen.stream += carried[(carried[12] >> 4) * 4 :]
