"""Calls in menus with lists, entries and hours, while workers die, stores are away, and the hours are changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ivr.domain.errors import StorageUnavailable
from ivr.storage.disk.listed_snapshot import LISTED_NAME, ListedSnapshotReader
from ivr.storage.disk.snapshot import SnapshotReader, snapshot_path
from tests.faults.bench import Bench, Crowd, now
from tests.faults.calling import Call, take_numbers
from tests.faults.menus import EACH_MENU, ENTRIES_MENU, HOURS_MENU, LANGUAGE_MENU, PEOPLE
from tests.faults.scripts import EACH, ENTRIES, ENTRY_FIRST_MS, ENTRY_GAP_MS, HOURS, LANGUAGES, World
from tests.faults.site import ESL, Site
from tests.faults.verdict import Row, judge
from tests.helpers import wait_until
from tests.service_stub import answer, serving

EACH_DID, ENTRIES_DID, HOURS_DID = "+14155550103", "+14155550104", "+14155550105"
LANGUAGE_DID = "+14155550119"
# A caller's own times may differ by as long as nobody was there.
_AWAY_S = 10.0
# Of so many callers every other one is on the list.
_LISTED = 4_000
_OPEN = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def kill_all_esl_in_lists(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes, twice, while callers go through a list"""
    site = bench.site
    people = {"people": [{"name": name} for name in PEOPLE]}
    with serving(answer(people)) as stub:
        site.ask("POST", "/services", {"name": "people", "url": stub.url, "allow_private": True})
        ivr_id = site.make_menu(EACH_DID, EACH_MENU)
        try:
            with bench.crowd(row, did=EACH_DID, scripts=EACH, clock_s=_AWAY_S) as crowd:
                _kill_all_twice(bench, crowd)
        finally:
            site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
            site.ask("DELETE", "/services/people")
    for call in crowd.calls:
        steps = crowd.records.get(call.uuid, {}).get("path", ())
        taken = [step["value"] for step in steps if step["result"] == "each" and step["key"] == "next"]
        row.check(taken == [str(at + 1) for at in range(len(taken))], f"{call.number} was offered {taken}")
    _count_moved(row, crowd, at_least=bench.live // 5)


def kill_all_esl_in_entries(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes, twice, while callers key entries digit by digit"""
    site = bench.site
    ivr_id = site.make_menu(ENTRIES_DID, ENTRIES_MENU)
    try:
        with bench.crowd(row, did=ENTRIES_DID, scripts=ENTRIES, clock_s=_AWAY_S) as crowd:
            killed_at = _kill_all_twice(bench, crowd)
    finally:
        site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
    met = 0
    for call in crowd.calls:
        for step in crowd.records.get(call.uuid, {}).get("path", ()):
            keyed = step["value"] if step["node"] in ("account", "code") else None
            row.check(step["result"] != "key" or bool(keyed), f"{call.number}: no digits are kept of {step}")
            met += call.answer_ms is not None and any(
                _is_keying(bench, call, step, keyed, moment) for moment in killed_at
            )
    row.figures.append(f"{met} callers were between two digits")
    row.check(met >= bench.live // 20, f"only {met} calls met the fault between two digits")
    _count_moved(row, crowd, at_least=bench.live // 5)


def kill_all_esl_while_the_language_is_asked(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes, twice, while callers choose their language"""
    site = bench.site
    ivr_id = site.make_menu(LANGUAGE_DID, LANGUAGE_MENU)
    try:
        with bench.crowd(row, did=LANGUAGE_DID, scripts=LANGUAGES, clock_s=_AWAY_S) as crowd:
            _kill_all_twice(bench, crowd)
    finally:
        site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
    for record in crowd.records.values():
        chosen = {step["key"] for step in record["path"] if step["node"] == "tongue" and step["result"] == "key"}
        language = "es" if chosen == {"2"} else "en"
        row.check(record["language"] == language, f"{record['call_id']} is in {record['language']}, not {language}")
    _count_moved(row, crowd, at_least=bench.live // 5)


def _is_keying(bench: Bench, call: Call, step: dict[str, Any], keyed: str | None, moment: float) -> bool:
    """Whether this was between the first and the last digit of this entry."""
    began_at = call.began_at + ((call.answer_ms or 0.0) + step["at_ms"]) / 1000
    last_ms = ENTRY_FIRST_MS + ENTRY_GAP_MS * (len(keyed or "") - 1)
    return ENTRY_FIRST_MS < (moment - began_at) * 1000 * bench.speed < last_ms


def hours_changed(bench: Bench, row: Row) -> None:
    """Hours changed in mid-call, and all ESL processes killed after it: a call keeps those that it began with"""
    site = bench.site
    with _hours_and_lists(site):
        with bench.crowd(row, judged=False, did=HOURS_DID, scripts=HOURS) as crowd:
            bench.wait_new_calls(crowd)
            changes = [_change(site, False, "PUT", "/hours/desk/closure", {})]
            site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
            bench.wait_new_calls(crowd)
            bench.wait_new_calls(crowd)
            changes.append(_change(site, True, "DELETE", "/hours/desk/closure"))
            bench.wait_new_calls(crowd)
            bench.wait_new_calls(crowd)
            changes.append(_change(site, False, "PATCH", "/hours/desk", {"week": {"sun": ["03:00-03:01"]}}))
            bench.wait_new_calls(crowd)
        said = _hours_told(site, crowd.calls)
    kept, then = 0, 0
    for call in crowd.calls:
        answered_at = call.began_at + (call.answer_ms or 0.0) / 1000
        known = _state_between(changes, call.began_at, answered_at)
        call.world = World(is_open=said.get(call.uuid) == "open" if known is None else known)
        kept += any(answered_at < asked_at and call.ended_at > live_at for asked_at, live_at, _ in changes)
        then += known is False
    crowd.records = judge(row, site, crowd.calls, clock_s=_AWAY_S)
    row.figures.append(f"{kept} calls went on with the hours before a change, {then} began with those after it")
    row.check(kept >= bench.live // 5 and then >= bench.live // 5, f"only {kept} calls met a change, {then} the new")


def menus_without_stores(bench: Bench, row: Row) -> None:
    """Fresh ESL processes while Redis and Postgres are both down, in a menu with hours and lists"""
    site = bench.site
    assert bench.redis_proxy is not None
    assert bench.postgres_proxy is not None
    first = take_numbers(_LISTED)
    with _hours_and_lists(site):
        listed = [f"+1{first + at}" for at in range(0, _LISTED, 2)]
        site.ask("POST", "/lists/known/numbers", {"numbers": listed})
        site.ask("PUT", "/hours/desk/closure", {})
        _wait_copied(site, listed[-1])
        with bench.crowd(row, judged=False, did=HOURS_DID, scripts=HOURS, first_number=first) as crowd:
            bench.redis_proxy.refuse()
            bench.postgres_proxy.refuse()
            try:
                site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
                began = now()
                bench.wait_new_calls(crowd)
                bench.wait_new_calls(crowd)
                until = now()
            finally:
                bench.redis_proxy.heal()
                bench.postgres_proxy.heal()
            bench.wait_new_calls(crowd)
        for call in crowd.calls:
            call.world = World(is_open=False, is_known=call.number in set(listed))
        crowd.records = judge(row, site, crowd.calls, clock_s=_AWAY_S)
    served = [call for call in crowd.calls if began <= call.began_at < until]
    known = sum(call.world.is_known for call in served)
    row.figures.append(f"{len(served)} calls began meanwhile, {known} of them from the list")
    row.check(0 < known < len(served), f"{known} of {len(served)} calls that began meanwhile were from the list")


def _kill_all_twice(bench: Bench, crowd: Crowd) -> tuple[float, float]:
    """When."""
    site = bench.site
    bench.wait_new_calls(crowd)
    moments = []
    for _ in range(2):
        moments.append(now())
        site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
        bench.wait_new_calls(crowd)
        bench.wait_new_calls(crowd)
    return moments[0], moments[1]


def _count_moved(row: Row, crowd: Crowd, at_least: int) -> None:
    taken = [record["take_overs"] for record in crowd.records.values() if record["take_overs"]]
    row.figures.append(f"{len(taken)} calls taken over, {sum(count > 1 for count in taken)} of them twice")
    row.check(len(taken) >= at_least, f"only {len(taken)} calls met the fault")


@contextmanager
def _hours_and_lists(site: Site) -> Iterator[None]:
    """The menu with its hours, open all day, and its list, with nobody on it."""
    site.ask("POST", "/hours", {"name": "desk", "zone": "UTC", "week": _OPEN})
    site.ask("POST", "/lists", {"name": "known"})
    ivr_id = site.make_menu(HOURS_DID, HOURS_MENU)
    try:
        yield
    finally:
        site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
        for path in ("/hours/desk", "/lists/known?force=true"):
            site.ask("DELETE", path)


# A change of the hours: when it was asked for, when it was live, whether they are open then.
Change = tuple[float, float, bool]


def _change(site: Site, is_open: bool, method: str, path: str, body: Any = None) -> Change:
    asked_at = now()
    site.ask(method, path, body)
    return asked_at, now(), is_open


def _state_between(changes: list[Change], began_at: float, answered_at: float) -> bool | None:
    """Whether it was open when this call began; None: just then the hours were changed."""
    is_open: bool | None = True
    for asked_at, live_at, then in changes:
        if began_at > live_at:
            is_open = then
        elif answered_at > asked_at:
            return None
    return is_open


def _hours_told(site: Site, calls: list[Call]) -> dict[str, str]:
    """What each call found at the door."""
    uuids = [call.uuid for call in calls]
    site.wait_flushed(uuids, [])
    return {
        record["channel_uuid"]: step["key"]
        for record in site.records(uuids)
        for step in record["path"]
        if step["node"] == "door"
    }


def _wait_copied(site: Site, number: str) -> None:
    """This machine's copies have the menu with its closed hours, and the list."""
    menus, lists = SnapshotReader(snapshot_path(site.home)), ListedSnapshotReader(site.home / "run" / LISTED_NAME)

    def copied() -> bool:
        try:
            pointer = menus.pointer_of(HOURS_DID)
            return pointer == (site.pointer(HOURS_DID) or "").encode() and bool(
                lists.lists_of(number, datetime.now(UTC))
            )
        except StorageUnavailable:
            return False

    try:
        wait_until(copied, 60, "the machine's copies have the menu and the list", poll_s=0.1)
    finally:
        menus.close()
        lists.close()
