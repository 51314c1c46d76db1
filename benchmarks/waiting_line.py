"""A waiting line under load: an hour of a busy day in two minutes, against the same arrivals on paper.

    python -m benchmarks.waiting_line                      400 calls, 20 people, some 200 waiting; writes nothing
    python -m benchmarks.waiting_line --fault kill         one of two call servers is killed with 100 waiting
    python -m benchmarks.waiting_line --fault empty        Redis is emptied with 100 waiting
    python -m benchmarks.waiting_line --fault away         Redis is away for some seconds with 100 waiting

Two processes of the call server share one Redis; the development switch stands in for FreeSWITCH, since what is
measured is who is served when. Waits are those of the callers: from their answer to the answer of a person. On paper
a person is held, and idle between two calls, for as long as was measured.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Mapping, Sequence  # noqa: E402
from contextlib import ExitStack  # noqa: E402
from dataclasses import dataclass, replace  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import fmean, median  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
import redis  # noqa: E402

from benchmarks.waiting_simulation import Arrival, Crowd, Served, rush, simulate  # noqa: E402
from devswitch.caller import AgentBook, ScriptedAgent  # noqa: E402
from devswitch.dialplan import sockets_only  # noqa: E402
from devswitch.switch import CallResult, CallSetup, DevSwitch  # noqa: E402
from esl_server.lines.desk import LineDesk  # noqa: E402
from ivr.domain.menu.document import parse_menu  # noqa: E402
from ivr.domain.menu.published import PublishedMenu  # noqa: E402
from ivr.domain.people.model import Person  # noqa: E402
from ivr.domain.people.table import table_text  # noqa: E402
from ivr.storage.people_source import NoPeople, PeopleSource  # noqa: E402
from ivr.storage.redis.waiting_lines import GRACE_MS, WaitingLines  # noqa: E402
from launcher.embedded.redis import embedded_redis  # noqa: E402
from tests.helpers import SWITCH_SECRET  # noqa: E402
from tests.ports import free_port  # noqa: E402
from tests.rig import running_server  # noqa: E402

LINE = "support"
RING_MS = 200.0
FAULTS = ("none", "kill", "empty", "away")
FAULT_AT = 100
AWAY_S = 8.0
DIDS = ("+14155550100", "+14155550101")
START_S = 60


@dataclass(frozen=True)
class Everybody(NoPeople):
    """People who are always on duty."""

    names: Sequence[str]

    def text(self) -> bytes:
        people = [Person(name, f"sip:{name}@127.0.0.1:5099", (LINE,)) for name in self.names]
        return table_text(people, (), ()).encode()


def serve(redis_url: str, port: int, people: Sequence[str]) -> None:
    """A process of the call server, until it is killed. `priority` is by the number that is dialled."""
    with ExitStack() as stack:
        source = PeopleSource(Everybody(people))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rig = stack.enter_context(running_server(directory, max_calls=5000, port=port, people=source))
        for priority, did in enumerate(DIDS):
            node = {
                **{"action": "transfer", "people": LINE, "ring": "longest_idle"},
                **{"wait_s": 7200, "max_waiting": 1000, "priority": priority},
            }
            tree = parse_menu({"name": "Line", "nodes": {"line": node}})
            rig.menus.publish(PublishedMenu(f"ivr_line0{priority}", 1, tree, {}, {}), did)
        desk = LineDesk(WaitingLines(redis_url))
        rig.server._services = replace(rig.server._services, lines=desk)
        gevent.spawn(desk.run)
        print("ready", flush=True)
        while True:
            gevent.sleep(3600)


@dataclass
class Fleet:
    """The processes of the call server; one that is killed is replaced."""

    redis_url: str
    people: Sequence[str]
    ports: Sequence[int]

    def start(self, port: int) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "benchmarks.waiting_line", "--serve", self.redis_url, str(port)]
        argv += ["--people", json.dumps(list(self.people))]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return process

    @property
    def targets(self) -> tuple[str, str]:
        first, second = (f"127.0.0.1:{port}" for port in self.ports)
        return f"{first}|{second}", f"{second}|{first}"


def run(crowd: Crowd, fault: str) -> dict[str, Any]:
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        redis_url = stack.enter_context(embedded_redis(Path(directory) / "redis"))
        lines = WaitingLines(redis_url)
        lines.known_since_ms(_now_ms() - GRACE_MS)
        fleet = Fleet(redis_url, [*crowd.held_s], (free_port(), free_port()))
        processes = [fleet.start(port) for port in fleet.ports]
        try:
            began_s = time.monotonic()
            callers = [
                gevent.spawn_later(each.at_s, _call, fleet, each, at, crowd.held_s)
                for at, each in enumerate(crowd.arrivals)
            ]
            faulty = gevent.spawn(_strike, fault, lines, fleet, processes)
            gevent.joinall([*callers, faulty], raise_error=True)
            calls = [each.value for each in callers]
            struck = faulty.value
        finally:
            for process in processes:
                process.kill()
                process.wait()
    return _judge(crowd, calls, began_s, struck)


def _call(
    fleet: Fleet, arrival: Arrival, at: int, held_s: Mapping[str, float]
) -> tuple[float, CallResult]:
    agents = AgentBook({
        person: ScriptedAgent.answering(ring_ms=RING_MS, talk_ms=1000 * seconds - RING_MS)
        for person, seconds in held_s.items()
    })  # fmt: skip
    one, other = fleet.targets if at % 2 else reversed(fleet.targets)
    switch = DevSwitch(sockets_only(one, other, one, other, one, secret=SWITCH_SECRET), agents=agents)
    began_s = time.monotonic()
    return began_s, switch.call(CallSetup(did=DIDS[arrival.priority], ani=f"+1480555{at:04d}"), timeout_s=600)


def _strike(fault: str, lines: WaitingLines, fleet: Fleet, processes: list[subprocess.Popen[str]]) -> str:
    """Wait until FAULT_AT wait, and let it happen."""
    if fault == "none":
        return ""
    while sum(not each.people for each in lines.calls(LINE, _now_ms())) < FAULT_AT:
        gevent.sleep(0.1)
    if fault == "kill":
        processes[0].kill()
        processes[0].wait()
        processes[0] = fleet.start(fleet.ports[0])
        return f"killed and replaced with {FAULT_AT} waiting"
    if fault == "empty":
        with redis.Redis.from_url(fleet.redis_url) as connection:
            connection.flushall()
        return f"Redis was emptied with {FAULT_AT} waiting"
    with redis.Redis.from_url(fleet.redis_url) as connection:
        pid = int(connection.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    gevent.sleep(AWAY_S)
    os.kill(pid, signal.SIGCONT)
    return f"Redis stood still for {AWAY_S:g} s with {FAULT_AT} waiting"


def _judge(crowd: Crowd, calls: Sequence[tuple[float, CallResult]], began_s: float, struck: str) -> dict[str, Any]:
    """What became of every caller, and the simulation of the same arrivals beside it."""
    served, talks, dropped, twice = Served(), dict[str, list[tuple[float, float]]](), 0, 0
    came, answers = {}, {}
    for at, (call_s, result) in enumerate(calls):
        answered = [each for each in result.bridges if each.answered_ms is not None]
        dropped += not answered
        twice += len(answered) > 1
        for each in result.bridges:
            ended_ms = each.ended_ms if each.ended_ms is not None else result.duration_ms
            person = each.target.partition("@")[0]
            talks.setdefault(person, []).append((call_s + each.started_ms / 1000, call_s + ended_ms / 1000))
        if answered:
            served.waits_s[at] = (float(answered[0].answered_ms or 0) - RING_MS) / 1000
            served.people[at] = answered[0].target.partition("@")[0]
            came[at], answers[at] = call_s, call_s + float(answered[0].answered_ms or 0) / 1000
    overlapping = sum(
        later[0] < earlier[1] - 0.02
        for each in talks.values()
        for earlier, later in zip(sorted(each), sorted(each)[1:], strict=False)
    )
    # How long people were idle between two calls while others waited: nearly all of the run, in a rush.
    gaps = [
        later[0] - earlier[1]
        for each in talks.values()
        for earlier, later in zip(sorted(each), sorted(each)[1:], strict=False)
    ]
    idle_s = median(gaps) if gaps else 0.0
    held_s = {person: fmean(ended - began for began, ended in each) for person, each in talks.items()}
    edges = [(at_s, 1) for at_s in came.values()] + [(at_s, -1) for at_s in answers.values()]
    level = 0
    for _, step in sorted(edges):
        level += step
        served.most_waiting = max(served.most_waiting, level)
    measured = Crowd(
        [
            Arrival(came.get(at, began_s + each.at_s) - began_s, each.priority)
            for at, each in enumerate(crowd.arrivals)
        ],
        {**crowd.held_s, **held_s},
    )
    ahead = sorted(answers, key=lambda at: came[at] - 60 * crowd.arrivals[at].priority)
    # Of two who wait at the same time, how much earlier the one behind was answered, at worst.
    late_s = max((
        answers[first] - answers[behind]
        for place, first in enumerate(ahead)
        for behind in ahead[place + 1 :]
        if came[first] < answers[behind] < answers[first]
    ), default=0.0)  # fmt: skip
    return {
        "fault": struck or "none",
        "dropped": dropped,
        "with_two_people": twice,
        "people_with_two_calls": overlapping,
        "taken_over": sum(result.connections > 1 for _, result in calls),
        "overtaken_by_s": round(late_s, 2),
        "measured": served.figures(),
        "idle_between_calls_s": round(idle_s, 2),
        "on_paper": simulate(measured, idle_s).figures(),
    }


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--number-of-people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--serve", nargs=2, metavar=("REDIS_URL", "PORT"))
    parser.add_argument("--people", default="[]")
    given = parser.parse_args()
    if given.serve:
        serve(given.serve[0], int(given.serve[1]), json.loads(given.people))
        return 0
    found = run(rush(given.calls, given.number_of_people, given.seconds), given.fault)
    print(json.dumps(found, indent=2))
    return int(bool(found["dropped"] or found["with_two_people"] or found["people_with_two_calls"]))


if __name__ == "__main__":
    sys.exit(main())
