"""People are rung for callers when all call servers die: at once, in turn, in a whisper, before the accept key."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.faults.bench import STARTS_PER_S, Bench
from tests.faults.calling import Call
from tests.faults.menus import PEOPLE_MENU
from tests.faults.scripts import PEOPLE_CALLS, Path
from tests.faults.site import ESL, Site
from tests.faults.verdict import Row, judge
from tests.helpers import wait_until

_FIRST_DID = 4_155_552_000
# The product has so many people at most.
_MOST_PEOPLE = 500
_HOST = "127.0.0.1:5099"
_HOLDS = "digitree:people:holds"
# A switch has so many cases at most.
_CASES = 64
# The longest talk of whoever leaves while nobody serves them, and how long after it they are free at the latest: the
# time of ringing, and half a minute.
_TALK_S, _LATEST_S = 20, 20 + 20 + 30
# What may lie between two moments of one switch that follow each other.
_ABOUT_S = 0.05


@dataclass(frozen=True)
class _Rung:
    """What each caller's people do, and what is written of each of them."""

    transfer: Mapping[str, Any]
    does: Sequence[str]
    results: Sequence[str]
    whisper_ms: int = 0


THREE_AT_ONCE = _Rung({"ring": "all"}, ("soon busy", "slow", "slower"), ("busy", "answered", "elsewhere"))
IN_TURN = _Rung({"ring_timeout_s": 20}, ("soon busy", "answering"), ("busy", "answered"))
WHISPERED = _Rung({"whisper_audio": "whisper.wav"}, ("answering",), ("answered",), whisper_ms=6000)
WITH_KEY = _Rung(
    {"whisper_audio": "whisper.wav", "accept_key": "1"}, ("machine", "answering"), ("no_answer", "answered"),
    whisper_ms=1000,
)  # fmt: skip


