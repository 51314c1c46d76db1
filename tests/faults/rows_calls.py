"""What the caller's and the agent's side may do to us, and prompts that are gone."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from typing import Any

from tests.faults.bench import Bench, share
from tests.faults.calling import Call
from tests.faults.scripts import AGENT_FAILURES, MIXED
from tests.faults.site import Site
from tests.faults.verdict import Row, judge


def prompts_lost(bench: Bench, row: Row) -> None:
    """Prompt files deleted, cut off, and cut off in the header, under a live menu"""
    site = bench.site
    files = {audio: site.prompts / file for audio, file in site.prompt_files().items()}
    saved = {path: path.with_suffix(".saved") for path in files.values()}
    for path, copy in saved.items():
        shutil.copy2(path, copy)
    try:
        with bench.crowd(row, unbroken=True) as crowd:
            files["welcome.wav"].unlink()
            os.truncate(files["license.wav"], files["license.wav"].stat().st_size // 2)
            os.truncate(files["area.wav"], 20)
            mark = len(bench.callers.calls_so_far(crowd.load))
            bench.wait_new_calls(crowd)
            bench.wait_new_calls(crowd)
    finally:
        for path, copy in saved.items():
            copy.replace(path)
    heard = {name for call in crowd.calls for name in call.prompts}
    for name in ("keys-19", "keys-12"):
        row.check(name in heard, f"nobody heard {name}")
    row.figures.append(f"{sum('keys-19' in call.prompts for call in crowd.calls)} callers heard the keys read out")
    row.figures.append(f"{len(crowd.calls) - mark} calls ended after it")


def system_prompts_lost(bench: Bench, row: Row) -> None:
    """All prompts of a menu and all system prompts deleted: two tones are left"""
    site = bench.site
    saved = site.prompts.with_name("prompts-saved")
    shutil.copytree(site.prompts, saved)
    try:
        with bench.crowd(row, unbroken=True) as crowd:
            for path in site.prompts.rglob("*.wav"):
                path.unlink()
            bench.wait_new_calls(crowd)
            bench.wait_new_calls(crowd)
    finally:
        shutil.copytree(saved, site.prompts, dirs_exist_ok=True)
        shutil.rmtree(saved)
    row.figures.append(f"{sum(_heard_tones(call) for call in crowd.calls)} callers heard tones")
    row.check(any(_heard_tones(call) for call in crowd.calls), "nobody heard tones")


def _heard_tones(call: Call) -> bool:
    return any("200,200,440" in name for name in call.prompts)


def agent_fails(bench: Bench, row: Row) -> None:
    """The agent is busy, declines, does not answer, is mute, is unreachable"""
    callers, each = bench.callers, max(2, bench.live // 5)
    scripts = ("qualified",)
    loads = {
        agent: callers.load(
            bench.site.did, live=each, total=each, agent=agent, scripts=scripts, per_s=20.0, speed=4.0
        )
        for agent in AGENT_FAILURES
    }
    calls: list[Call] = []
    for load in loads.values():
        calls += callers.wait_over(load)
    records = judge(row, bench.site, calls, unbroken=True, clock_s=4.0)
    kept: dict[str, set[tuple[str, int | None]]] = {}
    for call in calls:
        record = records.get(call.uuid)
        if record is None or not record["agent"]:
            row.check(False, f"{call.number}: no attempt in the record of an agent who is {call.agent}")
            continue
        attempt = record["agent"][-1]
        kept.setdefault(call.agent, set()).add((attempt["result"], attempt["sip_status"]))
        row.check(len(record["agent"]) == 1, f"{call.number}: {len(record['agent'])} attempts")
        row.check(attempt["result"] == AGENT_FAILURES[call.agent], f"agent {call.agent} is kept as {attempt}")
        row.check(call.prompts[-1:] == ["apology"], f"agent {call.agent}: the caller heard {call.prompts[-1:]} last")
    row.figures.append(", ".join(f"{agent}: {sorted(map(str, found))}" for agent, found in kept.items()))


def more_calls_than_capacity(bench: Bench, row: Row) -> None:
    """More calls than capacity"""
    site, callers = bench.site, bench.callers
    capacity = int(site.env["DIGITREE_MAX_CALLS"])
    lasting_calls: dict[str, Any] = {"scripts": ("silent",), "per_s": 100.0, "speed": bench.speed}
    inside = capacity - 10
    # All of them stay for some seconds, so that the places stay taken while the others knock.
    lasting = callers.load(site.did, live=inside, total=inside, **lasting_calls)
    callers.wait_live(lasting, inside)
    extra_total = 20 if bench.quick else 100
    extra = callers.load(site.did, live=extra_total, total=extra_total, **lasting_calls)
    knocked = callers.wait_over(extra)
    held = callers.wait_over(lasting)
    refused = [call for call in knocked if call.sip_status == 503]
    served = [call for call in knocked if call.sip_status != 503]
    row.check(len(refused) >= extra_total - 10 - 5, f"only {len(refused)} of {extra_total} were refused")
    row.check(all(call.ended_by == "refused" for call in refused), "a refusal came from the last resort")
    slowest = max((call.took_ms for call in refused), default=0.0)
    # The short form runs beside half of all other tests.
    row.check(slowest < (2_000 if bench.quick else 100), f"a 503 took {slowest:.0f} ms")
    row.figures.append(f"{len(refused)} refused, the slowest in {slowest:.0f} ms")
    judge(row, site, held + served, unbroken=True)
    records = site.records([call.uuid for call in refused])
    row.check(
        len(records) == len(refused) and {each["outcome"] for each in records} <= {"over_capacity"},
        f"{len(refused)} refused calls have {len(records)} records",
    )


def soak(bench: Bench, row: Row) -> None:
    """Soak: 20,000 mixed calls, hang-ups at random moments"""
    first, then = (150, 250) if bench.quick else (2_000, 18_000)
    site = bench.site
    mixed: dict[str, Any] = {"speed": 20.0, "hang_up_within_ms": 8_000.0, "per_s": 400.0, "clock_s": 5.0}
    mixed["scripts"] = MIXED
    crowd = bench.burst(row, first, **mixed)
    before = site.resources()
    for _ in range(1 if bench.quick else 6):
        crowd = bench.burst(row, then // (1 if bench.quick else 6), **mixed)
    row.check(bool(crowd.calls), "nobody called")
    after = _settled(site, before)
    for name in before:
        _flat(row, name, before[name], after.get(name, {}), bench.quick)


def _settled(site: Site, before: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """A leak stays; what is open for a moment, as the next segment of a journal, is none."""
    for _ in range(5):
        after = site.resources()
        if all(after[name]["fds"] <= old["fds"] for name, old in before.items() if name in after):
            break
        time.sleep(1)
    return after


def _flat(row: Row, name: str, before: dict[str, float], after: dict[str, float], quick: bool) -> None:
    said = []
    for what, old in before.items():
        new = after.get(what)
        said.append(f"{what} {old:g} -> {new:g}" if new is not None else f"{what} gone")
        if new is None:
            row.check(False, f"{name} is another process than before")
        elif what == "greenlets" or what == "fds":
            row.check(new <= old, f"{name}: {what} grew from {old:g} to {new:g}")
        elif not quick:  # so few calls are still warming up
            row.check(new <= old * 1.03, f"{name}: {what} grew from {old:g} to {new:g}")
    row.figures.append(f"{name}: {', '.join(said)}")


def waits_ms(calls: Sequence[Call]) -> list[float]:
    """Key to prompt, sorted."""
    return sorted(ms for call in calls for ms in call.waits_ms)


def describe_waits(waits: Sequence[float]) -> str:
    return f"median {share(waits, 0.5):.1f}, 95 % {share(waits, 0.95):.1f}, worst {waits[-1]:.0f} ms"
