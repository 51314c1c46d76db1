"""Connections that are no FreeSWITCH, and text that wants to be a command."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.settings import split_host_port
from tests.faults.bench import Bench, share
from tests.faults.rows_calls import describe_waits, waits_ms
from tests.faults.verdict import Row, judge

# The server's own time-out for a stranger, how often it looks, and some slack for a busy machine.
CLOSED_WITHIN_S = 5.0 + 0.5 + 1.5
_CONNECT = b"connect\n\n"
_CHANNEL = b"Event-Name: CHANNEL_DATA\nUnique-ID: x\n"


@dataclass
class Peer:
    """One connection: bytes to be sent at once, then one piece whenever it may."""

    kind: str
    first: bytes = b""
    piece: bytes = b""
    sock: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    opened_s: float = 0.0
    closed_s: float = 0.0
    sent: int = 0


KINDS: dict[str, Callable[[], Peer]] = {
    "nothing": lambda: Peer("nothing"),
    "half a line": lambda: Peer("half a line", b"Content-Ty"),
    "a 10 MB header": lambda: Peer("a 10 MB header", b"X-Long: ", b"a" * 65536),
    "a body cut short": lambda: Peer(
        "a body cut short", b"Content-Type: command/reply\nContent-Length: 5000\n\nonly so much"
    ),
    "an endless body": lambda: Peer(
        "an endless body", b"Content-Type: text/event-plain\nContent-Length: 60000\n\n", b"b"
    ),
    "a huge length": lambda: Peer("a huge length", b"Content-Type: x\nContent-Length: 99999999999999999999\n\n"),
    "a negative length": lambda: Peer("a negative length", b"Content-Type: x\nContent-Length: -5\n\n"),
    "garbage": lambda: Peer("garbage", bytes(range(256)) * 40),
    "garbage in lines": lambda: Peer("garbage in lines", b"\xff\xfe\x00: \x80\n\n" * 500),
    "a message without type": lambda: Peer("a message without type", b"Some-Header: some value\n\n"),
    "an HTTP request": lambda: Peer("an HTTP request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "byte by byte": lambda: Peer("byte by byte", b"", b"a"),
    "channel data without an end": lambda: Peer("channel data without an end", _CHANNEL, b"variable_a: b\n"),
    "channel data without a number": lambda: Peer(
        "channel data without a number", _CHANNEL + b"Content-Type: command/reply\nReply-Text: +OK\n\n"
    ),
}


def hostile_connections(bench: Bench, row: Row) -> None:
    """Connections that send nothing, half a line, 10 MB, garbage, ...; 1,000 idle ones"""
    site, callers = bench.site, bench.callers
    idle = 100 if bench.quick else 1_000
    quiet_calls = bench.live + bench.live // 2
    # The quiet run, right before and with as many calls.
    load = callers.load(site.did, live=bench.live, total=quiet_calls, per_s=45.0, speed=bench.speed)
    quiet = callers.wait_over(load)
    judge(row, site, quiet, unbroken=True)
    load = callers.load(site.did, live=bench.live, per_s=45.0, speed=bench.speed)
    callers.wait_live(load, bench.live // 2)
    peers = [make() for make in KINDS.values() for _ in range(5)] + [Peer("idle") for _ in range(idle)]
    slowest = _besiege(split_host_port(site.esl), peers)
    callers.wait_live(load, bench.live)
    callers.wait_started(load, bench.live // 4)
    besieged = callers.finish(load)
    judge(row, site, besieged, unbroken=True)
    for kind, seconds in slowest.items():
        row.check(seconds <= CLOSED_WITHIN_S, f"{kind}: closed after {seconds:.1f} s")
    before, during = waits_ms(quiet), waits_ms(besieged)
    # The short form shares the machine with other tests: one of twenty may wait as long as a caller does not notice.
    for part, grain_ms in ((0.5, 15.0), (0.95, 100.0)):
        # Some grain: what a busy machine does to figures this small, and to few of them.
        allowed = 1.5 * share(before, part) + (grain_ms if bench.quick else 1.0)
        row.check(share(during, part) <= allowed, f"key to prompt: {describe_waits(during)}, allowed {allowed:.1f}")
    row.figures += [f"quiet: {describe_waits(before)}", f"besieged: {describe_waits(during)}"]
    row.figures.append(f"{len(peers)} connections, the last closed after {max(slowest.values()):.1f} s")


def _besiege(address: tuple[str, int], peers: list[Peer]) -> dict[str, float]:
    """Opens all, sends what each has to send until it is closed; per kind the seconds of the slowest (infinite when
    it was never closed)."""
    with selectors.DefaultSelector() as selector:
        for peer in peers:
            peer.opened_s = time.monotonic()
            peer.sock.connect(address)
            if peer.first:
                peer.sock.sendall(peer.first)
            peer.sock.setblocking(False)
            selector.register(peer.sock, selectors.EVENT_READ, peer)
        open_peers = set(map(id, peers))
        deadline = time.monotonic() + CLOSED_WITHIN_S + 5
        while open_peers and time.monotonic() < deadline:
            for key, _ in selector.select(0.005):
                if not _read(key.data):
                    selector.unregister(key.fileobj)
                    open_peers.discard(id(key.data))
            for peer in peers:
                if peer.piece and not peer.closed_s and peer.sent < 10 << 20:
                    _send(peer)
    for peer in peers:
        peer.sock.close()
    slowest: dict[str, float] = {}
    for peer in peers:
        took = peer.closed_s - peer.opened_s if peer.closed_s else float("inf")
        slowest[peer.kind] = max(slowest.get(peer.kind, 0.0), took)
    return slowest


def _read(peer: Peer) -> bool:
    """False when the server has closed it."""
    try:
        if peer.sock.recv(65536):
            return True
    except BlockingIOError:
        return True
    except OSError:
        pass
    peer.closed_s = time.monotonic()
    return False


def _send(peer: Peer) -> None:
    try:
        peer.sent += peer.sock.send(peer.piece)
    except OSError:
        return  # full, or closed: reading tells which
