"""One step of load at a constant rate: SIPp's mix of callers, telephones that listen, and the resulting records."""

from __future__ import annotations

import os
import re
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ledger import Reckoned, Share, calls_of, compare, usage_by_did
from benchmarks.load import percentiles
from benchmarks.load_site import Site
from benchmarks.machine import busy_seconds, load_average
from benchmarks.switch.ear import Ears
from benchmarks.switch.running import HERE, Callers, start_sipp
from ivr.settings import split_host_port
from sipp_scenarios.sipp import HERE as SCENARIOS
from sipp_scenarios.sipp import has_raw_sockets
from sipp_scenarios.target import Target

MOST_MS = 100.0
PATIENT = "patient"
# Some of the calls are made by telephones that listen. Each costs some CPU; more of them would distort the result.
_EARS_PART, _EARS_MOST = 1 / 8, 2.0
_RECORDS_S = 15.0
_STRAGGLERS_S = 40.0


@dataclass(frozen=True)
class Kind:
    """A kind of caller: how many of hundred, its scenario, and the outcome its record must have."""

    share: int
    scenario: Path
    outcome: str
    keys: bool = True


KINDS = {
    "qualify": Kind(35, SCENARIOS / "qualify_reach_agent.xml", "transferred"),
    "unqualified": Kind(25, HERE / "caller.xml", "hung_up"),
    "opt_out": Kind(10, SCENARIOS / "opt_out.xml", "opted_out"),
    "no_input": Kind(5, SCENARIOS / "no_input.xml", "no_input", keys=False),
    "wrong_key": Kind(10, SCENARIOS / "wrong_key_then_right.xml", "hung_up"),
    "hang_up": Kind(10, SCENARIOS / "hang_up_mid_prompt.xml", "caller_hung_up", keys=False),
    "no_agent": Kind(5, SCENARIOS / "agent_unavailable.xml", "agent_unavailable"),
}
_PATIENT_KEYS, _PATIENT_OUTCOME = "112", "hung_up"


@dataclass(frozen=True)
class _Plan:
    """So many calls of a kind by one SIPp. The caller's number tells SIPps apart."""

    name: str
    kind: Kind
    ani: str
    calls: int
    rate: float
    keys_by: str


def step(place: Site, mix: dict[str, int], rate: float, window_s: float, number: int) -> dict[str, Any]:
    """`rate` new calls a second for `window_s`, and until the last of them has ended."""
    ears_rate = min(_EARS_MOST, rate * _EARS_PART)
    plans = list(_plans(mix, rate - ears_rate, window_s, number))
    ear_ani = f"+1480{200 + number}9999"
    ears = Ears(split_host_port(place.target.sip), place.numbers[PATIENT], ear_ani, _PATIENT_KEYS, ears_rate)
    load_before = load_average()
    _wait_for_stragglers(place.target)
    used, sipps, talks = place.cpu_s(), _sipp_cpu_s(), place.agent.talked()
    bill = usage_by_did(place.target.http)
    began, busy = time.monotonic(), busy_seconds()
    started = [(plan, _start(place, plan)) for plan in plans]
    ears.start()
    time.sleep(window_s)
    busy = busy_seconds() - busy
    window_s = time.monotonic() - began
    ears.stop()
    for _, callers in started:
        callers.process.wait(150)
    results = [(plan, callers.result()) for plan, callers in started]
    wanted = {plan.ani: (plan.kind.outcome, plan.calls) for plan in plans}
    wanted[ear_ani] = (_PATIENT_OUTCOME, ears.calls + ears.unheard)
    calls = sum(count for _, count in wanted.values())
    _wait_for_bill(place.target, calls_of(bill) + calls)
    time.sleep(1.2)  # the agent counts once a second
    used = {name: seconds - used[name] for name, seconds in place.cpu_s().items()}
    shares = [Share(plan.name, one.good, one.good * one.answered_s) for plan, one in results]
    shares.append(Share(PATIENT, ears.calls, sum(ears.answered_s)))
    after = place.agent.talked()
    reckoned = Reckoned.of(shares, after[0] - talks[0], after[1] - talks[1])
    heard = [*ears.delays_ms["rfc4733"], *ears.delays_ms["info"]]
    return {
        "rate": round(rate, 1),
        "calls": calls,
        "call_s": round((reckoned.menu_s + reckoned.talk_s) / max(1, reckoned.calls), 2),
        "live": round(rate * (reckoned.menu_s + reckoned.talk_s) / max(1, reckoned.calls)),
        "failed": sum(plan.calls - one.good for plan, one in results) + ears.unheard,
        "wrong": sum(abs(count - _outcomes(place.target, ani)[which]) for ani, (which, count) in wanted.items()),
        "heard": len(heard),
        "key_to_prompt_ms": percentiles(heard),
        "by_way_ms": {way: percentiles(those) for way, those in ears.delays_ms.items()},
        "switch_ms": round(1000 * used["switch"] / calls, 2),
        "server_ms": round(1000 * used["server"] / calls, 3),
        "rest_ms": round(1000 * used["rest"] / calls, 3),
        "sipp_ms": round(1000 * (_sipp_cpu_s() - sipps) / calls, 2),
        "busy_percent": round(100 * busy / window_s / (os.cpu_count() or 1)),
        "load_before": round(load_before, 1),
        "ledger": compare(reckoned, bill, usage_by_did(place.target.http)),
    }


