"""What webhooks tell, and in which order, while the keeper that sends them is killed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from tests.faults.bench import Bench
from tests.faults.rows_freeswitch import run_calls
from tests.faults.site import KEEPER, Site
from tests.faults.verdict import Row, expected_of
from tests.helpers import wait_until
from tests.storage.webhook_receiver import Receiver, receiving

# A delivery that a killed keeper had begun is tried again when its lease has ended.
_LEASES_S = 300.0


def kill_keeper_while_webhooks_tell(bench: Bench, row: Row) -> None:
    """SIGKILL the keeper, again and again, while webhooks tell of calls and opt-outs"""
    site, kills = bench.site, 1 if bench.quick else 2
    with _told(site, "call.transferred", "call.ended", "dnc.added") as receiver:
        with bench.crowd(row, unbroken=True) as crowd:
            for _ in range(kills):
                so_far = len(receiver.got)
                wait_until(lambda so_far=so_far: len(receiver.got) > so_far + 20, 60, "webhooks tell")  # type: ignore[misc]
                site.wait_replaced(KEEPER, site.kill(KEEPER), 1)
                bench.wait_new_calls(crowd)
        records = list(crowd.records.values())
        ours = {call.number for call in crowd.calls if expected_of(call).opted_out}
        _wait_told(receiver, records, ours)
        _look_at_calls(row, receiver, records)
        opt_outs = [each["data"] for each in _first_times(receiver) if each["type"] == "dnc.added"]
        told = {opt_out["number"] for opt_out in opt_outs}
        row.check(ours <= told, f"opt-outs not told: {sorted(ours - told)}")
        added = [opt_out["seq"] for opt_out in opt_outs]
        row.check(added == list(range(added[0], added[0] + len(added))), f"opt-outs told as {added}")
    row.figures.append(f"{kills} kills, {_counted(receiver)}")


def fs_kill_keeper_while_they_talk(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL the keeper while callers talk to agents and webhooks tell of it"""
    site = bench.site
    with _told(site, "call.transferred", "call.ended") as receiver:

        def break_it() -> None:
            wait_until(lambda: receiver.got, 60, "a webhook tells of something")
            site.wait_replaced(KEEPER, site.kill(KEEPER), 1)

        records = run_calls(row, site, break_it)
        _wait_told(receiver, records)
        _look_at_calls(row, receiver, records)
        told = [each["data"] for each in _first_times(receiver) if each["type"] == "call.transferred"]
    ours = {record["call_id"] for record in records}
    hand_offs = [data for data in told if data["call_id"] in ours]
    talking = sum(data["outcome"] is None for data in hand_offs)
    row.check(talking > 0, "no hand-off was told while they talked")
    row.figures.append(f"{_counted(receiver)}; {talking} of {len(hand_offs)} hand-offs told while they talked")


@contextmanager
def _told(site: Site, *events: str) -> Iterator[Receiver]:
    """A webhook and its receiver, until the end of the block."""
    with receiving() as receiver:
        webhook = site.ask("POST", "/webhooks", {"url": receiver.url, "events": list(events)})["id"]
        try:
            yield receiver
        finally:
            site.ask("DELETE", f"/webhooks/{webhook}")


def _wait_told(receiver: Receiver, records: Sequence[dict[str, Any]], opted_out: Collection[str] = ()) -> None:
    """Calls that ended before the webhook was made may be told, too, so messages are not counted."""
    ends = {record["call_id"] for record in records}

    def told() -> bool:
        messages = _first_times(receiver)
        ended = {each["data"]["call_id"] for each in messages if each["type"] == "call.ended"}
        added = {each["data"]["number"] for each in messages if each["type"] == "dnc.added"}
        return ends <= ended and added.issuperset(opted_out)

    with suppress(AssertionError):  # what is missing then is the verdict's to say
        wait_until(told, _LEASES_S, "all of it is told", poll_s=0.2)


def _first_times(receiver: Receiver) -> list[dict[str, Any]]:
    """The messages in the order in which they came for the first time."""
    first: dict[str, dict[str, Any]] = {}
    for headers, body in list(receiver.got):
        first.setdefault(headers["webhook-id"], json.loads(body))
    return list(first.values())


def _look_at_calls(row: Row, receiver: Receiver, records: Iterable[dict[str, Any]]) -> None:
    """Each call's end is told in one message, its hand-off in one before that; a message that comes again is the
    same."""
    bodies = defaultdict(set)
    for headers, body in receiver.got:
        bodies[headers["webhook-id"]].add(body)
    changed = [each for each, said in bodies.items() if len(said) > 1]
    row.check(not changed, f"messages that changed: {changed}")
    told: dict[str, list[str]] = defaultdict(list)
    for message in _first_times(receiver):
        if message["type"].startswith("call."):
            told[message["data"]["call_id"]].append(message["type"])
    for record in records:
        wanted = ["call.transferred"] * (record["outcome"] == "transferred") + ["call.ended"]
        found = told[record["call_id"]]
        row.check(found == wanted, f"{record['call_id']} ({record['outcome']}) was told as {found}")


def _counted(receiver: Receiver) -> str:
    first = len(_first_times(receiver))
    return f"{first} messages, {len(receiver.got) - first} of them twice"
