"""Holds what callers report against what they must have got, and against what is kept of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.calling import Call
from tests.faults.scripts import SCRIPTS, Expected, Path, expect
from tests.faults.site import Site

SHOWN = 6


@dataclass
class Row:
    """One fault. `failures` is empty when all of it holds; `figures` is what the row itself measured."""

    fault: str
    calls: int = 0
    dropped: int = 0
    keys_lost: int = 0
    opt_outs_expected: int = 0
    opt_outs_found: int = 0
    opt_outs_twice: int = 0
    worst_ms: float = 0.0
    figures: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    skipped: str = ""
    took_s: float = 0.0

    @property
    def holds(self) -> bool:
        return not self.failures and not self.skipped

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.failures.append(what)


def judge(
    row: Row,
    site: Site,
    calls: Sequence[Call],
    *,
    versions: Collection[int] | None = None,
    unbroken: bool = False,
    clock_s: float = 2.0,
    opt_out_fails: bool = False,
    flush_s: float = 40.0,
    path_of: Callable[[Path], Path] = lambda path: path,
) -> dict[str, dict[str, Any]]:
    """Compares exactly; adds to the row. Returns the record of each channel.

    `versions`: the menu's versions that a record may name. `unbroken`: one connection each, and nothing heard twice.
    `clock_s`: how far a record's times may be from the caller's. `opt_out_fails`: no store takes one, and the caller
    is told so. `path_of`: the part of a record's path that scripts describe.
    """
    opted_out = [] if opt_out_fails else [call.number for call in calls if expected_of(call).opted_out]
    site.wait_flushed([call.uuid for call in calls if not _gone_before_us(call)], opted_out, flush_s)
    by_channel: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in site.records([call.uuid for call in calls]):
        by_channel[record["channel_uuid"]].append(record)
    by_number: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in site.opt_outs([call.number for call in calls]):
        by_number[event["number"]].append(event)
    faults = _Faults()
    for call in calls:
        wanted = expected_of(call)
        if opt_out_fails and wanted.opted_out:
            wanted = Expected("opt_out_failed", wanted.path, False)
        row.calls += 1
        row.worst_ms = max([row.worst_ms, *call.waits_ms])
        row.dropped += _look_at_end(call, faults)
        row.keys_lost += _look_at_keys(call, faults)
        _look_at_record(call, wanted, by_channel[call.uuid], versions, clock_s, path_of, faults)
        _look_at_opt_outs(row, call, wanted, by_number[call.number], clock_s, faults)
        if unbroken and call.connections != 1:
            faults.add("moved to another process", call, call.connections)
        if unbroken and not call.hung_up_early and call.questions != len(SCRIPTS[call.script].keys):
            faults.add("asked otherwise than scripted", call, call.questions)
        if call.gathers > call.questions + 2:
            faults.add("asked in a hot loop", call, f"{call.gathers} tries for {call.questions} questions")
    row.failures += faults.lines()
    return {uuid: records[-1] for uuid, records in by_channel.items() if records}


def expected_of(call: Call) -> Expected:
    script = SCRIPTS[call.script]
    if call.hung_up_early:
        taken = [key for key, fate in call.keys if fate == "gather"]
        return expect(
            taken, start=script.start, agent=call.agent, hung_up=True, bridged=call.bridged, world=call.world
        )
    return expect(script.keys, start=script.start, agent=call.agent, world=call.world)


def _gone_before_us(call: Call) -> bool:
    """He hung up before any server was asked: there need be no record."""
    return call.hung_up_early and not call.keys and call.answer_ms is None


class _Faults:
    """Faults by kind, with some examples of each."""

    def __init__(self) -> None:
        self._found: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, kind: str, call: Call, detail: object) -> None:
        self._found[kind].append(f"{call.number} ({call.script}): {detail}")

    def lines(self) -> list[str]:
        return [f"{len(found)} x {kind}: {'; '.join(found[:SHOWN])}" for kind, found in self._found.items()]


def _look_at_end(call: Call, faults: _Faults) -> int:
    """1 when the call was dropped: not answered, or ended otherwise than by the menu or the caller himself."""
    if call.violations:
        faults.add("what FreeSWITCH would not take", call, call.violations)
    if call.hung_up_early:
        return 0
    ended = call.sip_status == 200 and call.ended_by in ("switch", "agent") and call.hangup_cause == "NORMAL_CLEARING"
    if not ended:
        faults.add("dropped", call, f"{call.ended_by} {call.hangup_cause} {call.sip_status}, heard {call.prompts}")
    return 0 if ended else 1


def _look_at_keys(call: Call, faults: _Faults) -> int:
    if call.hung_up_early:
        return 0
    wanted = [digit for keys in SCRIPTS[call.script].keys for digit in keys or ""]
    taken = [key for key, fate in call.keys if fate == "gather"]
    if taken == wanted:
        return 0
    faults.add("keys lost", call, f"{call.keys}, wanted {wanted}")
    return max(1, len(wanted) - len(taken))


def _look_at_record(
    call: Call, wanted: Expected, records: list[dict[str, Any]], versions: Collection[int] | None, clock_s: float,
    path_of: Callable[[Path], Path], faults: _Faults,
) -> None:  # fmt: skip
    if not records and _gone_before_us(call):
        return
    if len(records) != 1:
        faults.add("records of one call", call, [(r["call_id"], r["outcome"], r["take_overs"]) for r in records])
        return
    (record,) = records
    path = path_of([(step["node"], step["result"], step["key"]) for step in record["path"]])
    if wanted.or_hang_up and path and path[-1][1] == "hang_up":
        path.pop()
    if record["outcome"] != wanted.outcome:
        what = f"{record['outcome']}, not {wanted.outcome}; path {path}; ended by {call.ended_by}"
        faults.add("wrong outcome", call, what)
    if path != wanted.path:
        faults.add("wrong path", call, f"{path}, not {wanted.path}")
    if record["ended_at"] is None:
        faults.add("record without an end", call, record["outcome"])
    if record["ani"] != call.number:
        faults.add("wrong caller", call, record["ani"])
    # On a busy machine we see the call late, yet before it is answered.
    late_s = record["started_at"].timestamp() - call.began_at
    if not -clock_s < late_s < clock_s + (call.answer_ms or 0.0) / 1000:
        faults.add("wrong time", call, f"{record['started_at']} is not {call.began_at}")
    if record["take_overs"] >= call.connections:
        faults.add("take-overs", call, f"{record['take_overs']} in {call.connections} connections")
    if versions is not None and record["ivr_version"] not in versions:
        faults.add("wrong version of the menu", call, record["ivr_version"])


def _look_at_opt_outs(
    row: Row, call: Call, wanted: Expected, events: list[dict[str, Any]], clock_s: float, faults: _Faults
) -> None:
    if not wanted.opted_out:
        if events:
            faults.add("opt-out of one who did not", call, len(events))
        return
    row.opt_outs_expected += 1
    row.opt_outs_found += bool(events)
    if not events:
        faults.add("OPT-OUT LOST", call, call.gathered)
        return
    if len(events) > 1 or events[0]["events"] > 1:
        row.opt_outs_twice += 1
        faults.add("opt-out twice", call, len(events))
    pressed = [at for key, at in call.gathered if key == "9"]
    off_s = events[0]["pressed_at"].timestamp() - pressed[-1] if pressed else 0.0
    if abs(off_s) > clock_s:
        faults.add("opt-out with a wrong time", call, f"{off_s:.1f} s off")
