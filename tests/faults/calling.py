"""The harness's side of the callers' process: start a load, wait for it, take what the callers report."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.scripts import MIXED, USUAL_WORLD, World

# Every call of a run has a number of its own: what became of it can be told from all others'.
_NUMBERS = itertools.count(2_010_000_000)
LIVE = 200


def take_numbers(how_many: int) -> int:
    """The first of so many caller numbers (ten digits, without +1) that nobody else gets."""
    first = next(_NUMBERS)
    for _ in range(how_many - 1):
        next(_NUMBERS)
    return first


@dataclass
class Call:
    """What one caller reports: see `callers.Caller`."""

    number: str
    script: str
    uuid: str
    began_at: float
    ended_at: float
    took_ms: float
    answer_ms: float | None
    ended_by: str
    hangup_cause: str
    sip_status: int
    prompts: list[str]
    connections: int
    connects_refused: int
    keys: list[list[str]]
    gathered: list[list[Any]]
    waits_ms: list[float]
    bridged: bool
    bridges: int
    # For each person rung: the user part of their address, and when ringing began, was answered and ended.
    rung: list[list[Any]]
    agent_headers: dict[str, str]
    hung_up_early: bool
    questions: int  # that were heard
    gathers: int  # that were tried
    violations: list[str]
    commands: list[str]
    agent: str = "answering"
    world: World = USUAL_WORLD


@dataclass
class _State:
    started: int = 0
    calls: list[Call] = field(default_factory=list)
    over: bool = False


class Callers:
    """A context manager. All waiting methods raise AssertionError when their time is up."""

    def __init__(self, esl: str) -> None:
        self._esl = esl
        self._changed = threading.Condition()
        self._states: defaultdict[str, _State] = defaultdict(_State)
        self._agents: dict[str, str] = {}
        self._notes: list[dict[str, Any]] = []
        self._names = itertools.count(1)
        self._gone = False
        # How late the callers' own process was served at worst during the last load.
        self.lag_ms = 0.0
        self.broken: list[str] = []

    def __enter__(self) -> Callers:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.callers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(5)

    def load(
        self, did: str, *, live: int = LIVE, scripts: Sequence[str] = MIXED, agent: str = "answering",
        total: int | None = None, **more: Any,
    ) -> str:  # fmt: skip
        """Starts calling; the load's name."""
        name = f"load-{next(self._names)}"
        first = take_numbers(total or 20_000)
        self._agents[name] = agent
        self._order({
            "do": "load", "name": name, "esl": self._esl, "did": did, "live": live, "first_number": first,
            "scripts": list(scripts), "agent": agent, "total": total, **more,
        })  # fmt: skip
        return name

    def stop(self, name: str) -> None:
        self._order({"do": "stop", "name": name})

    def wait_live(self, name: str, number: int, timeout_s: float = 60.0) -> None:
        """So many calls are under way."""
        state = self._states[name]
        self._wait(lambda: state.started - len(state.calls) >= number, timeout_s, f"{number} live calls")

    def wait_started(self, name: str, number: int, timeout_s: float = 60.0) -> None:
        """So many more calls than now have begun."""
        state = self._states[name]
        wanted = state.started + number
        self._wait(lambda: state.started >= wanted, timeout_s, f"{number} new calls")

    def wait_ended(self, name: str, number: int, timeout_s: float = 60.0) -> None:
        """So many calls in all have ended."""
        state = self._states[name]
        self._wait(lambda: len(state.calls) >= number or state.over, timeout_s, f"{number} ended calls")

    def wait_over(self, name: str, timeout_s: float = 90.0) -> list[Call]:
        """The load is through; all its calls."""
        state = self._states[name]
        self._wait(lambda: state.over, timeout_s, "all calls have ended")
        return list(state.calls)

    def finish(self, name: str, timeout_s: float = 90.0) -> list[Call]:
        """Stop and wait."""
        self.stop(name)
        return self.wait_over(name, timeout_s)

    def ended(self, name: str) -> int:
        return len(self._states[name].calls)

    def calls_so_far(self, name: str) -> list[Call]:
        with self._changed:
            return list(self._states[name].calls)

    def wait_notes(self, number: int, timeout_s: float) -> list[dict[str, Any]]:
        """So many notes of what a load watches for, all loads together."""
        self._wait(lambda: len(self._notes) >= number, timeout_s, f"{number} notes")
        return list(self._notes)

    def take_notes(self) -> list[dict[str, Any]]:
        with self._changed:
            notes, self._notes = self._notes, []
        return notes

    def _wait(self, until: Callable[[], bool], timeout_s: float, what: str) -> None:
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not until():
                left = deadline - time.monotonic()
                if left <= 0 or self._gone:
                    counts = {name: (s.started, len(s.calls)) for name, s in self._states.items()}
                    raise AssertionError(f"not within {timeout_s:g} s: {what}; started and ended: {counts}")
                self._changed.wait(left)

    def _order(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            event, load = message.pop("event"), message.pop("load")
            with self._changed:
                state = self._states[load]
                if event == "started":
                    state.started += 1
                elif event == "ended":
                    state.calls.append(Call(**message, agent=self._agents[load]))
                elif event == "broken":
                    self.broken.append(f"{message['number']}: {message['error']}")
                    state.started -= 1
                elif event == "note":
                    self._notes.append(message)
                elif event == "over":
                    state.over = True
                    self.lag_ms = message["lag_ms"]
                self._changed.notify_all()
        with self._changed:
            self._gone = True
            self._changed.notify_all()
