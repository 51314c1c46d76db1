"""The do-not-call list: each event once, the earliest counts, nothing is refused."""

from __future__ import annotations

import itertools
import threading
from dataclasses import fields
from datetime import timedelta

import pytest

from ivr.domain.dnc.events import OptOut, keyed_id
from ivr.ports.dnc import DncFilter
from ivr.storage.postgres.stores import PostgresStores
from tests.storage.conftest import AT, opt_out

NUMBER = "+14805551234"


def kept(stores: PostgresStores, entry_id: str) -> list[OptOut]:
    """The events of an entry as they were handed in."""
    names = [each.name for each in fields(OptOut)]
    events = stores.dnc.events(entry_id)
    return [OptOut(**{name: getattr(event, name) for name in names}) for event in events]


def test_an_opt_out_is_an_entry_with_both_dates(stores: PostgresStores) -> None:
    event = opt_out(call_id="call_1", did="+14155550100", ivr_id="ivr_abc123", ivr_version=7, node="welcome",
                    key="9", ms_into_question=1234, number_raw="4805551234")  # fmt: skip
    assert stores.dnc.record(event)
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert (entry.number, entry.number_raw, entry.source, entry.events) == (NUMBER, "4805551234", "ani", 1)
    assert (entry.first_at, entry.last_at) == (AT, AT)
    assert entry.honour_by == AT + timedelta(days=14)
    assert kept(stores, entry.entry_id) == [event]


def test_the_same_event_twice_is_kept_once(stores: PostgresStores) -> None:
    event = opt_out()
    assert stores.dnc.record(event)
    assert not stores.dnc.record(event)
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert entry.events == 1


def test_the_same_event_from_many_at_once_is_kept_once(stores: PostgresStores) -> None:
    event = opt_out()
    new: list[bool] = []
    threads = [threading.Thread(target=lambda: new.append(stores.dnc.record(event))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False] * 7 + [True]
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert entry.events == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_events_come_the_earliest_put_the_number_on_the_list(
    stores: PostgresStores, order: tuple[int, ...]
) -> None:
    events = [opt_out(after_s=60 * n, source=source) for n, source in enumerate(["ani", "keyed", "api"])]
    for place in order:
        stores.dnc.record(events[place])
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert (entry.events, entry.source) == (3, "ani")
    assert (entry.first_at, entry.last_at) == (AT, AT + timedelta(seconds=120))
    assert entry.honour_by == AT + timedelta(days=14)
    assert kept(stores, entry.entry_id) == events


def test_a_withheld_number_is_an_entry_of_its_own_each_time(stores: PostgresStores) -> None:
    events = [opt_out(None, after_s=n) for n in range(2)]
    for event in events:
        assert stores.dnc.record(event)
        assert not stores.dnc.record(event)
    listed = stores.dnc.list().items
    assert [(each.number, each.number_raw, each.events) for each in listed] == [(None, "anonymous", 1)] * 2
    assert kept(stores, listed[0].entry_id) == [events[1]]


def test_an_opt_out_with_impossible_characters_is_kept_all_the_same(stores: PostgresStores) -> None:
    stores.dnc.record(opt_out(None, number_raw="a\0b\udce9'; drop table suppression; --"))
    entry = stores.dnc.list().items[0]
    assert entry.number_raw == "a\ufffdb?'; drop table suppression; --"


def test_a_number_nobody_put_there_is_not_found(stores: PostgresStores) -> None:
    stores.dnc.record(opt_out())
    assert stores.dnc.find("+14805551235") is None
    assert stores.dnc.events("+14805551235") == []


def test_the_list_is_newest_first_in_pages_and_the_export_oldest_first_and_whole(stores: PostgresStores) -> None:
    # 1,100 of them: the export reads a thousand at a time. Many at one moment: time alone does not order them.
    numbers = [f"+1480555{n:04d}" for n in range(1100)]
    with stores.database.transaction(budget_s=60) as connection:
        from ivr.storage.postgres.dnc_events import write_opt_out

        for n, number in enumerate(numbers):
            write_opt_out(connection, opt_out(number, after_s=n // 300))
    assert [each.number for each in stores.dnc.export()] == numbers
    seen, cursor = [], None
    while True:
        page = stores.dnc.list(limit=400, cursor=cursor)
        seen += [each.number for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == numbers[::-1]


def test_a_number_keyed_afterwards_identifies_the_opt_out(stores: PostgresStores) -> None:
    nobody, somebody = opt_out(None), opt_out(None)
    stores.dnc.record(nobody)
    stores.dnc.record(somebody)
    assert stores.dnc.unidentified(AT - timedelta(days=1)) == 2
    stores.dnc.record(opt_out("+14155550123", event_id=keyed_id(somebody.event_id), source="keyed"))
    assert stores.dnc.unidentified(AT - timedelta(days=1)) == 1
    left = stores.dnc.list(DncFilter(unidentified=True)).items
    assert [each.entry_id for each in left] == [nobody.event_id]
    entry = stores.dnc.find("+14155550123")
    assert entry is not None
    assert entry.source == "keyed"
