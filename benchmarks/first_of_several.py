"""Telephones that ring at once, and how soon the others stop when the first is answered: from the first one's 200 to
the CANCEL at each of the others, by the kernel's clock.

They are one socket with a user for each. All ring; then one of them, whichever, answers at no particular moment of
the switch's 20 ms. The call server is ours, the menu one transfer to people with `ring: all`.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from benchmarks.machine import before_other_programs
from benchmarks.product import DID, SIGNED, Running, product
from benchmarks.switch.running import Switch, find_program, switch
from ivr.domain.people.model import Person
from ivr.domain.people.table import table_text
from ivr.settings import split_host_port
from ivr.storage.redis.people import PeopleWriter
from tests.sip.phone import Message, Phone, parse_message

FREESWITCH, DEVSWITCH = "FreeSWITCH", "development switch"
# How many ring, and the number that is dialled for them.
_DIDS = {3: DID, 10: "+14155550111"}
_ROUNDS = 8
_RING_S, _FRAME_S, _PATIENCE_S = 0.4, 0.02, 5.0
_SO_TIMESTAMPNS = 35
_ECHOED = ("Via", "From", "Call-ID", "CSeq")


def first_of_several(rounds: int, size: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Raises NoSwitch."""
    program = find_program()
    turns = max(2, round(_ROUNDS * size)) * rounds
    stopped: dict[str, dict[str, dict[str, Any]]] = {}
    for name, which in ((FREESWITCH, program), (DEVSWITCH, None)):
        with TemporaryDirectory(prefix="digitree-bench-") as place, before_other_programs(), ExitStack() as stack:
            home = Path(place) / "home"
            telephones = stack.enter_context(_Telephones())
            running = stack.enter_context(product(home, tree=_menu(), dids=list(_DIDS.values())))
            _publish_people(running, telephones.port)
            esl = f"127.0.0.1:{running.port}"
            at = stack.enter_context(switch(home, esl, home / "prompts", program=which))
            stopped[name] = {}
            for many, did in _DIDS.items():
                waits_ms: list[float] = []
                for turn in range(turns):
                    waits_ms += _call(at, did, telephones, many)
                    say(f"{name}: {many} ring: call {turn + 1}: {max(waits_ms[1 - many :]):.1f} ms")
                stopped[name][str(many)] = {
                    "median_ms": round(median(waits_ms), 1), "most_ms": round(max(waits_ms), 1), "calls": turns
                }  # fmt: skip
    return {"stopped": stopped}


def most_ms(found: Mapping[str, Any]) -> float:
    """Of both switches, however many ring."""
    return max(float(one["most_ms"]) for kinds in found["stopped"].values() for one in kinds.values())


def part(results: Mapping[str, Any]) -> list[str]:
    """Of the page."""
    found = results.get("first_of_several", {}).get("measured")
    if not found:
        return []
    lines = [
        "## Several ring at once, and one answers",
        "",
        "From the 200 of the first to the CANCEL at each of the others.",
        "",
        "| switch | telephones | calls | median | most |",
        "|---|---|---|---|---|",
    ]
    for name, kinds in found["stopped"].items():
        for many, one in kinds.items():
            lines.append(f"| {name} | {many} | {one['calls']} | {one['median_ms']} ms | {one['most_ms']} ms |")
    return [*lines, ""]


def _menu() -> dict[str, Any]:
    of_few, of_many = (f"people{many}" for many in _DIDS)
    return {
        "name": "first of several",
        "nodes": {
            "whom": {"switch": "called", "case": {DID: of_few}, "default": of_many},
            **{name: {"action": "transfer", "people": name, "ring": "all"} for name in (of_few, of_many)},
        },
    }


def _publish_people(running: Running, port: int) -> None:
    people = [
        Person(f"p{many}-{at}", f"sip:p{many}-{at}@127.0.0.1:{port}", (f"people{many}",))
        for many in _DIDS
        for at in range(many)
    ]
    writer = PeopleWriter(running.redis_url, SIGNED)
    try:
        writer.write(table_text(people, (), ()))
    finally:
        writer.close()


