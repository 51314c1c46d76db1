"""What an agent hears of a caller's first words, and a caller of an agent's: the packets from its 200 on, by their
numbers.

A caller speaks from the beginning, a number in each packet of 20 ms, and does not stop. The agent rings for a while
and answers at any moment of those 20 ms; the kernel notes when each packet comes to it. It speaks, too, from its 200
on. The call server is ours, the menu one transfer; agents are checked for silence (`silence_timeout_s`), or not.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import before_other_programs
from benchmarks.product import DID, product
from benchmarks.switch.running import Switch, find_program, switch
from ivr.domain.agents import SILENT_S, Agent, Target
from ivr.settings import split_host_port
from tests.sip.agent_phone import AgentPhone
from tests.sip.phone import Message, Phone

CHECKED, PLAIN = "checked for silence", "not checked"
_DIDS = {CHECKED: DID, PLAIN: "+14155550111"}
_CALLS = 30
_RING_S, _TALK_S = 0.7, 3.5
_FRAME_S = 0.02
# An agent's first word.
_WORD_PACKETS = 25
# Of a call; silence and tones are other numbers.
_MOST_PACKETS = 10_000
_SO_TIMESTAMPNS = 35
_NUMBER = struct.Struct("!I")


@dataclass(frozen=True)
class Heard:
    """Of one call: milliseconds from the agent's 200 to the first packet and to the first of the caller's own; the
    packets sent in between that never came, and those of the talk that did not; how long the others took. `word_lost`
    and `agent_lost`: the packets of the agent's first half second, and of the rest, that the caller did not get."""

    first_ms: float
    own_ms: float
    delay_ms: float
    lost_first: int
    lost_later: int
    word_lost: int
    agent_lost: int


