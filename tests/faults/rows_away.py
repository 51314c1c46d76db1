"""A carrier falls silent while telephones ring over its trunk, those of people and those that we call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ivr.settings import split_host_port
from tests.faults.bench import Bench
from tests.faults.calling import take_numbers
from tests.faults.exchange import Exchange, Telephone
from tests.faults.menus import OUTGOING_MENU
from tests.faults.rows_calls_out import ALL_DAY
from tests.faults.site import Site
from tests.faults.verdict import Row
from tests.helpers import wait_until
from tests.sip.callee import frames, quiet, spoken
from tests.sip.phone import Phone
from tests.storage.webhook_receiver import Receiver, receiving

FIRST, SECOND = ("a-first", "+14155551801"), ("b-second", "+14155551802")
# Half of them when the carrier falls silent, half while it is; some of each are led to numbers, others to people.
CALLERS, ORDERS = 20, 5
_NUMBER, _FIRST_PERSON, _FIRST_CALLED = "+14155551899", 4_155_551_900, 4_805_550_600
_DID, _FIRST_DID = "+14155551803", 4_155_551_810
_TELEPHONE = Telephone(rings_s=12.0, says=frames(quiet(300), spoken(600)), talk_s=2.0)
# Two questions of half a minute and the minute that is no outage; the retry of an order.
_AWAY_S, _BACK_S, _ORDERS_S = 240.0, 90.0, 300.0


def fs_trunk_away(bench: Bench, row: Row) -> None:
    """FreeSWITCH: a carrier falls silent while telephones ring over its trunk, and comes back"""
    site = bench.site
    quick = replace(_TELEPHONE, rings_s=0.5)
    with Exchange(default=_TELEPHONE) as first, Exchange(default=quick) as second, _told(site) as told:
        with _trunks(site, first, second), _menus(site) as (dids, outgoing), ThreadPoolExecutor(CALLERS) as pool:
            numbers = [f"+1{take_numbers(1)}" for _ in range(CALLERS + 2)]
            early, late = numbers[: CALLERS // 2], numbers[CALLERS // 2 : CALLERS]
            calls = [pool.submit(_call, site, number, dids[at]) for at, number in enumerate(early)]
            orders = [_order(site, outgoing, at) for at in range(ORDERS)]
            wait_until(lambda: first.ringing() >= len(early), 60, "telephones ring", poll_s=0.02)
            first.is_away = True
            ringing = len(first.cut_off())
            calls += [pool.submit(_call, site, number, dids[at]) for at, number in enumerate(late, len(early))]
            ends = [each.result(150) for each in calls]
            _wait_told(told, "trunk.away", _AWAY_S)
            first.is_away = False
            _wait_told(told, "trunk.back", _BACK_S)
            ends += [_call(site, number, dids[0]) for number in numbers[CALLERS:]]
            _judge(row, site, numbers, ends)
            wait_until(
                lambda: all(_order_state(site, each)["state"] == "ended" for each in orders), _ORDERS_S, "all is over"
            )
            _judge_orders(row, site, first, orders)
        for exchange in (first, second):
            assert not exchange.broken, exchange.broken[:3]
    over_first = sum(each.answered_at is not None for each in first.calls)
    over_second = sum(each.answered_at is not None for each in second.calls)
    row.figures.append(
        f"{ringing} telephones rang when the carrier fell silent; {over_second} callers had the other trunk,"
        f" {over_first} calls this one after it was back"
    )
    row.check(over_second >= CALLERS - ORDERS, f"only {over_second} callers met the fault")
    row.check(over_first >= 2 + ORDERS, f"only {over_first} calls over the trunk that is back")


def _call(site: Site, number: str, did: str) -> tuple[int, bool]:
    """The final status, and whether the switch ended the call."""
    with Phone(split_host_port(site.env["DIGITREE_SIP"]), number=number) as phone:
        status = phone.dial(did)
        return status, status == 200 and phone.far_side_hung_up.wait(120)


def _order(site: Site, menu: str, at: int) -> str:
    order = {
        "to": f"+1{_FIRST_CALLED + at}", "ivr_id": menu, "trunk": FIRST[0], "purpose": "service", "hours": ALL_DAY,
        "retries": {"most": 6, "busy_s": 60, "no_answer_s": 60}, "detect_machine": False,
    }  # fmt: skip
    return str(site.ask("POST", "/calls", order)["id"])


def _order_state(site: Site, order: str) -> dict[str, Any]:
    found: dict[str, Any] = site.ask("GET", f"/calls/outgoing/{order}")
    return found


def _judge(row: Row, site: Site, numbers: Sequence[str], ends: Sequence[tuple[int, bool]]) -> None:
    """Every caller talks to somebody, once."""
    for number, (status, is_ended) in zip(numbers, ends, strict=True):
        row.calls += 1
        row.dropped += status != 200 or not is_ended
        row.check(status == 200 and is_ended, f"{number}: {status}, ended: {is_ended}")
        record = _record(site, number)
        answered = [each for each in record["agent"] if each["result"] == "answered"]
        what = [(each["uri"], each["result"]) for each in record["agent"]]
        row.check(len(answered) == 1, f"{number} was connected {len(answered)} times: {what}")
        row.check(record["outcome"] == "transferred", f"{number}: {record['outcome']}")


def _record(site: Site, number: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found = site.ask("GET", f"/calls?ani=%2B{number.removeprefix('+')}")["items"]
        return found[0] if found and found[0]["ended_at"] else None

    found = wait_until(ended, 60, f"the record of {number}")
    assert found is not None
    return found


def _judge_orders(row: Row, site: Site, first: Exchange, orders: Sequence[str]) -> None:
    for order in orders:
        now = _order_state(site, order)
        called = first.calls_to(now["to"].removeprefix("+"))
        answered = sum(each.answered_at is not None for each in called)
        row.check((now["result"], answered) == ("answered", 1), f"{now['to']}: {now['result']}, {answered} answered")
        row.check(len(called) <= len(now["attempts"]), f"{now['to']} was called {len(called)} times")
        results = Counter(each["result"] for each in now["attempts"])
        row.figures.append(f"an order's attempts: {dict(results)}")


def _wait_told(told: Receiver, event: str, timeout_s: float) -> None:
    def is_told() -> bool:
        bodies = [json.loads(body) for _, body in list(told.got)]
        return any(each["type"] == event and each["data"]["trunk"] == FIRST[0] for each in bodies)

    wait_until(is_told, timeout_s, event, poll_s=0.2)


@contextmanager
def _told(site: Site) -> Iterator[Receiver]:
    with receiving() as receiver:
        webhook = site.ask("POST", "/webhooks", {"url": receiver.url, "events": ["trunk.away", "trunk.back"]})["id"]
        try:
            yield receiver
        finally:
            site.ask("DELETE", f"/webhooks/{webhook}")


@contextmanager
def _trunks(site: Site, first: Exchange, second: Exchange) -> Iterator[None]:
    for (name, number), exchange in ((FIRST, first), (SECOND, second)):
        trunk = {"name": name, "hosts": [f"127.0.0.1:{exchange.port}"], "numbers": [number]}
        site.ask("POST", "/trunks", trunk)
    try:
        for name, _ in (FIRST, SECOND):
            wait_until(lambda name=name: _answers(site, name), 60, f"the trunk {name} answers", poll_s=0.2)  # type: ignore[misc]
        yield
    finally:
        for name, _ in (FIRST, SECOND):
            site.ask("DELETE", f"/trunks/{name}")


def _answers(site: Site, trunk: str) -> bool:
    return bool(site.ask("GET", f"/trunks/{trunk}/state")["standing"] == "answers")


@contextmanager
def _menus(site: Site) -> Iterator[tuple[list[str], str]]:
    """The number that each caller dials, in turn one that leads to a number and one that leads to a person of theirs;
    the menu of calls that we make."""
    made, people, dids = [], [], []
    try:
        made.append(site.make_menu(_DID, _menu({"to": _NUMBER})))
        for at in range(CALLERS):
            if at % 2 == 0:
                dids.append(_DID)
                continue
            person, did = f"over_trunk_{at}", f"+1{_FIRST_DID + at}"
            body = {"name": person, "address": f"+1{_FIRST_PERSON + at}", "groups": [person]}
            site.ask("POST", "/people", body)
            people.append(person)
            made.append(site.make_menu(did, _menu({"people": person})))
            dids.append(did)
        outgoing = site.make_menu("", OUTGOING_MENU)
        made.append(outgoing)
        yield dids, outgoing
    finally:
        for menu in made:
            site.ask("DELETE", f"/ivr/{menu}?force=true")
        for person in people:
            site.ask("DELETE", f"/people/{person}")


def _menu(who: dict[str, Any]) -> dict[str, Any]:
    ring = {"action": "transfer", "ring_timeout_s": 15, "on_agent_hangup": "bye"}
    return {
        "name": "Faults with a trunk",
        "nodes": {
            "ring": {**ring, **who, "caller_id": FIRST[1], "fallback_node": "other"},
            "other": {**ring, "to": _NUMBER, "caller_id": SECOND[1], "fallback_node": "nobody"},
            "bye": {"action": "hangup"},
            "nobody": {"action": "hangup"},
        },
    }
