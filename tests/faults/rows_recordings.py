"""Callers speak into recordings while processes die, and while the disk gets full."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from ivr.settings import split_host_port
from tests.faults.bench import STARTS_PER_S, Bench
from tests.faults.calling import take_numbers
from tests.faults.menus import RECORDINGS_MENU
from tests.faults.rows_disk import kept_full
from tests.faults.scripts import RECORDINGS, World
from tests.faults.site import ADMIN, ESL, FREESWITCH, KEEPER, Site
from tests.faults.verdict import Row, judge
from tests.helpers import wait_until
from tests.sip.phone import Phone

DID = "+14155550106"
_AWAY_S = 10.0
# What a file may lack, and frames.
_LESS_MS = 100
# On a real switch: as loud as speech, behind a tone of 250 ms; and how late the switch may have it.
_FS_CALLS, _LOUD, _TONE_FRAMES, _LATE_MS = 20, b"\x10\x90" * 80, 8, 1500


def kill_all_in_recordings(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes and the keeper, twice, while callers speak into recordings"""
    site = bench.site
    ivr_id = site.make_menu(DID, RECORDINGS_MENU)
    try:
        with bench.crowd(row, did=DID, scripts=RECORDINGS, clock_s=_AWAY_S) as crowd:
            bench.wait_new_calls(crowd)
            for _ in range(2):
                keepers = site.kill(KEEPER)
                site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
                site.wait_replaced(KEEPER, keepers, 1)
                bench.wait_new_calls(crowd)
                bench.wait_new_calls(crowd)
        recorded = _recorded(crowd.records)
        wait_until(lambda: len(_kept(bench, recorded)) == len(recorded), 60, "all sounds are kept", poll_s=0.5)
    finally:
        site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
    kept = _kept(bench, recorded)
    short = [sound for sound, ms in recorded.items() if kept[sound] < ms - _LESS_MS]
    row.check(not short, f"{len(short)} sounds lack a part: {short[:5]}")
    taken = sum(bool(record["take_overs"]) for record in crowd.records.values())
    row.figures.append(f"{len(recorded)} recordings, all kept whole; {taken} calls taken over")
    row.check(taken >= bench.live // 5, f"only {taken} calls met the fault")


def disk_full_in_recordings(bench: Bench, row: Row) -> None:
    """Home's disk gets full while callers speak into recordings, then no recording can begin"""
    site = bench.site
    if not os.path.ismount(site.home.parent):
        row.skipped = "no disk of its own may be mounted here"
        return
    before = {words: site.pids(words) for words in (ADMIN, ESL, KEEPER)}
    ivr_id = site.make_menu(DID, RECORDINGS_MENU)
    bench.callers.take_notes()
    speaking = _load(bench, "recording, long", watch="sound_")
    bench.callers.wait_notes(bench.live, 60)
    with kept_full(site.home.parent):
        cut_off = bench.callers.wait_over(speaking)
        unheard = bench.callers.wait_over(_load(bench, "nothing to record into"))
    for calls, recorded in ((cut_off, "full"), (unheard, "failed")):
        for call in calls:
            call.world = World(recorded=recorded)
        records = judge(row, site, calls, unbroken=True, flush_s=90)
        told = [call for call in calls if "not_recorded" in call.prompts]
        row.check(len(told) == len(calls), f"{len(told)} of {len(calls)} callers were told, for {recorded}")
        row.figures.append(f"{len(told)} callers were told: {dict(Counter(_ends(records)))}")
    row.check(before == {words: site.pids(words) for words in before}, "a process died")
    _, metrics = site.running.api("GET", "/metrics")
    row.check("digitree_not_recorded_total" in str(metrics), "no metric tells of it")
    site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
    site.wait_ready()


def _load(bench: Bench, script: str, **more: Any) -> str:
    options = {"live": bench.live, "total": bench.live, "per_s": STARTS_PER_S, "speed": bench.speed, **more}
    return bench.callers.load(DID, scripts=[script], **options)


def _ends(records: dict[str, dict[str, Any]]) -> Sequence[str]:
    return [step["key"] for record in records.values() for step in record["path"] if step["result"] == "record"]


def _recorded(records: dict[str, dict[str, Any]]) -> dict[str, int]:
    """The sounds that records tell of, and how long they are."""
    steps = [step for record in records.values() for step in record["path"] if step["result"] == "record"]
    return {step["value"]: step["ms"] for step in steps if step["value"]}


def _kept(bench: Bench, wanted: dict[str, int]) -> dict[str, int]:
    """Those of these sounds that are kept, and how long they are."""
    kept: dict[str, int] = {}
    cursor = ""
    while True:
        page = bench.site.ask("GET", f"/sounds?limit=200{cursor}")
        kept |= {each["id"]: each["ms"] for each in page["items"] if each["id"] in wanted}
        if page["next_cursor"] is None:
            return kept
        cursor = f"&cursor={page['next_cursor']}"


def fs_kill_switch_in_recordings(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL the switch, and the keeper, while 20 callers speak into recordings"""
    site = bench.site
    ivr_id = site.make_menu(DID, RECORDINGS_MENU)
    first = take_numbers(_FS_CALLS)
    try:
        with ExitStack() as stack:
            at = split_host_port(site.env["DIGITREE_SIP"])
            phones = [stack.enter_context(Phone(at, number=f"+1{first + each}")) for each in range(_FS_CALLS)]
            with ThreadPoolExecutor(_FS_CALLS) as pool:
                spoke_from = [*pool.map(_speak, phones)]
            time.sleep(6.0)
            killed_at = time.monotonic()
            site.wait_replaced(FREESWITCH, site.kill(FREESWITCH), 1)
            site.wait_replaced(KEEPER, site.kill(KEEPER), 1)
        numbers = [phone.number for phone in phones]
        wait_until(lambda: all(_sounds_of(site, each) for each in numbers), 90, "all sounds are kept", poll_s=0.5)
        site.wait_ready()
    finally:
        site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
    row.calls = _FS_CALLS
    kept = [_sounds_of(site, each) for each in numbers]
    twice = sum(len(each) > 1 for each in kept)
    row.check(not twice, f"{twice} callers have two sounds")
    short = [
        (sounds[0]["ms"], round(1000 * (killed_at - began)))
        for sounds, began in zip(kept, spoke_from, strict=True)
        if sounds[0]["ms"] < 1000 * (killed_at - began) - _LATE_MS
    ]
    row.check(not short, f"{len(short)} sounds lack a part (kept, said): {short[:5]}")
    least, most = min(each[0]["ms"] for each in kept), max(each[0]["ms"] for each in kept)
    row.figures.append(f"{len(kept)} recordings of {least / 1000:.1f} to {most / 1000:.1f} s, all kept")


def _speak(phone: Phone) -> float:
    """Call, and speak from the tone on; since when."""
    assert phone.dial(DID) == 200
    wait_until(lambda: phone.loud_frames >= _TONE_FRAMES, 30, "the tone is heard", poll_s=0.01)
    phone.send_frames(_LOUD, 50 * 60)
    return time.monotonic()


def _sounds_of(site: Site, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.ask("GET", f"/sounds?caller=%2B{number.removeprefix('+')}")["items"]
    return found