def first_words(rounds: int, size: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Raises NoSwitch."""
    program = find_program()
    calls = max(4, round(_CALLS * size)) * rounds
    heard: dict[str, list[Heard]] = {kind: [] for kind in _DIDS}
    with TemporaryDirectory(prefix="digitree-bench-") as place, before_other_programs(), ExitStack() as stack:
        home = Path(place) / "home"
        agents = {kind: stack.enter_context(_Agent("agent")) for kind in _DIDS}
        published = {
            f"agent{at}": Agent(
                f"agent{at}", (Target(f"sip:{agents[kind].address}"),), silent_s=SILENT_S if kind == CHECKED else 0
            )
            for at, kind in enumerate(_DIDS)
        }
        tree, dids = _menu(published), list(_DIDS.values())
        running = stack.enter_context(product(home, tree=tree, dids=dids, agents=published))
        at = stack.enter_context(switch(home, f"127.0.0.1:{running.port}", home / "prompts", program=program))
        for turn in range(calls):
            for kind, did in _DIDS.items():
                heard[kind].append(_call(at, did, agents[kind]))
                say(f"call {turn + 1}: {kind}: {heard[kind][-1]}")
    what = (
        "A caller speaks all the while; the agent rings, then answers and speaks, too. Lost is what the caller sent "
        "from the 200 on and the agent did not get, in packets of 20 ms; on the way is a packet through the switch, "
        "whose clock of 20 ms it waits for. Last what the agent said and the caller did not get."
    )
    return {kind: _figures(each) for kind, each in heard.items()} | {"calls": calls, "what": what}


def _menu(agents: Mapping[str, Agent]) -> dict[str, Any]:
    first, second = agents
    return {
        "name": "first words",
        "nodes": {
            "whom": {"switch": "called", "case": {_DIDS[CHECKED]: first}, "default": second},
            **{name: {"action": "transfer", "agent": name} for name in agents},
        },
    }


def _call(at: Switch, did: str, agent: _Agent) -> Heard:
    agent.expect_call()
    with _Caller(split_host_port(at.sip)) as caller:
        if caller.dial(did) != 200:
            raise RuntimeError(f"not answered; see {at.log}")
        if not agent.answered.wait(10):
            raise RuntimeError(f"the agent was not called; see {at.log}")
        time.sleep(_TALK_S)
        caller.hang_up()
        agent.hung_up_on.wait(10)
    return _heard(caller.sent_s, agent.answered_s, agent.packets(), _gaps(agent.said, caller.numbers))


def _gaps(said: int, heard: set[int]) -> list[int]:
    """Which of the agent's packets the caller did not get; the last ones may be under way when the call ends."""
    if not heard:
        raise RuntimeError("the caller did not hear the agent")
    return [number for number in range(min(said, max(heard))) if number not in heard]


def _heard(
    sent_s: list[float], answered_s: float, packets: list[tuple[float, int]], of_agent: list[int]
) -> Heard:
    arrived = {number: at_s for at_s, number in packets if number < len(sent_s) and at_s >= sent_s[number]}
    own = {number: at_s for number, at_s in arrived.items() if sent_s[number] > answered_s - 1}
    if not own:
        raise RuntimeError("the agent did not hear the caller")
    first_own = min(own)
    lost_first = sum(answered_s <= sent_s[number] for number in range(first_own))
    # The last ones may be under way when the call ends.
    lost_later = sum(number not in own for number in range(first_own, max(own)))
    delay_s = median(at_s - sent_s[number] for number, at_s in own.items())
    return Heard(
        1000 * (packets[0][0] - answered_s),
        1000 * (own[first_own] - answered_s),
        1000 * delay_s,
        lost_first,
        lost_later,
        sum(number < _WORD_PACKETS for number in of_agent),
        sum(number >= _WORD_PACKETS for number in of_agent),
    )


def _figures(heard: list[Heard]) -> dict[str, Any]:
    def spread(values: list[float]) -> dict[str, float]:
        return {"median": round(median(values), 1), "most": round(max(values), 1)}

    return {
        "first_ms": spread([each.first_ms for each in heard]),
        "own_ms": spread([each.own_ms for each in heard]),
        "delay_ms": spread([each.delay_ms for each in heard]),
        "lost_first": spread([each.lost_first for each in heard]),
        "lost_later": spread([each.lost_later for each in heard]),
        "word_lost": spread([each.word_lost for each in heard]),
        "agent_lost": spread([each.agent_lost for each in heard]),
    }


class _Caller(Phone):
    """`sent_s`: when the packet of each number left, by the clock of the kernel's notes; `numbers`: what was heard of
    the agent."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sent_s: list[float] = []
        self.numbers: set[int] = set()

    def _count(self, packet: bytes) -> None:
        number = packet[12:16]
        if packet[12:] == number * 40 and (known := _NUMBER.unpack(number)[0]) < _MOST_PACKETS:
            self.numbers.add(known)

    def _speak(self) -> None:
        next_s = time.monotonic()
        while not self._ended.wait(max(0.0, next_s - time.monotonic())):
            next_s += _FRAME_S
            media = self._media
            if media is None:
                continue
            number = len(self.sent_s)
            head = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, 160 * number, 0x1234)
            self.sent_s.append(time.time())
            self._rtp.sendto(head + _NUMBER.pack(number) * 40, media)


class _Agent(AgentPhone):
    """Rings, and answers at no particular moment of the 20 ms."""

    answered_s = 0.0
    said = 0

    def __init__(self, name: str) -> None:
        super().__init__(name)
        # The kernel's time of arrival: how long we take to be woken is none of the switch's business.
        self._rtp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def expect_call(self) -> None:
        self.packets()
        self.said = 0
        self.answered.clear()
        self.hung_up_on.clear()

    def packets(self) -> list[tuple[float, int]]:
        """Those that have come since the last time: when, and the number in each (of silence another)."""
        found = []
        while select.select([self._rtp], [], [], 0)[0]:
            data, notes, _, _ = self._rtp.recvmsg(2048, 64)
            seconds, nanoseconds = struct.unpack("qq", notes[0][2][:16])
            found.append((seconds + nanoseconds / 1e9, _NUMBER.unpack_from(data, 12)[0]))
        return found

    def _speak(self) -> None:
        while not self._over.wait(_FRAME_S):
            media = self._media
            if media is not None:
                head = struct.pack("!BBHII", 0x80, 0, self.said & 0xFFFF, 160 * self.said, 0x5678)
                self._rtp.sendto(head + _NUMBER.pack(self.said) * 40, media)
                self.said += 1

    def _take(self, invite: Message) -> None:
        self._respond(invite, "180 Ringing", to_tag=True)
        time.sleep(_RING_S + random.random() * _FRAME_S)
        self.answered_s = time.time()
        super()._take(invite)
