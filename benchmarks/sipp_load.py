"""SIPp as load: a mix of callers against FreeSWITCH (or the development switch) and all of Digitree, ever faster.

    make load RATE=20 CALLS=400 [MIX=qualify=4,no_input=1]

Each step holds a rate for CALLS/RATE seconds. The next is half as fast again, until calls fail, are lost, end
otherwise than they must, or the time from a key to the next prompt (heard in the RTP by telephones of our own) has a
p99 above 100 ms twice; then rates between the good and the bad one are tried. Half of the keys go out as RFC 4733
events, half as SIP INFO. At the end the ledger of minutes saved (GET /usage) is held against SIPp's call lengths.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import ledger, report
from benchmarks.load_site import site
from benchmarks.load_step import KINDS, PATIENT, reasons, step
from benchmarks.machine import allow_many_sockets, describe, end_in_order
from ivr.settings import Settings, SetupError
from sipp_scenarios.run import find_switch
from sipp_scenarios.sipp import switch_name
from sipp_scenarios.target import TargetError

FASTER = 1.5
NEAR = 1.12
RATE, DEVSWITCH_RATE = 20.0, 2.0
WINDOW_S = 20.0
# No step begins that would end later.
PATIENCE_S = 310.0


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


def climb(
    hold: Callable[[float, int], dict[str, Any]], rate: float, patience_s: float, clock: Callable[[], float]
) -> list[dict[str, Any]]:
    """Steps of `hold(rate, number)`: up until one is bad twice, then between good and bad until they are near."""
    steps: list[dict[str, Any]] = []
    good = bad = 0.0
    began, longest_s = clock(), 0.0
    now = rate
    while clock() - began + longest_s < patience_s:
        step_began = clock()
        steps.append(hold(now, len(steps)))
        longest_s = max(longest_s, clock() - step_began)
        if not reasons(steps[-1]):
            good = now
        elif len(steps) > 1 and steps[-2]["rate"] == steps[-1]["rate"]:
            bad = now
        else:
            continue  # once more
        if bad and good and bad / good < NEAR:
            break
        now = (good * bad) ** 0.5 if bad and good else bad / FASTER if bad else good * FASTER
    return steps


def highest_good(steps: list[dict[str, Any]]) -> float:
    return max((each["rate"] for each in steps if not reasons(each)), default=0.0)


def measure(
    program: Path | None, rate: float, calls: int, mix: dict[str, int], patience_s: float,
    say: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:  # fmt: skip
    """Raises TargetError."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="digitree-load-") as name, site(program, Path(name), [*mix, PATIENT]) as place:

        def hold(now: float, number: int) -> dict[str, Any]:
            result = step(place, mix, now, calls / rate, number)
            say(result)
            return result

        steps = climb(hold, rate, patience_s - (time.monotonic() - began), time.monotonic)
    return {
        "switch": switch_name(program),
        "highest_good_rate": highest_good(steps),
        "mix": mix,
        "steps": sorted(steps, key=lambda each: float(each["rate"])),
        "ledger": ledger.total(each["ledger"] for each in steps if not reasons(each)),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.sipp_load", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--rate", type=float, help="new calls a second of the first step (20; development switch: 2)")
    parser.add_argument("--calls", type=int, help="calls of the first step (for 20 seconds of them)")
    parser.add_argument("--mix", type=parse_mix, default=parse_mix(""), metavar="NAME=SHARE,...")
    parser.add_argument("--seconds", type=float, default=PATIENCE_S, help="no step that would end later (310)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md, README.md and docs/scaling.md")
    given = parser.parse_args()
    console = Console()
    begun = report.stamp()
    allow_many_sockets()
    end_in_order()
    try:
        program = find_switch(Settings())
        if program is None:
            console.print("the development switch is called, which takes 100 calls at once")
            if given.write:
                parser.error("what is kept is measured on FreeSWITCH, and there is none here")
        rate = given.rate or (RATE if program else DEVSWITCH_RATE)
        calls = given.calls or round(WINDOW_S * rate)
        measured = measure(program, rate, calls, given.mix, given.seconds, lambda each: _say(console, each))
    except (TargetError, SetupError) as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 2
    _show(console, measured)
    if given.write:
        results = report.load()
        results["machine"] = describe()
        results["load"] = report.section(measured, 1, 1.0, begun)
        report.write(results)
    return 0 if measured["highest_good_rate"] and measured["ledger"]["agrees"] else 1


def _say(console: Console, result: dict[str, Any]) -> None:
    why = ", ".join(reasons(result))
    console.print(f"{result['rate']} calls/s: {why or 'good'}", style="yellow" if why else "green", highlight=False)
    console.print(str({name: value for name, value in result.items() if name != "ledger"}), highlight=False)


def _show(console: Console, measured: dict[str, Any]) -> None:
    table = Table("calls/s", "calls", "key to prompt p50, p99", "switch", "call server", "rest", "cores busy", "")
    for each in measured["steps"]:
        heard = each["key_to_prompt_ms"]
        times = f"{heard['p50']:.0f}, {heard['p99']:.0f} ms" if heard else "not heard"
        costs = (f"{each[name]} ms" for name in ("switch_ms", "server_ms", "rest_ms"))
        good = ", ".join(reasons(each)) or "good"
        table.add_row(str(each["rate"]), str(each["calls"]), times, *costs, f"{each['busy_percent']} %", good)
    console.print(table)
    console.print(f"{measured['switch']}: highest good rate {measured['highest_good_rate']} calls a second")
    bill = Table("ledger of the good steps", "GET /usage", "from SIPp's call lengths")
    for name, pair in measured["ledger"]["figures"].items():
        style = "red" if name in measured["ledger"]["apart"] else ""
        bill.add_row(name, pair["usage"], pair["reckoned"], style=style)
    console.print(bill)


if __name__ == "__main__":
    sys.exit(main())
