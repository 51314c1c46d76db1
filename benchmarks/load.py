"""The load generator: FreeSWITCH's side of many event sockets in one epoll loop.

It plays each call at full speed (`pace_s` 0) or answers each question after `pace_s`, and times two things: from
connecting to the first command after the greeting, and from the key to the next command. It knows no media. What
it costs itself is in its result, so that a run can show that it was not the bottleneck.

    python -m benchmarks.load --port 8084 --calls 2000 --live 50 [--side async]
"""

from __future__ import annotations

import argparse
import gc
import heapq
import json
import random
import re
import select
import socket
import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.machine import SWITCH_SECRET, allow_many_sockets, cpu_seconds
from ivr.domain.switch_proof import prove

OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
UNSET = b"Content-Type: command/reply\nReply-Text: -ERR command not found\n\n"
# As FreeSWITCH has them once a caller with telephone-event is answered, or talks with an agent.
_KNOWN = {b"getvar dtmf_type": "rfc2833", b"getvar originate_disposition": "SUCCESS"}
_LENGTH = re.compile(rb"content-length:([0-9]+)\n\n")
# A `connect` is answered with about 200 lines, 7 kB; most are variables that a menu never reads.
PADDING = b"".join(b"variable_padding_%03d: %s\n" % (n, b"x" * 20) for n in range(160))
# After this time without any event the remaining calls count as lost.
_STALL_S = 15.0


def greeting(call: bytes, did: str, ani: str, mode: bytes) -> bytes:
    """The reply to `connect`."""
    proof = prove(call.decode(), SWITCH_SECRET).encode()
    return (
        b"Event-Name: CHANNEL_DATA\nCore-UUID: %b\nUnique-ID: %b\nAnswer-State: ringing\n"
        b"Caller-Caller-ID-Number: %%2B%b\nCaller-Destination-Number: %%2B%b\nvariable_uuid: %b\n"
        b"variable_digitree_proof: %b\n%b"
        b"Content-Type: command/reply\nReply-Text: %%2BOK%%0A\nSocket-Mode: %b\nControl: full\n\n"
    ) % (call, call, ani[1:].encode(), did[1:].encode(), call, proof, PADDING, mode)


def reply(value: str) -> bytes:
    return b"Content-Type: command/reply\nReply-Text: " + value.encode() + b"\n\n"


@dataclass(frozen=True)
class Load:
    """What to do. `keys` answer the questions in turn; after them the caller is silent. `rate`: new calls a second
    at most, 0: as fast as `live` allows. `hold_s`: the last question stays open, and so long after the last event all
    is cut off."""

    port: int
    host: str = "127.0.0.1"
    calls: int = 1000
    live: int = 50
    keys: str = "111"
    pace_s: float = 0.0
    rate: float = 0.0
    dids: tuple[str, ...] = ("+14155550100",)
    hold_s: float = 0.0


@dataclass
class Result:
    done: int = 0
    lost: int = 0
    refused: int = 0
    wall_s: float = 0.0
    own_cpu_s: float = 0.0
    # How often a call was told what to do next.
    turns: int = 0
    key_to_prompt_ms: list[float] = field(default_factory=list)
    start_ms: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        return {
            "done": self.done,
            "lost": self.lost,
            "refused": self.refused,
            "wall_s": round(self.wall_s, 4),
            "calls_per_s": round(self.done / self.wall_s, 1) if self.wall_s else 0.0,
            "turns": round(self.turns / max(1, self.done), 3),
            "generator_ms": round(1000 * self.own_cpu_s / max(1, self.done), 4),
            "key_to_prompt_ms": percentiles(self.key_to_prompt_ms),
            "start_ms": percentiles(self.start_ms),
            "outcomes": self.outcomes,
        }


def percentiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    ordered = sorted(values)
    return {
        name: round(ordered[min(len(ordered) - 1, int(len(ordered) * q))], 3)
        for name, q in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    }


class Call:
    """`began` is when it connected, `asked` when the next key is due, `answered_at` when the last one was sent."""

    __slots__ = ("ani", "answered_at", "began", "buffer", "id", "keys", "outcome", "sock", "started", "unsent")

    def __init__(self, sock: socket.socket, keys: str, number: int, now: float) -> None:
        self.sock = sock
        self.keys = iter(keys)
        self.began = now
        self.buffer = b""
        self.unsent = b""
        self.answered_at = 0.0
        self.started = False
        self.outcome = ""
        self.id = str(uuid.uuid4()).encode()
        self.ani = f"+1480{5_000_000 + number % 1_000_000}"


