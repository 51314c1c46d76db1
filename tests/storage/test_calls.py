"""Call records: one row a call, whatever is written how often and in which order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step
from ivr.domain.errors import RecordRefused
from ivr.ports.calls import CallFilter
from ivr.storage.postgres.call_writes import mark_lost, write_calls
from ivr.storage.postgres.stores import PostgresStores
from tests.storage.conftest import AT, DID, call

ENDED: dict[str, Any] = {"ended_at": AT + timedelta(seconds=9), "duration_ms": 9000, "outcome": Outcome.TRANSFERRED}


def test_a_call_is_kept_with_its_path_and_the_agent(stores: PostgresStores) -> None:
    record = call(
        **ENDED, ivr_id="ivr_abc123", ivr_version=7, hangup_cause="NORMAL_CLEARING",
        path=[Step("welcome", 1, "no_match", "7", 400, 2100), Step("welcome", 2, "key", "1", 2500, 900)],
        agent=[AgentAttempt("sip:a@192.0.2.1", "no_answer", "NO_ANSWER")],
    )  # fmt: skip
    stores.calls.ended(record)
    assert stores.calls.find(record.call_id) == record
    assert stores.calls.find("call_nobody") is None


STORY: list[tuple[str, int, dict[str, Any]]] = [
    ("started", 0, {}),
    ("ended", 0, {**ENDED, "outcome": Outcome.FAILED}),
    ("started", 1, {}),
    ("ended", 1, ENDED),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_in_whatever_order_it_comes_the_last_workers_end_is_what_stays(
    stores: PostgresStores, order: tuple[int, ...]
) -> None:
    base = call()
    for place in (*order, *order):
        kind, take_overs, fields = STORY[place]
        record = replace(base, take_overs=take_overs, **fields)
        (stores.calls.started if kind == "started" else stores.calls.ended)(record, writer="esl-vm-1-x")
    found = stores.calls.find(base.call_id)
    assert found == replace(base, take_overs=1, **ENDED)


def test_a_call_that_was_taken_over_is_going_on_again(stores: PostgresStores) -> None:
    base = call()
    stores.calls.ended(replace(base, **{**ENDED, "outcome": Outcome.FAILED}))
    stores.calls.started(replace(base, take_overs=1))
    found = stores.calls.find(base.call_id)
    assert found is not None
    assert (found.ended_at, found.outcome) == (None, None)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_failure_gives_way_to_the_worker_who_went_on_without_word_of_it(
    stores: PostgresStores, order: tuple[int, int]
) -> None:
    base = call()
    ends = [replace(base, **{**ENDED, "outcome": Outcome.FAILED}), replace(base, **ENDED)]
    for place in (*order, *order):
        stores.calls.ended(ends[place])
    assert stores.calls.find(base.call_id) == ends[1]


def test_before_its_end_a_call_is_what_was_said_last(stores: PostgresStores) -> None:
    base = call()
    stores.calls.started(base)
    later = replace(base, ivr_id="ivr_abc123", ivr_version=3, path=[Step("a", 1, "key", "1", 1, 1)])
    stores.calls.started(later)
    assert stores.calls.find(base.call_id) == later


def test_what_a_caller_sent_is_kept_whatever_it_is(stores: PostgresStores) -> None:
    record = call(did=None, did_raw="'; drop table call_record; --", ani=None, ani_raw="\0\udce9\n${x}")
    stores.calls.started(record)
    found = stores.calls.find(record.call_id)
    assert found is not None
    assert (found.did_raw, found.ani_raw) == ("'; drop table call_record; --", "\ufffd?\n${x}")


def test_a_record_that_cannot_be_is_refused_as_such(stores: PostgresStores) -> None:
    with pytest.raises(RecordRefused):
        stores.calls.started(call(take_overs=2**40))


class TestList:
    @pytest.fixture(autouse=True)
    def records(self, stores: PostgresStores) -> list[CallRecord]:
        made = [
            call(
                call_id=f"call_{n:02d}",
                started_at=AT + timedelta(minutes=n // 3),
                did=DID if n % 2 else "+14155550101",
                ani=None if n % 5 == 0 else f"+1480555{n % 4:04d}",
                ivr_id="ivr_aaaaaa" if n % 3 else "ivr_bbbbbb",
                **(ENDED if n % 2 else {}),
            )
            for n in range(30)
        ]
        for record in made:
            stores.calls.ended(record)
        return made

    @pytest.mark.parametrize(
        "wanted",
        [
            CallFilter(),
            CallFilter(did=DID),
            CallFilter(ani="+14805550001"),
            CallFilter(ivr_id="ivr_bbbbbb"),
            CallFilter(outcome=Outcome.TRANSFERRED),
            CallFilter(since=AT + timedelta(minutes=3), until=AT + timedelta(minutes=6)),
            CallFilter(did=DID, ivr_id="ivr_aaaaaa", since=AT + timedelta(minutes=1)),
            CallFilter(did="+10000000000"),
        ],
    )
    def test_a_filtered_list_has_exactly_what_matches_newest_first_in_pages(
        self, stores: PostgresStores, records: list[CallRecord], wanted: CallFilter
    ) -> None:
        def matches(record: CallRecord) -> bool:
            return (
                wanted.did in (None, record.did)
                and wanted.ani in (None, record.ani)
                and wanted.ivr_id in (None, record.ivr_id)
                and wanted.outcome in (None, record.outcome)
                and (wanted.since is None or record.started_at >= wanted.since)
                and (wanted.until is None or record.started_at < wanted.until)
            )

        seen: list[CallRecord] = []
        cursor = None
        while True:
            page = stores.calls.list(wanted, limit=4, cursor=cursor)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        expected = sorted(filter(matches, records), key=lambda each: (each.started_at, each.call_id), reverse=True)
        assert seen == expected


class TestLost:
    def lose(self, stores: PostgresStores, live: list[str]) -> int:
        with stores.database.transaction() as connection:
            return mark_lost(
                connection, before=AT, before_if_dead=AT + timedelta(hours=1), machine="-vm-", live_writers=live
            )

    def outcome(self, stores: PostgresStores, record: CallRecord) -> Outcome | None:
        found = stores.calls.find(record.call_id)
        assert found is not None
        return found.outcome

    def test_only_calls_that_are_too_old_or_whose_writer_is_dead_are_lost(self, stores: PostgresStores) -> None:
        old = call(started_at=AT - timedelta(minutes=1))
        ended = call(started_at=AT - timedelta(minutes=1), **ENDED)
        with stores.database.transaction() as connection:
            for record in (old, ended):
                write_calls(connection, [(record, "esl-vm-1-a")])
            of_the_dead, of_the_living, elsewhere = call(), call(), call()
            write_calls(connection, [(of_the_dead, "esl-vm-1-a")])
            write_calls(connection, [(of_the_living, "esl-vm-2-b")])
            write_calls(connection, [(elsewhere, "esl-other-1-c")])
        assert self.lose(stores, ["esl-vm-2-b"]) == 2
        assert self.outcome(stores, old) is Outcome.LOST
        assert self.outcome(stores, of_the_dead) is Outcome.LOST
        assert self.outcome(stores, ended) is Outcome.TRANSFERRED
        assert self.outcome(stores, of_the_living) is None
        assert self.outcome(stores, elsewhere) is None
        assert self.lose(stores, ["esl-vm-2-b"]) == 0

    def test_a_lost_call_stays_lost_when_its_start_is_read_again_and_not_when_its_end_comes(
        self, stores: PostgresStores
    ) -> None:
        record = call(started_at=AT - timedelta(minutes=1))
        stores.calls.started(record)
        assert self.lose(stores, []) == 1
        stores.calls.started(record)
        assert self.outcome(stores, record) is Outcome.LOST
        stores.calls.ended(replace(record, **ENDED))
        assert self.outcome(stores, record) is Outcome.TRANSFERRED

    def test_a_lost_call_that_is_taken_over_after_all_is_going_on(self, stores: PostgresStores) -> None:
        record = call(started_at=AT - timedelta(minutes=1))
        stores.calls.started(record)
        self.lose(stores, [])
        stores.calls.started(replace(record, take_overs=1))
        assert self.outcome(stores, record) is None