def reasons(result: dict[str, Any]) -> list[str]:
    """Why a step failed; empty if it passed."""
    found = []
    if failed := result["failed"]:
        found.append(f"{failed} call{'s' * (failed > 1)} failed")
    if wrong := result["wrong"]:
        found.append(f"{wrong} wrong record{'s' * (wrong > 1)}")
    late_ms = result["key_to_prompt_ms"].get("p99", 0.0)
    if late_ms > MOST_MS:
        found.append(f"{late_ms:.0f} ms from key to prompt (p99)")
    return found


def _plans(mix: dict[str, int], rate: float, window_s: float, number: int) -> Iterator[_Plan]:
    total = sum(mix.values())
    ways = ("rfc4733", "info") if has_raw_sockets() else ("info",)
    for place, (name, share) in enumerate(mix.items()):
        kind = KINDS[name]
        of_kind = ways if kind.keys else ("",)
        for way, keys_by in enumerate(of_kind):
            own_rate = rate * share / total / len(of_kind)
            calls = max(1, round(own_rate * window_s))
            yield _Plan(name, kind, f"+1480{200 + number}{place:02d}{way:02d}", calls, own_rate, keys_by)


def _start(place: Site, plan: _Plan) -> Callers:
    scenario = place.directory / plan.kind.scenario.name
    scenario.write_text(_with_times(plan.kind.scenario.read_text()))
    number = place.numbers[plan.name]
    return start_sipp(place.at, scenario, number, plan.ani, plan.calls, plan.rate, place.directory, plan.keys_by)


def _with_times(text: str) -> str:
    """A caller's scenario in which SIPp measures the time between the answer and the BYE of either side."""
    text = text.replace('<recv response="200" rrs="true"/>', '<recv response="200" rrs="true" start_rtd="1"/>', 1)
    text = text.replace('<recv request="BYE" ', '<recv request="BYE" rtd="1" ')
    return re.sub(r'<send retrans="500">(?=\s*<!\[CDATA\[\s*BYE )', '<send retrans="500" rtd="1">', text)


def _sipp_cpu_s() -> float:
    """The CPU seconds of all SIPp processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_stragglers(target: Target) -> None:
    """Calls of a step that was too fast, whose callers have given up, end some time after it."""
    give_up = time.monotonic() + _STRAGGLERS_S
    while target.http.get("/calls/live").raise_for_status().json()["items"] and time.monotonic() < give_up:
        time.sleep(0.5)
    time.sleep(1.5)  # the keeper brings their records


def _wait_for_bill(target: Target, calls: int) -> None:
    """Until the records of so many calls are there, or will not come any more."""
    give_up = time.monotonic() + _RECORDS_S
    while calls_of(usage_by_did(target.http)) < calls and time.monotonic() < give_up:
        time.sleep(0.5)


def _outcomes(target: Target, ani: str) -> Counter[str]:
    """The outcomes in the records of this caller."""
    found: Counter[str] = Counter()
    query: dict[str, Any] = {"ani": ani, "limit": 200}
    while True:
        page = target.http.get("/calls", params=query).raise_for_status().json()
        found.update(item["outcome"] or "" for item in page["items"])
        if not page.get("next_cursor"):
            return found
        query["cursor"] = page["next_cursor"]
