"""Measures and writes results.json, RESULTS.md and cost.svg.

    python -m benchmarks                    everything but growth, about 25 minutes
    python -m benchmarks cost burst         only these sections; the results of the others stay
    python -m benchmarks growth --size 1    10,000 menus, 1,000,000 numbers, 10,000,000 call records
    python -m benchmarks --quick            a rough run in two minutes; writes nothing
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import (
    calls,
    encrypted,
    first_of_several,
    first_words,
    freeswitch,
    growth,
    guard,
    hosts,
    pages,
    report,
    slow_service,
    stack,
    thinking,
    voices,
)
from benchmarks.listening.recognisers import NoRecogniser
from benchmarks.listening.section import listening
from benchmarks.machine import allow_many_sockets, describe, end_in_order, load_average
from benchmarks.pages import NoChromium
from benchmarks.switch.running import NoSwitch

Section = Callable[[int, float, Callable[[str], None]], dict[str, Any]]

SECTIONS: dict[str, Section] = {
    "cost": calls.cost,
    "two_processes": calls.two_processes,
    "burst": calls.burst,
    "paced": calls.paced,
    "start": calls.start,
    "memory": calls.memory,
    "redis_trips": calls.redis_trips,
    "slow_service": slow_service.slow_service,
    "thinking": thinking.thinking,
    "curve": calls.curve,
    "patch": stack.patch,
    "reads": stack.reads,
    "speech": stack.speech,
    "voices": voices.voices,
    "freeswitch": freeswitch.against_lua,
    "encrypted": encrypted.encrypted_legs,
    "first_words": first_words.first_words,
    "first_of_several": first_of_several.first_of_several,
    "hosts": hosts.two_hosts,
    "listening": listening,
    "pages": pages.pages,
    "growth": growth.grown,
}
QUICK = ("cost", "burst", "start", "memory", "redis_trips", "patch")
# Other programs on the machine make all figures worse, though not equally.
QUIET_LOAD = 0.7


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of: {' '.join(SECTIONS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=float, default=1.0, help="calls, seconds and rows, as a part of the full ones")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--wait-quiet", type=float, default=60.0, metavar="SECONDS")
    given = parser.parse_args()
    if unknown := set(given.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    console = Console(stderr=True)
    allow_many_sockets()
    end_in_order()
    wanted = given.sections or (QUICK if given.quick else [name for name in SECTIONS if name != "growth"])
    rounds, size = (3, 0.25) if given.quick else (given.rounds, given.size)
    results = {} if given.quick else report.load()
    results["machine"] = describe()
    for name in wanted:
        if not given.quick:
            wait_quiet(given.wait_quiet, console)
        measured = measure(name, rounds, size, console)
        if measured is None:
            continue
        results[name] = measured
        if not given.quick:
            report.write(results)
    show(results, Console())
    if given.quick or "cost" not in wanted:
        return 0
    good, said = guard.check(results, guard.committed())
    console.print(said, style="" if good else "red", highlight=False)
    return 0 if good else 1


def measure(name: str, rounds: int, size: float, console: Console) -> dict[str, Any] | None:
    before, began = report.stamp(), time.monotonic()
    with console.status(f"{name}") as status:
        try:
            measured = SECTIONS[name](rounds, size, lambda said: status.update(f"{name}: {said}"))
        except (NoSwitch, NoRecogniser, NoChromium) as error:
            console.print(f"{name}: {error}: left out")
            return None
    console.print(f"{name}: {time.monotonic() - began:.0f} s")
    return report.section(measured, rounds, size, before)


def wait_quiet(patience_s: float, console: Console) -> None:
    """Our own last section is in the load average too, so a while goes by between them on any machine."""
    deadline = time.monotonic() + patience_s
    with console.status("waiting until the machine is quiet"):
        while load_average() > QUIET_LOAD and time.monotonic() < deadline:
            time.sleep(2)


def show(results: dict[str, Any], console: Console) -> None:
    table = Table("", "bar", "aim", "measured", "reached")
    for row, value in report.rows(results):
        if value is None:
            continue
        verdict = row.verdict(value) if row.bar is not None else ""
        style = {"short": "red", "bar": "yellow", "aim": "green"}.get(verdict, "")
        limits = row.limit(row.bar), row.limit(row.aim)
        table.add_row(row.what, *limits, f"{value:.3f} {row.unit}", verdict, style=style)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
