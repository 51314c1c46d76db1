"""What goes over the loopback while a test runs."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

_ETH_P_IP = 0x0800
_TCP, _UDP = 6, 17
_HEAD = 14


class Packet(NamedTuple):
    ports: frozenset[int]
    payload: bytes


class Capture:
    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def of(self, port: int) -> bytes:
        """All that came from a port or went to it, packet by packet in one text."""
        return b"\n".join(each.payload for each in self.packets if port in each.ports)

    def ports_with(self, pattern: bytes) -> frozenset[int]:
        """The ports between which this went in the clear."""
        return frozenset().union(*(each.ports for each in self.packets if pattern in each.payload))


@contextmanager
def captured() -> Iterator[Capture]:
    """Skips the test for those who may not open a packet socket."""
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP))
    except PermissionError:
        pytest.skip("only root may capture packets")
    capture, over = Capture(), threading.Event()
    with sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        sock.bind(("lo", 0))
        sock.settimeout(0.1)
        thread = threading.Thread(target=_read, args=(sock, capture, over), daemon=True)
        thread.start()
        try:
            yield capture
        finally:
            over.set()
            thread.join()


def _read(sock: socket.socket, capture: Capture, over: threading.Event) -> None:
    while not over.is_set():
        try:
            frame = sock.recv(65536)
        except TimeoutError:
            continue
        start = _HEAD + 4 * (frame[_HEAD] & 0x0F)
        protocol = frame[_HEAD + 9]
        if protocol in (_TCP, _UDP):
            head = 8 if protocol == _UDP else 4 * (frame[start + 12] >> 4)
            ports = frozenset(struct.unpack("!HH", frame[start : start + 4]))
            capture.packets.append(Packet(ports, frame[start + head :]))