def kill_all_esl_while_three_ring(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes while three phones ring for each caller"""
    _kill_all_esl(bench, row, THREE_AT_ONCE, 3)


def kill_all_esl_in_turn(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes while the first of two people rings for each caller, in turn"""
    _kill_all_esl(bench, row, IN_TURN, 1)


def kill_all_esl_in_whispers(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes while whoever answered each caller hears the whisper"""
    _kill_all_esl(bench, row, WHISPERED, 1)


def kill_all_esl_before_the_key(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes while an answering machine that took each call is to press the accept key"""
    _kill_all_esl(bench, row, WITH_KEY, 1)


def callers_leave_without_esl(bench: Bench, row: Row) -> None:
    """Callers leave, in the midst of ringing and talking by idleness, while all ESL processes are dead"""
    site = bench.site
    number = min(100, bench.live)
    does = _Rung({"ring": "longest_idle", "ring_timeout_s": 20, "max_talk_s": _TALK_S}, ("answering",), ())
    with _groups(site, number, does, groups=1) as groups:
        load = bench.callers.load(
            "", dids=groups.dids, live=number, total=number, scripts=PEOPLE_CALLS, per_s=STARTS_PER_S,
            hang_up_within_ms=4000,
        )  # fmt: skip
        bench.callers.wait_started(load, number * 3 // 4)
        old = site.kill(ESL)
        site.wait_replaced(ESL, old, bench.esl_processes)
        calls = bench.callers.wait_over(load)
        over_at = time.monotonic()
        wait_until(lambda: not _held(site), _LATEST_S, "everybody is free", poll_s=0.2)
        free_s = time.monotonic() - over_at
        # Each of them can be reached again.
        again = bench.callers.wait_over(bench.callers.load(
            "", dids=groups.dids, live=number, total=number, scripts=PEOPLE_CALLS, per_s=STARTS_PER_S,
        ))  # fmt: skip
    stayed = [call for call in calls if not call.hung_up_early]
    judge(row, site, [*stayed, *again], path_of=_without_switches)
    _look_at_talks(row, [*calls, *again])
    row.check(all(call.bridged for call in again), "somebody reached nobody, though all were free")
    left = len(calls) - len(stayed)
    if away := len(site.lines_like("waiting calls keep their places")):
        row.figures.append(f"Redis was too slow for the call servers {away} times")
    row.figures.append(f"{left} callers left; the last person was free {free_s:.0f} s after the last call")
    row.check(left >= number // 4, f"only {left} callers left")


def _kill_all_esl(bench: Bench, row: Row, rung: _Rung, at_once: int) -> None:
    """`at_once`: how many ring for each caller when it happens."""
    site = bench.site
    number = min(bench.live, (_MOST_PEOPLE - _people(site)) // len(rung.does))
    with _groups(site, number, rung) as groups:
        bench.callers.take_notes()
        load = bench.callers.load(
            "", dids=groups.dids, live=number, total=number, scripts=PEOPLE_CALLS, per_s=STARTS_PER_S,
            phones=groups.phones, watch=_HOST,
        )  # fmt: skip
        bench.callers.wait_notes(number * at_once, 60)
        # Those who are whispered to, or are to press a key, have answered by then.
        struck_at = time.time() + (1.0 if rung.whisper_ms else 0.0)
        time.sleep(max(0.0, struck_at - time.time()))
        site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
        calls = bench.callers.wait_over(load)
        records = judge(row, site, calls, clock_s=10.0, path_of=_without_switches)
        with suppress(AssertionError):  # who is held then is said below
            wait_until(lambda: not _held(site), 20, "everybody is free")
        row.check(not _held(site), f"{_held(site)} people are held by calls that are over")
    ringing = sum(any(_is_before_talk(each, struck_at) for each in call.rung) for call in calls)
    row.check(ringing >= number // 2, f"only {ringing} callers were not connected yet")
    taken = sum(bool(record["take_overs"]) for record in records.values())
    row.check(taken >= number // 2, f"only {taken} calls met the fault")
    twice = _look_at_talks(row, calls)
    wrong = [
        (found, call.number)
        for call in calls
        if (found := _results(records.get(call.uuid))) != sorted(rung.results)
    ]
    row.check(not wrong, f"{len(wrong)} calls have other attempts: {wrong[:5]}")
    most = f"; {_MOST_PEOPLE} people, who are all that there may be" if number < bench.live else ""
    row.figures.append(
        f"{number} callers at a time, {ringing} not connected yet{most}; {taken} calls taken over;"
        f" {twice} connected twice"
    )


def _is_before_talk(rung: Sequence[Any], at: float) -> bool:
    _, began_at, answered_at, ended_at = rung
    return bool(began_at <= at < (answered_at or ended_at or at + 1))


def _results(record: Mapping[str, Any] | None) -> list[str]:
    return sorted(each["result"] for each in record["agent"]) if record is not None else []


def _look_at_talks(row: Row, calls: Sequence[Call]) -> int:
    """Nobody is rung twice by a call or talks to two; no caller has two people. How many were connected twice."""
    again = sum(len({who for who, *_ in call.rung}) < len(call.rung) for call in calls)
    row.check(not again, f"{again} calls rang somebody twice")
    callers = sum(sum(answered is not None for *_, answered, _ in call.rung) > 1 for call in calls)
    row.check(not callers, f"{callers} callers were connected twice")
    talks: dict[str, list[tuple[float, float]]] = {}
    for call in calls:
        for who, _, answered_at, ended_at in call.rung:
            if answered_at is not None:
                talks.setdefault(who, []).append((answered_at, ended_at or call.ended_at))
    people = sum(
        later[0] < earlier[1] - _ABOUT_S
        for each in talks.values()
        for earlier, later in zip(sorted(each), sorted(each)[1:], strict=False)
    )
    row.check(not people, f"people had two calls at once {people} times")
    return callers + people


def _people(site: Site) -> int:
    with site.postgres() as connection:
        (found,) = connection.execute("select count(*) as number from person").fetchall()
    return int(found["number"])


def _held(site: Site) -> int:
    """How many people calls hold at this moment."""
    now_ms = time.time() * 1000
    return sum(float(hold.split()[1]) > now_ms for hold in site.redis.hgetall(_HOLDS).values())


@dataclass
class _Groups:
    """The numbers that lead to them, and what each person does."""

    dids: list[str] = field(default_factory=list)
    phones: dict[str, str] = field(default_factory=dict)


@contextmanager
def _groups(site: Site, number: int, rung: _Rung, groups: int | None = None) -> Iterator[_Groups]:
    """A group of people for each of so many callers, or all in `groups`, each group with a number."""
    made, menu_id = _Groups(), ""
    every = groups or number
    with ThreadPoolExecutor(4) as pool:
        try:
            for at in range(number):
                for letter, does in zip("abc", rung.does, strict=False):
                    made.phones[f"p{at}{letter}"] = does
            [*pool.map(lambda name: _add(site, name, every), made.phones)]
            made.dids += [f"+1{_FIRST_DID + at}" for at in range(every)]
            menu_id = site.make_menu("", _menu(made.dids, rung), whisper_ms=rung.whisper_ms)
            [*pool.map(lambda did: site.ask("POST", f"/ivr/{menu_id}/assign", {"did": did}), made.dids)]
            yield made
        finally:
            if menu_id:
                site.ask("DELETE", f"/ivr/{menu_id}?force=true")
            [*pool.map(lambda name: site.ask("DELETE", f"/people/{name}"), made.phones)]


def _add(site: Site, name: str, groups: int) -> None:
    at, letter = int(name[1:-1]), name[-1]
    body = {"name": name, "address": f"sip:{name}@{_HOST}", "groups": [f"rung{at % groups}"]}
    site.ask("POST", "/people", {**body, "place": 1 + "abc".index(letter)})


def _menu(dids: Sequence[str], rung: _Rung) -> dict[str, Any]:
    """One for all numbers: a node that rings for each of them, behind switches by the number that was dialled."""
    menu = deepcopy(PEOPLE_MENU)
    ring = menu["nodes"].pop("ring")
    switches: dict[str, Any] = {}
    rings: dict[str, Any] = {}
    for first in range(0, len(dids), _CASES):
        some = range(first, min(first + _CASES, len(dids)))
        further = f"which_{first + _CASES}" if some.stop < len(dids) else "nobody"
        case = {dids[at]: f"ring_{at}" for at in some}
        switches[f"which_{first}"] = {"switch": "called", "case": case, "default": further}
        rings |= {f"ring_{at}": {**ring, **rung.transfer, "people": f"rung{at}"} for at in some}
    return {**menu, "nodes": {**switches, **rings, **menu["nodes"]}}


def _without_switches(path: Path) -> Path:
    """As if each number had a menu of its own."""
    return [(node.partition("_")[0], result, key) for node, result, key in path if not node.startswith("which")]
