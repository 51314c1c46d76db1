"""Callers in a process of their own: `python -m tests.faults.callers`, told on stdin, reporting on stdout.

One JSON object a line. A process of its own, because what is measured (key to prompt, refusal) must not wait for what
the harness does meanwhile.

    {"do": "load", "name": ..., "esl": "127.0.0.1:8084", "did": ..., "live": 200, ...}   see Load
    {"do": "stop", "name": ...}                 no new calls; those under way go on to their end
    -> {"event": "started", "load": ..., "number": ...}, {"event": "ended", ...}, {"event": "over", "load": ...}
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gevent
from gevent.event import Event
from gevent.fileobject import FileObject

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.dialplan import digitree_dialplan
from devswitch.switch import CallResult, CallSetup, DevSwitch
from tests.faults.scripts import SCRIPTS
from tests.helpers import SWITCH_SECRET

# What a caller notices after pressing a key.
_NEXT = frozenset({"play", "gather", "dial", "missing"})
AGENTS = {
    "answering": ScriptedAgent.answering(ring_ms=300, talk_ms=1500),
    "busy": ScriptedAgent.busy(),
    "declining": ScriptedAgent.declining(),
    "ringing": ScriptedAgent.ringing(),
    "mute": ScriptedAgent.mute(),
    "unreachable": ScriptedAgent.unreachable(),
    "slow": ScriptedAgent.answering(ring_ms=7000, talk_ms=1500),
    "slower": ScriptedAgent.answering(ring_ms=9000, talk_ms=1500),
    "soon busy": ScriptedAgent.busy(ring_ms=4000),
    "machine": ScriptedAgent(ring_ms=300, accepts=False),
}


@dataclass(frozen=True)
class Load:
    """`live` calls at a time (`total` in all, or until stopped), at most `per_s` new ones a second, scripts in turn.

    `hang_up_within_ms`: every other caller hangs up at a random moment up to then. `watch`: a note whose text
    contains this is reported when it happens. `overrides` and `caller_name` are what a hostile caller's side sends.
    `dids` are called in turn, in place of `did`; `phones` are what others do than `agent`, by the user of their
    address.
    """

    name: str
    esl: str
    did: str
    live: int
    first_number: int
    scripts: Sequence[str]
    total: int | None = None
    per_s: float = 100.0
    speed: float = 1.0
    agent: str = "answering"
    hang_up_within_ms: float = 0.0
    watch: str = ""
    caller_name: str = ""
    overrides: dict[str, str] = field(default_factory=dict)
    dids: Sequence[str] = ()
    phones: dict[str, str] = field(default_factory=dict)


class Caller:
    """One call: notes what happens when, in the machine's own time."""

    def __init__(self, load: Load, index: int, switch: DevSwitch, chance: random.Random) -> None:
        self.load, self._switch = load, switch
        self.number = f"+1{load.first_number + index}"
        self.script = SCRIPTS[load.scripts[index % len(load.scripts)]]
        self._did = load.dids[index % len(load.dids)] if load.dids else load.did
        self._hang_up_ms = None
        if load.hang_up_within_ms and index % 2:
            self._hang_up_ms = chance.uniform(20, load.hang_up_within_ms)
        self._gathered: list[tuple[str, float]] = []
        self._key_at_s: float | None = None
        self._waits_ms: list[float] = []
        self._questions = 0
        self._answered_s: float | None = None

    def run(self) -> dict[str, Any]:
        parsed = CallScript.parse(self.script.text)
        steps = tuple(replace(step, gap_ms=self.script.gap_ms) for step in parsed.steps)
        script = CallScript(steps, hang_up_ms=self._hang_up_ms)
        load = self.load
        setup = CallSetup(
            did=self._did, ani=self.number, name=load.caller_name, script=script, on_note=self._note,
            header_overrides=load.overrides,
        )  # fmt: skip
        began_s, began_wall_s = time.monotonic(), time.time()
        result = self._switch.call(setup)
        return self._report(result, began_wall_s, began_s)

    def _note(self, note: ChannelNote) -> None:
        now_s = time.monotonic()
        if note.kind == "gathered":
            self._gathered.append((note.text, time.time()))
            self._key_at_s = now_s if note.text else None
        elif note.kind in _NEXT:
            self._questions += note.kind == "gather"
            if self._key_at_s is not None:
                self._waits_ms.append((now_s - self._key_at_s) * 1000)
                self._key_at_s = None
        elif note.kind == "answer":
            self._answered_s = now_s
        if self.load.watch and self.load.watch in note.text:
            who = {"load": self.load.name, "number": self.number}
            say({"event": "note", **who, "kind": note.kind, "at": time.time()})

    def _report(self, result: CallResult, began_wall_s: float, began_s: float) -> dict[str, Any]:
        answer_ms = None if self._answered_s is None else (self._answered_s - began_s) * 1000
        return {
            "event": "ended",
            "load": self.load.name,
            "number": self.number,
            "script": self.script.name,
            "uuid": result.channel_uuid,
            "began_at": began_wall_s,
            "ended_at": time.time(),
            "took_ms": (time.monotonic() - began_s) * 1000,
            "answer_ms": answer_ms,
            "ended_by": result.ended_by,
            "hangup_cause": result.hangup_cause,
            "sip_status": result.sip_status,
            "prompts": result.prompt_names,
            "connections": result.connections,
            "connects_refused": result.connects_refused,
            "keys": [[key.key, key.fate] for key in result.dtmf],
            "gathered": self._gathered,
            "waits_ms": self._waits_ms,
            "bridged": result.agent is not None,
            "bridges": len(result.bridges),
            "rung": [
                [each.target.partition("@")[0], *(None if ms is None else began_wall_s + ms / 1000 for ms in times)]
                for each in result.bridges
                for times in ((each.started_ms, each.answered_ms, each.ended_ms),)
            ],
            "agent_headers": result.agent.headers if result.agent else {},
            "hung_up_early": self._hang_up_ms is not None and result.ended_by == "caller",
            "questions": self._questions,
            "gathers": result.gathers,
            "violations": result.violations[:5],
            "commands": [log.line for log in result.commands] if self.load.overrides or self.load.caller_name else [],
        }


