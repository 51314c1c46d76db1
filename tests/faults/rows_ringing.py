"""People rung by a real FreeSWITCH when all call servers die: at once, in a whisper, before the accept key."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, NamedTuple

from ivr.settings import split_host_port
from tests.faults.bench import Bench
from tests.faults.calling import take_numbers
from tests.faults.exchange import Exchange, Telephone
from tests.faults.menus import PEOPLE_MENU
from tests.faults.site import ESL, Site
from tests.faults.verdict import Row
from tests.helpers import wait_until
from tests.sip.phone import Phone

_FIRST_DID = 4_155_551_700
_OVER_S = 120.0
_NEVER = Telephone(rings_s=100.0)


class _Kind(NamedTuple):
    """`callers` of whom each has such people; `last` of them is to have the call. What is written of each."""

    callers: int
    transfer: dict[str, Any]
    telephones: Sequence[Telephone]
    last: int
    results: Sequence[str]
    whisper_ms: int = 0


KINDS = (
    _Kind(
        10, {"ring": "all"}, (Telephone(busy=1), Telephone(rings_s=12.0, talk_s=2.0), _NEVER), 1,
        ("answered", "busy", "elsewhere"),
    ),
    _Kind(5, {"whisper_audio": "whisper.wav"}, (Telephone(talk_s=14.0),), 0, ("answered",), 10_000),
    _Kind(
        5, {"whisper_audio": "whisper.wav", "accept_key": "1"}, (Telephone(), Telephone(key="1", talk_s=6.0)), 1,
        ("answered", "no_answer"), 1000,
    ),
)  # fmt: skip


# All answer, and leave at times of their own, the second last of all.
TOGETHER = (
    _Kind(
        7, {"join": "all"}, (Telephone(talk_s=12.0), Telephone(talk_s=20.0), Telephone(rings_s=2.0, talk_s=8.0)), 1,
        ("answered", "answered", "answered"),
    ),
)  # fmt: skip


class _Caller(NamedTuple):
    number: str
    did: str
    key: str
    winner: str
    results: Sequence[str]


def fs_kill_while_people_ring(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL all ESL processes while three phones ring, in a whisper, and before the accept key"""
    ring, listen = 2 * KINDS[0].callers, KINDS[1].callers + KINDS[2].callers
    _kill_all_esl(bench, row, KINDS, lambda rung: rung.ringing() >= ring and rung.talking() >= listen)