def _call(at: Switch, did: str, telephones: _Telephones, many: int) -> Sequence[float]:
    """Milliseconds until each of the others stopped."""
    telephones.expect(many)
    with Phone(split_host_port(at.sip)) as caller:
        if caller.dial(did) != 200:
            raise RuntimeError(f"not answered; see {at.log}")
        if not telephones.all_stopped.wait(_RING_S + _PATIENCE_S):
            raise RuntimeError(f"{telephones.seen()}; see {at.log}")
        caller.hang_up()
        if not telephones.talk_ended.wait(_PATIENCE_S):
            raise RuntimeError(f"the talk was not ended; see {at.log}")
    return [1000 * (stopped_s - telephones.answered_s) for stopped_s in telephones.stopped_s.values()]


@dataclass
class _Telephones:
    """`stopped_s`: by the call's id, when its CANCEL came. Times are of the machine's clock."""

    answered_s: float = 0.0
    stopped_s: dict[str, float] = field(default_factory=dict)
    all_stopped: threading.Event = field(default_factory=threading.Event)
    talk_ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._sip, self._rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self._sip, self._rtp):
            sock.bind(("127.0.0.1", 0))
        # The kernel's time of arrival: how long we take to be woken is none of the switch's business.
        self._sip.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.port = int(self._sip.getsockname()[1])
        self._many = 0
        self._ringing: dict[str, tuple[Message, tuple[str, int]]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(2)
        self._sip.close()
        self._rtp.close()

    def expect(self, many: int) -> None:
        self.stopped_s, self._ringing, self._many = {}, {}, many
        self.all_stopped.clear()
        self.talk_ended.clear()

    def seen(self) -> str:
        return f"{len(self._ringing)} of {self._many} telephones rang, {len(self.stopped_s)} stopped"

    def _listen(self) -> None:
        self._sip.settimeout(0.1)
        while not self._over.is_set():
            try:
                data, notes, _, sender = self._sip.recvmsg(65536, 64)
            except TimeoutError:
                continue
            seconds, nanoseconds = struct.unpack("qq", notes[0][2][:16])
            self._take(parse_message(data), seconds + nanoseconds / 1e9, sender)

    def _take(self, message: Message, at_s: float, sender: tuple[str, int]) -> None:
        call_id = message.headers["call-id"]
        if message.method == "INVITE":
            self._respond(message, sender, "180 Ringing")
            is_new = call_id not in self._ringing
            self._ringing[call_id] = message, sender
            if is_new and len(self._ringing) == self._many:
                threading.Timer(_RING_S + random.random() * _FRAME_S, self._answer).start()
        elif message.method == "CANCEL":
            self.stopped_s.setdefault(call_id, at_s)
            self._respond(message, sender, "200 OK")
            self._respond(self._ringing[call_id][0], sender, "487 Request Terminated")
            if len(self.stopped_s) == self._many - 1:
                self.all_stopped.set()
        elif message.method == "BYE":
            self._respond(message, sender, "200 OK")
            self.talk_ended.set()

    def _answer(self) -> None:
        invite, sender = random.choice(list(self._ringing.values()))
        contact = re.search(r"sip:[^ ;>]+", invite.start)
        assert contact
        description = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        headers = f"Contact: <{contact[0]}>\r\nContent-Type: application/sdp\r\n"
        self.answered_s = time.time()
        self._respond(invite, sender, "200 OK", headers, description)

    def _respond(
        self, request: Message, sender: tuple[str, int], status: str, headers: str = "", body: str = ""
    ) -> None:
        echoed = "".join(f"{name}: {request.headers[name.lower()]}\r\n" for name in _ECHOED)
        to = request.headers["to"]
        tagged = to if "tag=" in to else f"{to};tag={request.headers['call-id'][:8]}"
        text = f"SIP/2.0 {status}\r\n{echoed}To: {tagged}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        self._sip.sendto(text.encode(), sender)