class Crowd:
    """All the callers of one load."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self._switch = DevSwitch(
            digitree_dialplan(load.esl, SWITCH_SECRET),
            speed=load.speed,
            agents=AgentBook({name: AGENTS[does] for name, does in load.phones.items()}, AGENTS[load.agent]),
            strict=False,
        )
        self._live = 0
        self._stopped = False
        self._changed = Event()
        self._chance = random.Random(load.first_number)

    def stop(self) -> None:
        self._stopped = True
        self._changed.set()

    def run(self) -> None:
        load = self.load
        LAG.worst_ms = 0.0
        started, next_s = 0, time.monotonic()
        while not self._stopped and (load.total is None or started < load.total):
            pause_s = next_s - time.monotonic()
            if self._live >= load.live or pause_s > 0:
                self._changed.wait(None if self._live >= load.live else pause_s)
                self._changed.clear()
                continue
            next_s = max(next_s + 1 / load.per_s, time.monotonic() - 0.1)
            self._live += 1
            gevent.spawn(self._one, started)
            started += 1
        while self._live:
            self._changed.wait()
            self._changed.clear()
        say({"event": "over", "load": load.name, "lag_ms": LAG.worst_ms})

    def _one(self, index: int) -> None:
        caller = Caller(self.load, index, self._switch, self._chance)
        say({"event": "started", "load": self.load.name, "number": caller.number, "at": time.time()})
        try:
            say(caller.run())
        except Exception as error:  # noqa: BLE001 - a fault of the harness must show as one
            say({"event": "broken", "load": self.load.name, "number": caller.number, "error": repr(error)})
        finally:
            self._live -= 1
            self._changed.set()


class Lag:
    """How late this very process was served at worst: what of a slow answer may be the machine's own doing."""

    EVERY_S = 0.02

    def __init__(self) -> None:
        self.worst_ms = 0.0

    def run(self) -> None:
        while True:
            due_s = time.monotonic() + self.EVERY_S
            gevent.sleep(self.EVERY_S)
            self.worst_ms = max(self.worst_ms, (time.monotonic() - due_s) * 1000)


LAG = Lag()


def say(message: dict[str, Any]) -> None:
    data = (json.dumps(message) + "\n").encode()
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    crowds: dict[str, Crowd] = {}
    gevent.spawn(LAG.run)
    for line in FileObject(sys.stdin.fileno(), "r", close=False):
        order = json.loads(line)
        if order.pop("do") == "stop":
            crowds[order["name"]].stop()
            continue
        load = Load(**order)
        crowds[load.name] = Crowd(load)
        gevent.spawn(crowds[load.name].run)


if __name__ == "__main__":
    main()
