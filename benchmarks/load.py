"""The load generator: FreeSWITCH's side of many sync event sockets in one epoll loop.

It plays each call at full speed (`pace_s` 0) or answers each question after `pace_s`, and times two things: from
connecting to the first command after the greeting, and from the key's reply to the next command. It knows no
media; what it costs per call itself is in its result, so that a run can show that it was not the bottleneck.

    python benchmarks/load.py --port 8084 --calls 2000 --live 50
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import select
import socket
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
UNSET = b"Content-Type: command/reply\nReply-Text: -ERR command not found\n\n"
# A sync `connect` is answered with about 200 lines, 7 kB; most are variables that a menu never reads.
PADDING = b"".join(b"variable_padding_%03d: %s\n" % (n, b"x" * 20) for n in range(160))


def greeting(did: str, ani: str) -> bytes:
    call = str(uuid.uuid4()).encode()
    return (
        b"Event-Name: CHANNEL_DATA\nCore-UUID: " + call + b"\nUnique-ID: " + call + b"\nAnswer-State: ringing\n"
        b"Caller-Caller-ID-Number: %2B" + ani[1:].encode() + b"\nCaller-Destination-Number: %2B" + did[1:].encode()
        + b"\nvariable_uuid: " + call + b"\n" + PADDING
        + b"Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: static\nControl: full\n\n"
    )


def reply(value: str) -> bytes:
    return b"Content-Type: command/reply\nReply-Text: " + value.encode() + b"\n\n"


@dataclass
class Load:
    """What to do. `keys` answer the questions in turn; after them the caller is silent."""

    host: str = "127.0.0.1"
    port: int = 8084
    calls: int = 1000
    live: int = 50
    keys: str = "111"
    pace_s: float = 0.0
    rate: float = 0.0
    dids: tuple[str, ...] = ("+14155550100",)
    hold: bool = False


@dataclass
class Result:
    done: int = 0
    lost: int = 0
    refused: int = 0
    wall_s: float = 0.0
    own_cpu_s: float = 0.0
    key_to_prompt_ms: list[float] = field(default_factory=list)
    start_ms: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    def summary(self) -> dict[str, object]:
        return {
            "done": self.done,
            "lost": self.lost,
            "refused": self.refused,
            "wall_s": round(self.wall_s, 3),
            "calls_per_s": round(self.done / self.wall_s, 1) if self.wall_s else 0,
            "generator_cpu_ms_per_call": round(1000 * self.own_cpu_s / max(1, self.done), 4),
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
    __slots__ = ("answered_at", "began", "bridged", "buffer", "keys", "last", "refused", "sock", "started", "step")

    def __init__(self, sock: socket.socket, keys: str, now: float) -> None:
        self.sock = sock
        self.keys = keys
        self.began = now
        self.buffer = b""
        self.step = 0
        self.answered_at = 0.0
        self.started = False
        self.bridged = False
        self.refused = False
        self.last = ""


class Generator:
    def __init__(self, load: Load) -> None:
        self.load = load
        self.result = Result()
        self._epoll = select.epoll()
        self._calls: dict[int, Call] = {}
        self._due: list[tuple[float, int, bytes]] = []
        self._opened = 0

    def run(self) -> Result:
        load, result = self.load, self.result
        began, cpu = time.monotonic(), time.process_time()
        while result.done + result.lost < load.calls:
            now = time.monotonic()
            while self._may_open(now - began):
                self._open(now)
            while self._due and self._due[0][0] <= now:
                _, fd, data = heapq.heappop(self._due)
                if fd in self._calls:
                    self._answer(self._calls[fd], data)
            wait = 0.05 if not self._due else max(0.0, min(0.05, self._due[0][0] - now))
            if load.rate:
                wait = min(wait, 1 / load.rate)
            for fd, _ in self._epoll.poll(wait, 512):
                self._read(fd)
            if load.hold and self._opened == load.calls:
                break
        result.wall_s = time.monotonic() - began
        result.own_cpu_s = time.process_time() - cpu
        return result

    def _may_open(self, elapsed_s: float) -> bool:
        load = self.load
        if self._opened >= load.calls or len(self._calls) >= load.live:
            return False
        return not load.rate or self._opened < elapsed_s * load.rate

    def _open(self, now: float) -> None:
        sock = socket.socket()
        sock.setblocking(True)
        sock.connect((self.load.host, self.load.port))
        sock.setblocking(False)
        self._calls[sock.fileno()] = Call(sock, self.load.keys, now)
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        self._opened += 1

    def _read(self, fd: int) -> None:
        call = self._calls[fd]
        try:
            data = call.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(call)
            return
        call.buffer += data
        if not call.buffer.endswith(b"\n\n"):
            return
        now = time.monotonic()
        batch, call.buffer = call.buffer[:-2].split(b"\n\n"), b""
        if batch == [b"connect"]:
            did = self.load.dids[self._opened % len(self.load.dids)]
            self._send(call, greeting(did, f"+1480555{self._opened % 10000:04d}"))
            return
        if not call.started:
            call.started = True
            self.result.start_ms.append((now - call.began) * 1000)
        if call.answered_at:
            self.result.key_to_prompt_ms.append((now - call.answered_at) * 1000)
            call.answered_at = 0.0
        self._play(call, batch, now)

    def _play(self, call: Call, batch: list[bytes], now: float) -> None:
        replies, asked = [], False
        for command in batch:
            replies.append(OK)
            if command.startswith(b"getvar ivr_key_"):
                key = call.keys[call.step : call.step + 1]
                replies[-1] = reply(key) if key else UNSET
                call.step += 1
                asked = True
            elif command == b"getvar originate_disposition":
                replies[-1] = reply("SUCCESS")
                call.last = "transfer"
            elif command.startswith(b"getvar"):
                replies[-1] = UNSET
            elif b"name: respond" in command:
                call.last = "refused " + command.rsplit(b" ", 1)[1].decode()
                self.result.refused += 1
            elif b"name: hangup" in command:
                call.last = call.last or "hangup"
        data = b"".join(replies)
        if asked and self.load.pace_s:
            heapq.heappush(self._due, (now + self.load.pace_s, call.sock.fileno(), data))
        else:
            self._send(call, data)
            call.answered_at = time.monotonic() if asked else 0.0

    def _answer(self, call: Call, data: bytes) -> None:
        self._send(call, data)
        call.answered_at = time.monotonic()

    def _send(self, call: Call, data: bytes) -> None:
        try:
            call.sock.sendall(data)
        except OSError:
            call.last = ""

    def _close(self, call: Call) -> None:
        fd = call.sock.fileno()
        self._epoll.unregister(fd)
        call.sock.close()
        del self._calls[fd]
        if call.last:
            self.result.done += 1
            self.result.outcomes[call.last] = self.result.outcomes.get(call.last, 0) + 1
        else:
            self.result.lost += 1


def cpu_of(pid: int) -> float:
    """User and system seconds of a whole process, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8084)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--live", type=int, default=50)
    parser.add_argument("--keys", default="111")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds before each key")
    parser.add_argument("--rate", type=float, default=0.0, help="new calls a second at most")
    parser.add_argument("--did", default="+14155550100")
    parser.add_argument("--pid", type=int, action="append", default=[], help="server process to account CPU of")
    given = parser.parse_args()
    before = sum(map(cpu_of, given.pid))
    load = Load(given.host, given.port, given.calls, given.live, given.keys, given.pace, given.rate, (given.did,))
    result = Generator(load).run()
    summary = result.summary()
    if given.pid:
        summary["server_cpu_ms_per_call"] = round(1000 * (sum(map(cpu_of, given.pid)) - before) / given.calls, 4)
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
