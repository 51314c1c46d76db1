"""Call-backs in Postgres."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ivr.domain.call_records import utc_now
from ivr.domain.callbacks import CallbackRequest, callback_from_json, id_of_call
from ivr.domain.numbers import E164
from ivr.storage.disk.segments import Record
from ivr.storage.postgres.callbacks import prune_callbacks
from ivr.storage.postgres.stores import PostgresStores
from keeper.apply import apply_records
from tests.storage.conftest import AT

ANN, BEN = E164("+14805551234"), E164("+14805550002")


def request(name: str, number: E164 = ANN, after_s: int = 0) -> CallbackRequest:
    return CallbackRequest(
        name, number, "Support", "this afternoon", AT + timedelta(seconds=after_s), "call_1", "ivr_1", "back"
    )


def add(stores: PostgresStores, *requests: CallbackRequest) -> None:
    records = [Record("callback", 1, each.to_json()) for each in requests]
    with stores.database.transaction() as connection:
        apply_records(connection, records, "esl-a")


def test_a_request_reads_back_as_it_was_written() -> None:
    assert callback_from_json(request("cbk_1").to_json()) == request("cbk_1")
    with pytest.raises(ValueError, match="time zone"):
        callback_from_json({**request("cbk_1").to_json(), "asked_at": "2026-03-09T12:00:00"})


def test_a_call_that_comes_again_to_the_same_place_asks_for_the_same() -> None:
    assert id_of_call("call_1", "back.0") == id_of_call("call_1", "back.0")
    assert id_of_call("call_1", "back.0") != id_of_call("call_1", "back.1")


def test_a_journal_that_is_read_twice_leaves_one_call_back(stores: PostgresStores) -> None:
    add(stores, request("cbk_1"))
    add(stores, request("cbk_1"), request("cbk_2", BEN, 1))
    page = stores.callbacks.list()
    assert [each.request for each in page.items] == [request("cbk_1"), request("cbk_2", BEN, 1)]
    assert {each.state for each in page.items} == {"open"}


def test_who_has_waited_for_longest_comes_first_and_pages_follow_on(stores: PostgresStores) -> None:
    add(stores, *(request(f"cbk_{at}", after_s=at) for at in (3, 1, 2)))
    first = stores.callbacks.list("open", limit=2)
    assert [each.request.callback_id for each in first.items] == ["cbk_1", "cbk_2"]
    rest = stores.callbacks.list("open", limit=2, cursor=first.next_cursor)
    assert [each.request.callback_id for each in rest.items] == ["cbk_3"]


def test_what_is_settled_is_no_longer_open_until_it_is_opened_again(stores: PostgresStores) -> None:
    add(stores, request("cbk_1"))
    done = stores.callbacks.settle("cbk_1", "done", "called, all well", actor="ann")
    assert done is not None
    assert (done.state, done.note, done.settled_by) == ("done", "called, all well", "ann")
    assert stores.callbacks.list("open").items == []
    again = stores.callbacks.settle("cbk_1", "open", None, actor="ben")
    assert again is not None
    assert (again.state, again.note, again.settled_at, again.settled_by) == ("open", "called, all well", None, None)
    assert stores.callbacks.settle("cbk_9", "done", None, actor="ann") is None
    entries = stores.audit.list().items
    assert [each.action for each in entries if each.subject == "callback/cbk_1"] == ["callback.settle"] * 2


def test_what_is_settled_goes_after_its_time_and_what_is_open_stays(stores: PostgresStores) -> None:
    add(stores, request("cbk_1"), request("cbk_2"), request("cbk_3"))
    stores.callbacks.settle("cbk_1", "done", None, actor="ann")
    stores.callbacks.settle("cbk_2", "dropped", None, actor="ann")
    later = utc_now() + timedelta(days=1)
    assert prune_callbacks(stores.database, utc_now() - timedelta(days=1), dry=False) == 0
    assert prune_callbacks(stores.database, later, dry=True) == 2
    assert prune_callbacks(stores.database, later, dry=False) == 2
    assert [each.request.callback_id for each in stores.callbacks.list().items] == ["cbk_3"]


def test_a_talk_makes_it_done_and_an_attempt_that_reaches_nobody_does_not(stores: PostgresStores) -> None:
    add(stores, request("cbk_1"))
    stores.callbacks.dialled("cbk_1")
    stores.callbacks.ended("cbk_1", "nobody answered", is_done=False)
    stores.callbacks.dialled("cbk_1")
    tried = stores.callbacks.find("cbk_1")
    assert tried is not None
    assert (tried.state, tried.dialled, tried.result) == ("open", 2, None)
    stores.callbacks.ended("cbk_1", "it was answered", is_done=True)
    done = stores.callbacks.find("cbk_1")
    assert done is not None
    assert (done.state, done.result, done.settled_by) == ("done", "it was answered", "call")


def test_one_that_people_ask_for_is_in_the_audit_log(stores: PostgresStores) -> None:
    made = stores.callbacks.add(request("cbk_1"), actor="ann")
    assert made.request == request("cbk_1")
    assert [each.action for each in stores.audit.list().items] == ["callback.add"]