class Generator:
    """The sync side: every command has one reply, and an `execute` is answered when its application is through."""

    socket_mode = b"static"

    def __init__(self, load: Load) -> None:
        self.load = load
        self.result = Result()
        self._epoll = select.epoll()
        self._calls: dict[int, Call] = {}
        self._due: list[tuple[float, int, Call, bytes]] = []
        self._opened = 0
        self._ended = 0
        self._random = random.Random(4).random

    def run(self) -> Result:
        load, result = self.load, self.result
        gc.disable()
        began, cpu = time.monotonic(), time.process_time()
        moved_at = began
        while self._ended < load.calls or self._calls:
            now = time.monotonic()
            while self._may_open(now - began):
                self._open(now)
                moved_at = now
            while self._due and self._due[0][0] <= now:
                _, _, call, data = heapq.heappop(self._due)
                self._answer(call, data)
            events = self._epoll.poll(self._wait_s(now), 512)
            for fd, event in events:
                self._handle(fd, event)
            if events or self._due:
                moved_at = now
            elif now - moved_at > (load.hold_s or _STALL_S):
                break
            if self._ended == load.calls and not self._waits_for_close():
                break
        result.wall_s = time.monotonic() - began
        result.own_cpu_s = time.process_time() - cpu
        result.lost += load.calls - self._ended if not load.hold_s else 0
        gc.enable()
        return result

    def _wait_s(self, now: float) -> float:
        wait = 0.05 if not self._due else max(0.0, min(0.05, self._due[0][0] - now))
        return min(wait, 0.2 / self.load.rate) if self.load.rate else wait

    def _waits_for_close(self) -> bool:
        return False

    def _may_open(self, elapsed_s: float) -> bool:
        load = self.load
        if self._opened >= load.calls or self._opened - self._ended >= load.live:
            return False
        return not load.rate or self._opened < elapsed_s * load.rate

    def _open(self, now: float) -> None:
        sock = socket.socket()
        sock.setblocking(False)
        # Non-blocking: a server whose queue is full would stop all the other calls here.
        sock.connect_ex((self.load.host, self.load.port))
        self._calls[sock.fileno()] = Call(sock, self.load.keys, self._opened, now)
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        self._opened += 1

    def _handle(self, fd: int, event: int) -> None:
        call = self._calls.get(fd)
        if call is None:
            return
        if event & select.EPOLLOUT and call.unsent:
            data, call.unsent = call.unsent, b""
            self._epoll.modify(fd, select.EPOLLIN)
            self._send(call, data)
        if not event & ~select.EPOLLOUT:
            return
        try:
            data = call.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(call)
            return
        if call.buffer:
            data = call.buffer + data
        heads = _without_bodies(data)
        if heads is None or not heads.endswith(b"\n\n"):
            call.buffer = data
            return
        call.buffer, data = b"", heads
        now = time.monotonic()
        if data == b"connect\n\n":
            did = self.load.dids[self._opened % len(self.load.dids)]
            self._send(call, greeting(call.id, did, call.ani, self.socket_mode))
            return
        if not call.started:
            call.started = True
            self.result.start_ms.append((now - call.began) * 1000)
        self._play(call, data, now)

    def _note_prompt(self, call: Call, now: float) -> None:
        if call.answered_at:
            self.result.key_to_prompt_ms.append((now - call.answered_at) * 1000)
            call.answered_at = 0.0

    def _play(self, call: Call, data: bytes, now: float) -> None:
        self.result.turns += 1
        self._note_prompt(call, now)
        if b"getvar ivr_key_" in data:
            key = next(call.keys, "")
            if not key and self.load.hold_s:
                return  # the caller keeps listening
            before, _, after = data.partition(b"getvar ivr_key_")
            told = reply(key) if key else UNSET
            replies = OK * before.count(b"\n\n") + told + b"".join(map(_reply_to, after[:-2].split(b"\n\n")[1:]))
            self._press(call, replies, now)
            return
        if b"name:bridge" in data or b"name: bridge" in data:
            call.outcome = "transfer"
            replies = b"".join(map(_reply_to, data[:-2].split(b"\n\n")))
        else:
            replies = OK * data.count(b"\n\n")
            if b"name:respond" in data:
                call.outcome = "refused"
                self.result.refused += 1
            elif b"hangup" in data:
                call.outcome = call.outcome or "hangup"
        self._send(call, replies)

    def _press(self, call: Call, data: bytes, now: float) -> None:
        """Answer a question with its key, now or when the caller has listened long enough: half to one and a half
        times `pace_s`, for people do not press in step."""
        if self.load.pace_s:
            heapq.heappush(self._due, (now + self.load.pace_s * (0.5 + self._random()), id(call), call, data))
        else:
            self._answer(call, data)

    def _answer(self, call: Call, data: bytes) -> None:
        self._send(call, data)
        call.answered_at = time.monotonic()

    def _send(self, call: Call, data: bytes) -> None:
        if call.unsent:
            call.unsent += data
            return
        try:
            sent = call.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # seen again when it is read
        if sent < len(data):
            call.unsent = data[sent:]
            self._epoll.modify(call.sock.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def _end(self, call: Call) -> None:
        self._ended += 1
        if call.outcome:
            self.result.done += 1
            self.result.outcomes[call.outcome] = self.result.outcomes.get(call.outcome, 0) + 1
        else:
            self.result.lost += 1

    def _close(self, call: Call) -> None:
        fd = call.sock.fileno()
        self._epoll.unregister(fd)
        call.sock.close()
        del self._calls[fd]
        self._end(call)


def _without_bodies(data: bytes) -> bytes | None:
    """The lines of the commands; None: a body is not all there."""
    at, heads = 0, b""
    while (found := _LENGTH.search(data, at)) is not None:
        heads += data[at : found.end()]
        at = found.end() + int(found[1])
        if at > len(data):
            return None
    return heads + data[at:]


def _reply_to(command: bytes) -> bytes:
    if command in _KNOWN:
        return reply(_KNOWN[command])
    return UNSET if command.startswith(b"getvar") else OK


def main() -> None:
    from benchmarks.async_side import AsyncGenerator

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in asdict(Load(8084)).items():
        if name != "dids":
            parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    parser.add_argument("--did", action="append", default=[], help="numbers to call, in turn")
    parser.add_argument("--side", choices=("sync", "async"), default="sync")
    parser.add_argument("--pid", type=int, action="append", default=[], help="server process to account CPU of")
    given = vars(parser.parse_args())
    side, pids, dids = given.pop("side"), given.pop("pid"), given.pop("did")
    load = Load(**given, dids=tuple(dids) or Load(0).dids)
    allow_many_sockets()
    before = cpu_seconds(pids)
    result = (AsyncGenerator if side == "async" else Generator)(load).run()
    summary = result.summary()
    if pids:
        summary["server_ms"] = round(1000 * (cpu_seconds(pids) - before) / load.calls, 4)
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
