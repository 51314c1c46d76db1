"""SIPp as load: a mix of callers against FreeSWITCH (or the development switch) and our server, faster and faster.

    make load RATE=20 CALLS=400 [MIX=qualify=4,no_input=1]

Each step plays CALLS/RATE seconds of the mix; the next is half as fast again, until calls fail, are lost, end
otherwise than they must, or the time from a key to the next prompt (heard in the RTP by telephones of our own) has a
p99 above 100 ms. Half of the keys go out as RFC 4733 events, half as SIP INFO.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import report
from benchmarks.load import percentiles
from benchmarks.machine import allow_many_sockets, cpu_seconds, describe, end_in_order
from benchmarks.product import DID, Running, esl_process, listening, product, stop, wait_until
from benchmarks.switch.ear import Ears
from benchmarks.switch.running import (
    HERE,
    Callers,
    NoSwitch,
    Switch,
    find_program,
    find_sipp,
    free_address,
    start_sipp,
    switch,
    write_config,
)
from ivr.settings import Settings, split_host_port
from ivr.stack.freeswitch import find_freeswitch
from ivr.stack.seeding import sample
from ivr.storage.segments import Record, iterate
from sipp_scenarios.sipp import HERE as SCENARIOS
from sipp_scenarios.sipp import has_raw_sockets

NO_AGENT_DID = "+14155550101"
MOST_MS = 100.0
FASTER = 1.5
STEPS = 9
RATE, DEVSWITCH_RATE = 20.0, 2.0
_EARS = 6
_EAR_ANI = "+14803999999"


@dataclass(frozen=True)
class Kind:
    """A kind of caller: how many of hundred, its scenario, and the outcome its record must have."""

    share: int
    scenario: Path
    outcome: str
    did: str = DID
    keys: bool = True


KINDS = {
    "qualify": Kind(35, SCENARIOS / "qualify_reach_agent.xml", "transferred"),
    "unqualified": Kind(25, HERE / "caller.xml", "hung_up"),
    "opt_out": Kind(10, SCENARIOS / "opt_out.xml", "opted_out"),
    "no_input": Kind(5, SCENARIOS / "no_input.xml", "no_input", keys=False),
    "wrong_key": Kind(10, SCENARIOS / "wrong_key_then_right.xml", "hung_up"),
    "hang_up": Kind(10, SCENARIOS / "hang_up_mid_prompt.xml", "caller_hung_up", keys=False),
    "no_agent": Kind(5, SCENARIOS / "agent_unavailable.xml", "agent_unavailable", NO_AGENT_DID),
}


def parse_mix(text: str) -> dict[str, int]:
    """`qualify=4,no_input=1` -> shares; empty: the usual mix. ValueError names what is unknown."""
    if not text:
        return {name: kind.share for name, kind in KINDS.items()}
    mix = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        if name not in KINDS or not share.isdigit():
            raise ValueError(f"{part!r}: not NAME=SHARE, NAME one of {', '.join(KINDS)}")
        mix[name] = int(share)
    return mix


@dataclass
class Site:
    """What is called, and all whose CPU is counted."""

    running: Running
    at: Switch
    esl_pids: list[int]
    directory: Path


@contextmanager
def site(directory: Path, mix: dict[str, int]) -> Iterator[Site]:
    """A switch and an ESL process whose agent is a SIPp; for `no_agent` one more ESL process, with a dead agent."""
    find_sipp()
    agent, nobody = free_address(), free_address()
    tree = sample()["menu"]
    with ExitStack() as stack:
        answering = {"DIGITREE_AGENT_URI": f"sip:agent@{agent}"}
        running = stack.enter_context(product(directory / "home", tree=tree, dids=(DID, NO_AGENT_DID), env=answering))
        second = stack.enter_context(listening())
        env = running.env | {"DIGITREE_AGENT_URI": f"sip:agent@{nobody}"}
        other = stack.enter_context(esl_process(env, second))
        stack.enter_context(_agent(agent, directory))
        try:
            program: Path | None = find_program()
        except NoSwitch:
            if "no_agent" in mix:
                raise
            program = None
        numbers = {NO_AGENT_DID: ("socket", f"127.0.0.1:{second.getsockname()[1]} full")}
        at = stack.enter_context(
            switch(
                directory / "home", f"127.0.0.1:{running.port}", directory / "home" / "prompts",
                write_config(directory, numbers), program,
            )
        )  # fmt: skip
        yield Site(running, at, [*running.pids, other.pid], directory)


@contextmanager
def _agent(address: str, directory: Path) -> Iterator[None]:
    host, port = split_host_port(address)
    argv = ["sipp", "-sf", str(SCENARIOS / "agents" / "answers.xml"), "-i", host, "-p", str(port), "-nostdin"]
    with subprocess.Popen(
        argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            stop(process)


def step(place: Site, mix: dict[str, int], rate: float, calls: int, number: int) -> dict[str, Any]:
    """One rate held for calls/rate seconds."""
    plans = list(_plans(mix, rate, calls, number))
    ears = Ears(split_host_port(place.at.sip), DID, _EAR_ANI, "112", _EARS)
    before = cpu_seconds([place.at.pid]), cpu_seconds(place.esl_pids)
    began = time.monotonic()
    started: list[tuple[str, Kind, int, Callers]] = []
    for ani, kind, count, share, keys_by in plans:
        callers = start_sipp(place.at, kind.scenario, kind.did, ani, count, share, place.directory, keys_by)
        started.append((ani, kind, count, callers))
    ears.start()
    while time.monotonic() - began < calls / rate:
        time.sleep(0.1)
    ears.stop()
    for _, _, _, callers in started:
        callers.process.wait(150)
    results = [callers.result() for _, _, _, callers in started]
    done = sum(count for _, _, count, _ in started) + ears.calls
    used = cpu_seconds([place.at.pid]) - before[0], cpu_seconds(place.esl_pids) - before[1]
    return {
        "rate": round(rate, 1),
        "calls": done,
        "failed": sum(each.failed for each in results) + sum(
            count - each.good - each.failed for (_, _, count, _), each in zip(started, results, strict=True)
        ),
        "wrong": _wrong(place, {ani: (kind.outcome, count) for ani, kind, count, _ in started}),
        "unheard": ears.unheard,
        "heard": len(ears.delays_ms),
        "key_to_prompt_ms": percentiles(ears.delays_ms),
        "switch_ms": round(1000 * used[0] / done, 2),
        "server_ms": round(1000 * used[1] / done, 3),
    }  # fmt: skip


def _plans(mix: dict[str, int], rate: float, calls: int, number: int) -> Iterator[tuple[str, Kind, int, float, str]]:
    """(caller's number, kind, calls, rate, how keys go out) of each SIPp. The caller's number tells them apart."""
    total = sum(mix.values())
    ways = ("rfc4733", "info") if has_raw_sockets() else ("info",)
    for place, (name, share) in enumerate(mix.items()):
        kind = KINDS[name]
        for way, keys_by in enumerate(ways if kind.keys else ("",)):
            parts = len(ways) if kind.keys else 1
            count = max(1, round(calls * share / total / parts))
            yield f"+1480{200 + number}{place:02d}{way:02d}", kind, count, rate * count / calls, keys_by


def _wrong(place: Site, expected: dict[str, tuple[str, int]]) -> int:
    """Calls whose record is missing or has another outcome than its kind of caller must have."""

    def outcomes() -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for _, record in iterate(place.running.home / "journal"):
            if isinstance(record, Record) and record.kind == "call_ended":
                found[(record.document["ani"], record.document["outcome"])] += 1
        return found

    def missing() -> int:
        found = outcomes()
        return sum(abs(count - found[(ani, outcome)]) for ani, (outcome, count) in expected.items())

    try:
        wait_until(lambda: not missing(), "all records are written", 3)
    except TimeoutError:
        return missing()
    return 0


def is_good(result: dict[str, Any]) -> bool:
    late = result["key_to_prompt_ms"].get("p99", 0.0) > MOST_MS
    return not (result["failed"] or result["wrong"] or result["unheard"] or late)


def climb(rate: float, calls: int, mix: dict[str, int], say: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Steps up until a step is not good. Raises NoSwitch."""
    steps = []
    with TemporaryDirectory(prefix="digitree-load-") as name, site(Path(name), mix) as place:
        for number in range(STEPS):
            now = rate * FASTER**number
            steps.append(step(place, mix, now, round(calls * now / rate), number))
            say(steps[-1])
            if not is_good(steps[-1]):
                break
    good = [each["rate"] for each in steps if is_good(each)]
    return {"highest_good_rate": max(good, default=0.0), "mix": mix, "steps": steps}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.sipp_load", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--rate", type=float, help="new calls a second of the first step (20; development switch: 2)")
    parser.add_argument("--calls", type=int, help="calls of the first step (for 20 seconds of them)")
    parser.add_argument("--mix", type=parse_mix, default=parse_mix(""), metavar="NAME=SHARE,...")
    parser.add_argument("--write", action="store_true", help="put it into RESULTS.md")
    given = parser.parse_args()
    console = Console()
    begun = report.stamp()
    allow_many_sockets()
    end_in_order()
    table = Table("calls/s", "calls", "failed", "wrong", "key to prompt p50, p99", "switch CPU", "our CPU", "good")

    def say(result: dict[str, Any]) -> None:
        heard = result["key_to_prompt_ms"]
        times = f"{heard['p50']:.0f} ms, {heard['p99']:.0f} ms" if heard else "not heard"
        cells = [result["rate"], result["calls"], result["failed"] + result["unheard"], result["wrong"], times]
        cells += [f"{result['switch_ms']} ms", f"{result['server_ms']} ms", "yes" if is_good(result) else "no"]
        table.add_row(*map(str, cells))
        console.print(f"{result['rate']} calls/s: {'good' if is_good(result) else 'not good'}: {result}")

    try:
        find_sipp()
        has_freeswitch = find_freeswitch(Settings()) is not None
        if not has_freeswitch:
            console.print("no FreeSWITCH on this machine: the development switch is called, which takes 100 at once")
            given.mix.pop("no_agent", None)  # needs a number of its own in the dialplan
        rate = given.rate or (RATE if has_freeswitch else DEVSWITCH_RATE)
        measured = climb(rate, given.calls or round(20 * rate), given.mix, say)
    except NoSwitch as error:
        console.print(str(error), style="red")
        return 2
    console.print(table)
    console.print(f"highest good rate: {measured['highest_good_rate']} calls a second")
    if given.write:
        results = report.load()
        results["machine"] = describe()
        results["load"] = report.section(measured, 1, 1.0, begun)
        report.write(results)
    return 0 if measured["highest_good_rate"] else 1


if __name__ == "__main__":
    sys.exit(main())
