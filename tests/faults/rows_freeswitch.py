"""The rows that count most once more on a real FreeSWITCH, with SIPp calling."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sipp_scenarios import sipp
from sipp_scenarios.cases import CASES, Case
from tests.faults.bench import Bench
from tests.faults.calling import take_numbers
from tests.faults.site import ESL, Site
from tests.faults.verdict import Row
from tests.helpers import wait_until

CALLS = 20
_SCENARIOS = ("qualify_reach_agent", "opt_out", "no_input", "wrong_key_then_right")
# The scenarios press a key 1.5 s after the one before. A caller who hears nothing yet waits for the question.
_PATIENT = 'pause milliseconds="5000"'
_BRISK = 'pause milliseconds="1500"'


@dataclass(frozen=True)
class _Call:
    case: Case
    number: str
    problem: Future[str | None]


def fs_kill_one_then_all(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL one ESL process, then all"""
    site = bench.site

    def break_it() -> None:
        victim = site.pids(ESL)[0]
        os.kill(victim, signal.SIGKILL)
        site.wait_replaced(ESL, [victim], 2)
        site.wait_replaced(ESL, site.kill(ESL), 2)

    records = run_calls(row, site, break_it)
    taken = sum(bool(record["take_overs"]) for record in records)
    row.check(taken >= CALLS // 2, f"only {taken} calls met the fault")
    row.figures.append(f"{taken} calls taken over")


def fs_reload_with_new_version(bench: Bench, row: Row) -> None:
    """FreeSWITCH: rolling restart with a new version of the menu at the same time"""
    site = bench.site
    old_version = site.version()

    def break_it() -> None:
        said = len(site.running.lines)
        reload = threading.Thread(target=site.running.digitree, args=("reload",))
        reload.start()
        node = {"action": "hangup", "audio": f"after_{old_version}.wav"}
        site.ask("PATCH", f"/ivr/{site.ivr_id}", {"nodes": {"out_of_area": node}})
        reload.join(60)
        site.running.wait_for_line(r"reload: 2 processes replaced", 60, after=said)

    records = run_calls(row, site, break_it)
    row.check({record["take_overs"] for record in records} == {0}, "a call was moved to another process")
    row.check({record["ivr_version"] for record in records} == {old_version}, "a call changed its version")
    new_version = site.version()
    after = run_calls(row, site, lambda: None, calls=len(_SCENARIOS))
    row.check({record["ivr_version"] for record in after} == {new_version}, "a new call has the old version")
    row.figures.append(f"versions {old_version} and {new_version}")


def run_calls(row: Row, site: Site, break_it: Callable[[], None], calls: int = CALLS) -> list[dict]:
    """Calls with a fault in their midst; the records of all."""
    cases = {case.scenario: case for case in CASES}
    first = take_numbers(calls)
    keys_by = "rfc4733" if sipp.has_raw_sockets() else "info"
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(calls) as pool:
        made = []
        for index in range(calls):
            case = cases[_SCENARIOS[index % len(_SCENARIOS)]]
            if case.presses_keys:
                case = replace(case, keys_by=keys_by)  # type: ignore[arg-type]
            number = f"+1{first + index}"
            directory = Path(scratch) / number[1:]
            directory.mkdir()
            problem = pool.submit(_patient_call, case, site.env["DIGITREE_SIP"], number, directory)
            made.append(_Call(case, number, problem))
        numbers = [call.number for call in made]
        wait_until(lambda: len(_records(site, numbers)) == calls, 30, "every call has begun", poll_s=0.05)
        break_it()
        for call in made:
            call.problem.result(200)
    with suppress(AssertionError):  # the verdict says what is missing
        wait_until(lambda: all(record["ended_at"] for record in _records(site, numbers)), 30, "", poll_s=0.2)
    _judge(row, site, made)
    return _records(site, numbers)


def _patient_call(case: Case, switch: str, number: str, directory: Path) -> str | None:
    text = sipp.scenario_text(case)
    head, _, tail = text.partition(_BRISK)
    return sipp.call(case, switch, number, directory, text=head + _BRISK + tail.replace(_BRISK, _PATIENT))


def _records(site: Site, numbers: Sequence[str]) -> list[dict]:
    with site.postgres() as connection:
        return connection.execute("select * from call_record where ani = any(%s)", (list(numbers),)).fetchall()


def _judge(row: Row, site: Site, made: Sequence[_Call]) -> None:
    records: dict[str, list[dict]] = {}
    for record in _records(site, [call.number for call in made]):
        records.setdefault(record["ani"], []).append(record)
    events = site.opt_outs([call.number for call in made])
    for call in made:
        row.calls += 1
        who = f"{call.number} ({call.case.name})"
        problem = call.problem.result()
        if problem is not None:
            row.dropped += 1
            row.failures.append(f"{who}: {problem}")
        kept = records.get(call.number, [])
        if len(kept) != 1:
            row.failures.append(f"{who}: {len(kept)} records")
            continue
        path = tuple((step["node"], step["result"], step["key"]) for step in kept[0]["path"])
        if path != call.case.path:
            wanted = [key for _, _, key in call.case.path if key]
            row.keys_lost += max(0, len(wanted) - sum(key is not None for _, _, key in path))
            row.failures.append(f"{who}: path {path}, not {call.case.path}")
        row.check(kept[0]["outcome"] == call.case.outcome, f"{who}: {kept[0]['outcome']}, not {call.case.outcome}")
        own = [event for event in events if event["number"] == call.number]
        row.opt_outs_expected += call.case.opts_out
        row.opt_outs_found += bool(own)
        row.opt_outs_twice += len(own) > 1
        row.check(len(own) == int(call.case.opts_out), f"{who}: {len(own)} opt-outs")
