"""Callers wait in a line for people when something dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.faults.bench import Bench
from tests.faults.calling import Call
from tests.faults.site import ESL, Site
from tests.faults.verdict import Row
from tests.helpers import wait_until

LINE_DID, LINE = "+14155551710", "patience"
PEOPLE, WAITING = 10, 100
# A talk's beginning is known to the call server within this time.
_ABOUT_S = 0.5
MENU: dict[str, Any] = {
    "name": "Faults with a line",
    "nodes": {
        "line": {
            **{"action": "transfer", "people": LINE, "ring": "longest_idle", "wait_s": 600, "max_waiting": 500},
            "fallback_node": "bye",
        },
        "bye": {"action": "hangup"},
    },
}


def kill_one_esl_in_a_line(bench: Bench, row: Row) -> None:
    """SIGKILL one ESL process with 100 callers waiting in a line"""
    site = bench.site
    load = _crowd(bench)
    victim = site.pids(ESL)[0]
    os.kill(victim, signal.SIGKILL)
    site.wait_replaced(ESL, [victim], 2)
    records = _judge(row, site, bench.callers.wait_over(load, 240))
    taken = sum(bool(each["take_overs"]) for each in records)
    row.figures.append(f"{taken} calls taken over")
    row.check(taken >= WAITING // 5, f"only {taken} calls met the fault")


def redis_emptied_under_a_line(bench: Bench, row: Row) -> None:
    """Redis: FLUSHALL with 100 callers waiting in a line"""
    site = bench.site
    load = _crowd(bench)
    site.redis.flushall()
    _judge(row, site, bench.callers.wait_over(load, 240))
    site.wait_cache_right()


def _crowd(bench: Bench) -> str:
    """The name of a load of callers of whom WAITING wait."""
    site = bench.site
    if not any(each["did"] == LINE_DID for each in site.ask("GET", "/dids")["items"]):
        for number in range(PEOPLE):
            address = f"sip:patient_{number}@127.0.0.1:5099"
            site.ask("POST", "/people", {"name": f"patient_{number}", "address": address, "groups": [LINE]})
        site.make_menu(LINE_DID, MENU)
    total = WAITING + 4 * PEOPLE
    load = bench.callers.load(LINE_DID, live=total, total=total, scripts=["silent"], per_s=100.0)
    wait_until(lambda: _waiting(site) >= WAITING, 60, f"{WAITING} callers wait")
    return load


def _waiting(site: Site) -> int:
    return sum(int(each["waiting"]) for each in site.ask("GET", "/lines")["items"] if each["name"] == LINE)


def _judge(row: Row, site: Site, calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Every caller reaches one person, once, in the order in which they came, and no person two at a time."""
    row.calls = len(calls)
    row.dropped = sum(not call.bridged for call in calls)
    row.check(not row.dropped, f"{row.dropped} callers reached nobody")
    row.check(not any(call.violations for call in calls), "the switch was told what it does not know")
    found = {call.uuid: record for call in calls if (record := _record(site, call))}
    row.check(len(found) == len(calls), f"{len(calls) - len(found)} calls have no record")
    answers = {
        uuid: [each for each in record["agent"] if each["result"] == "answered"] for uuid, record in found.items()
    }
    twice = sum(len(each) > 1 for each in answers.values())
    row.check(not twice, f"{twice} callers were connected twice")
    talks: dict[str, list[tuple[float, float]]] = {}
    for uuid, record in found.items():
        waited = [step for step in record["path"] if step["result"] == "waited"]
        row.check(len(waited) == 1, f"{uuid} waited {len(waited)} times")
        for step, attempt in zip(waited, answers[uuid], strict=False):
            began_s = datetime.fromisoformat(record["started_at"]).timestamp() + (step["at_ms"] + step["ms"]) / 1000
            talks.setdefault(attempt["person"], []).append((began_s, began_s + (attempt["talk_ms"] or 0) / 1000))
    overlapping = sum(
        later[0] < earlier[1] - _ABOUT_S
        for each in talks.values()
        for earlier, later in zip(sorted(each), sorted(each)[1:], strict=False)
    )
    row.check(not overlapping, f"people had two calls at once {overlapping} times")
    steps = [step for record in found.values() for step in record["path"] if step["result"] == "waited"]
    waits = sorted(step["ms"] / 1000 for step in steps)
    if waits:
        middle = waits[len(waits) // 2]
        row.figures.append(f"waits of {waits[0]:.1f} to {waits[-1]:.1f} s, {middle:.1f} in the middle")
    return list(found.values())


def _record(site: Site, call: Call) -> dict[str, Any] | None:
    def ended() -> dict[str, Any] | None:
        found = site.ask("GET", f"/calls?ani=%2B{call.number.removeprefix('+')}")["items"]
        return found[0] if found and found[0]["ended_at"] else None

    return wait_until(ended, 60, f"the record of {call.number}")