def fs_kill_in_conferences(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL all ESL processes while callers talk to three people each, who have all joined"""
    menu = deepcopy(PEOPLE_MENU)
    menu["nodes"]["ring"] |= {**TOGETHER[0].transfer, "people": "nobody"}
    status, made = bench.site.running.api("POST", "/ivr", menu)
    if status != 201:
        row.skipped = "this release has no talks of all who answer"
        return
    bench.site.ask("DELETE", f"/ivr/{made['id']}?force=true")
    total = TOGETHER[0].callers * len(TOGETHER[0].telephones)
    _kill_all_esl(bench, row, TOGETHER, lambda rung: rung.talking() >= total)


def _kill_all_esl(
    bench: Bench, row: Row, kinds: Sequence[_Kind], are_there: Callable[[Exchange], bool]
) -> None:
    """`are_there`: whether all stand where they are to be when it happens."""
    site = bench.site
    with Exchange() as exchange, _groups(site, exchange, kinds) as callers, ThreadPoolExecutor(len(callers)) as pool:
        calls = [pool.submit(_call, site, exchange, each) for each in callers]
        wait_until(lambda: are_there(exchange), 30, "all are rung", poll_s=0.02)
        site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
        ends = [each.result(2 * _OVER_S) for each in calls]
        _judge(row, site, exchange, callers, ends)
        assert not exchange.broken, exchange.broken[:3]


def _call(site: Site, exchange: Exchange, caller: _Caller) -> str:
    """Dial, talk, and press the key at the question behind the talk; what went wrong."""
    with Phone(split_host_port(site.env["DIGITREE_SIP"]), number=caller.number) as phone:
        status = phone.dial(caller.did)
        if status != 200:
            return f"refused with {status}"
        deadline = time.monotonic() + _OVER_S
        while not any(each.is_over for each in exchange.calls_to(caller.winner)):
            if phone.far_side_hung_up.wait(0.1) or time.monotonic() > deadline:
                return "no talk"
        while not phone.far_side_hung_up.wait(2.0):
            if time.monotonic() > deadline:
                return "not hung up"
            phone.send_event(caller.key)
    return ""


def _judge(
    row: Row, site: Site, exchange: Exchange, callers: Sequence[_Caller], ends: Sequence[str]
) -> None:
    taken = 0
    for caller, problem in zip(callers, ends, strict=True):
        row.calls += 1
        row.dropped += bool(problem)
        row.check(not problem, f"{caller.number}: {problem}")
        record = _record(site, caller.number)
        taken += bool(record["take_overs"])
        found = sorted(each["result"] for each in record["agent"])
        row.check(found == list(caller.results), f"{caller.number}: attempts {found}, not {list(caller.results)}")
        wanted = {"9": ("opted_out", "dnc"), "2": ("transferred", "unqualified")}[caller.key]
        end = record["outcome"], record["path"][-1]["node"]
        row.keys_lost += end != wanted
        row.check(end == wanted, f"{caller.number}: {end}, not {wanted}")
        opt_outs = len(site.opt_outs([caller.number]))
        row.opt_outs_expected += caller.key == "9"
        row.opt_outs_found += opt_outs > 0
        row.opt_outs_twice += opt_outs > 1
        row.check(opt_outs == (caller.key == "9"), f"{caller.number}: {opt_outs} opt-outs")
    rung = [each.number for each in exchange.calls]
    row.check(len(rung) == len(set(rung)), f"rung twice: {sorted({each for each in rung if rung.count(each) > 1})}")
    row.check(len(rung) == len(exchange.telephones), f"{len(rung)} of {len(exchange.telephones)} telephones rang")
    row.figures.append(f"{len(rung)} telephones, none rung twice; {taken} calls taken over")
    row.check(taken == len(callers), f"only {taken} calls met the fault")


def _record(site: Site, number: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found = site.ask("GET", f"/calls?ani=%2B{number.removeprefix('+')}")["items"]
        return found[0] if found and found[0]["ended_at"] else None

    found = wait_until(ended, 60, f"the record of {number}")
    assert found is not None
    return found


@contextmanager
def _groups(site: Site, exchange: Exchange, kinds: Sequence[_Kind]) -> Iterator[list[_Caller]]:
    """The callers, each with a number to dial, which leads to people of their own."""
    callers: list[_Caller] = []
    menus: list[str] = []
    first = take_numbers(sum(kind.callers for kind in kinds))
    try:
        for kind in [each for each in kinds for _ in range(each.callers)]:
            at = len(callers)
            names = [f"rung{at}{letter}" for letter, _ in zip("abc", kind.telephones, strict=False)]
            for place, (name, telephone) in enumerate(zip(names, kind.telephones, strict=True), 1):
                exchange.telephones[name] = telephone
                address = f"sip:{name}@127.0.0.1:{exchange.port}"
                site.ask("POST", "/people", {"name": name, "address": address, "groups": [names[0]], "place": place})
            menu = deepcopy(PEOPLE_MENU)
            menu["nodes"]["ring"] |= {**kind.transfer, "people": names[0]}
            did = f"+1{_FIRST_DID + at}"
            menus.append(site.make_menu(did, menu, whisper_ms=kind.whisper_ms))
            callers.append(_Caller(f"+1{first + at}", did, "29"[at % 2], names[kind.last], kind.results))
        yield callers
    finally:
        for menu_id in menus:
            site.ask("DELETE", f"/ivr/{menu_id}?force=true")
        for name in exchange.telephones:
            site.ask("DELETE", f"/people/{name}")
