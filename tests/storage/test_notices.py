"""Notices for services: in the journal before the call goes on, and sent until they are taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from esl_server.services.notices import Notices
from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageUnavailable
from ivr.domain.services import ServiceAnswer
from ivr.domain.signing import is_signed
from ivr.domain.webhooks import GIVE_UP_AFTER_S
from ivr.storage.disk.journal import Journal
from ivr.storage.disk.segments import Record, iterate
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.notice_outbox import DueNotice, NoticeOutbox
from ivr.storage.postgres.stores import PostgresStores
from keeper.flush import Flusher
from keeper.notice_sender import NoticeSender
from tests.helpers import wait_until
from tests.service_stub import SEALER, SECRET, answer, close, service, serving

SENT = {"caller": "+14155550100", "order": 4711}
TAKEN = ServiceAnswer(1, 204)
FAILED = ServiceAnswer(1, failure="unreachable")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal", "esl-here-1")
    yield journal
    journal.close()


@pytest.fixture
def outbox(database: str) -> Iterator[NoticeOutbox]:
    pool = Database(database)
    yield NoticeOutbox(pool)
    pool.close()


def flush(database: str, directory: Path) -> None:
    pool = Database(database)
    try:
        assert Flusher(directory, pool).flush() >= 0
    finally:
        pool.close()


def leave(journal: Journal, database: str, tmp_path: Path, *notices: tuple[str, str]) -> None:
    """Notices of (service, call), in Postgres."""
    for name, call_id in notices:
        assert Notices(journal, SEALER.seal).leave(name, SENT, call_id)
    flush(database, tmp_path / "journal")


@contextmanager
def sending(database: str) -> Iterator[NoticeSender]:
    pool, stopping = Database(database, max_size=4), threading.Event()
    sender = NoticeSender(pool, SEALER, allow_private=False)
    thread = threading.Thread(target=sender.run, args=(stopping,))
    thread.start()
    try:
        yield sender
    finally:
        stopping.set()
        thread.join()
        pool.close()


def rows(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "select state, attempts, status, error, sealed is null from service_notice order by order_no"
        ).fetchall()


def make_due(database: str) -> None:
    """As if the wait were over."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update service_notice set next_at = clock_timestamp()")


def test_a_notice_is_in_the_journal_when_the_call_goes_on_and_says_nothing_there(
    journal: Journal, tmp_path: Path
) -> None:
    assert Notices(journal, SEALER.seal).leave("crm", SENT, "call_1")
    (record,) = [entry for _, entry in iterate(tmp_path / "journal") if isinstance(entry, Record)]
    assert (record.kind, record.document["service"], record.document["call_id"]) == ("notice", "crm", "call_1")
    assert b"+14155550100" not in b"".join(path.read_bytes() for path in (tmp_path / "journal").iterdir())
    sealed = SEALER.find(record.document["sealed"])
    assert sealed is not None
    assert json.loads(sealed) == SENT


def test_a_notice_left_again_at_its_place_in_the_call_is_sent_once(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    notices = Notices(journal, SEALER.seal)
    for call_id, place in [("call_1", "a.0"), ("call_1", "a.0"), ("call_1", "a.1"), ("call_2", "a.0")]:
        assert notices.leave("crm", SENT, call_id, place)
    assert notices.leave("crm", SENT, "call_2")
    assert notices.leave("crm", SENT, "call_2")
    flush(database, tmp_path / "journal")
    assert len(rows(database)) == 5, "two of the second call have no place"


class FullJournal:
    def append(self, kind: str, document: object) -> int:
        raise StorageUnavailable("no space left on device")


def test_a_notice_that_no_disk_takes_is_said_to_be_lost() -> None:
    assert Notices(FullJournal(), SEALER.seal).leave("crm", SENT, "call_1") is False


@pytest.mark.parametrize("sent", [{"x": float("nan")}, {"x": object()}])
def test_a_notice_that_is_no_json_is_not_left(journal: Journal, sent: dict[str, Any]) -> None:
    assert Notices(journal, SEALER.seal).leave("crm", sent, "call_1") is False


def test_a_notice_is_sent_signed_and_what_it_said_goes(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    with serving(answer({}, status="202 x")) as stub:
        stores.services.create(service(stub.url, headers={"Authorization": "Bearer 7"}), actor="key_1")
        leave(journal, database, tmp_path, ("crm", "call_1"))
        with sending(database) as sender:
            wait_until(lambda: sender.counters["delivered"] == 1, 30, "the notice is delivered")
    (request,) = stub.got
    assert json.loads(request.body) == {**SENT, "call_id": "call_1", "service": "crm"}
    assert request.headers["authorization"] == "Bearer 7"
    assert is_signed(SECRET, request.headers, request.body, float(request.headers["webhook-timestamp"]))
    assert rows(database) == [("delivered", 1, 202, None, True)]


def test_a_notice_that_fails_is_sent_again_with_the_same_id(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    with serving(answer({}, status="500 x"), close, answer(b"<p>thanks</p>")) as stub:
        stores.services.create(service(stub.url), actor="key_1")
        leave(journal, database, tmp_path, ("crm", "call_1"))
        with sending(database) as sender:
            wait_until(lambda: sender.counters["failed"] == 1, 30, "the notice is failed")
            assert rows(database) == [("waiting", 1, 500, "status", False)]
            make_due(database)
            wait_until(lambda: sender.counters["failed"] == 2, 30, "the notice is failed")
            assert rows(database) == [("waiting", 2, None, "unreachable", False)]
            make_due(database)
            wait_until(lambda: sender.counters["delivered"] == 1, 30, "the notice is delivered")
    assert len({each.headers["webhook-id"] for each in stub.got}) == 1
    assert rows(database) == [("delivered", 3, 200, None, True)]


def test_what_is_read_twice_from_a_journal_is_one_notice(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    stores.services.create(service("http://127.0.0.1:9/"), actor="key_1")
    leave(journal, database, tmp_path, ("crm", "call_1"))
    flush(database, tmp_path / "journal")
    assert len(rows(database)) == 1


def claimed(outbox: NoticeOutbox, limit: int = 100, *busy: str) -> list[tuple[str, str]]:
    return sorted((each.service, each.call_id) for each in outbox.claim(limit, busy))


def test_the_notices_of_a_call_are_sent_in_its_order(
    journal: Journal, database: str, outbox: NoticeOutbox, tmp_path: Path
) -> None:
    leave(journal, database, tmp_path, ("crm", "call_1"), ("crm", "call_1"), ("pay", "call_1"), ("crm", "call_2"))
    due = outbox.claim(100)
    assert sorted((each.service, each.call_id) for each in due) == [
        ("crm", "call_1"),
        ("crm", "call_2"),
        ("pay", "call_1"),
    ]
    first = next(each for each in due if (each.service, each.call_id) == ("crm", "call_1"))
    assert outbox.settle(first, FAILED) == "waiting"
    assert claimed(outbox) == []
    make_due(database)
    again = next(each for each in outbox.claim(100) if each.message_id == first.message_id)
    assert outbox.settle(again, TAKEN) == "delivered"
    assert claimed(outbox) == [("crm", "call_1")]


def test_a_busy_service_holds_up_no_other(
    journal: Journal, database: str, outbox: NoticeOutbox, tmp_path: Path
) -> None:
    leave(journal, database, tmp_path, *[("crm", f"call_{n}") for n in range(outbox.at_once + 3)], ("pay", "call_1"))
    assert claimed(outbox, 100, "crm") == [("pay", "call_1")]
    assert len(claimed(outbox)) == outbox.at_once


def test_a_notice_of_a_dead_sender_is_claimed_again(
    journal: Journal, database: str, outbox: NoticeOutbox, tmp_path: Path
) -> None:
    leave(journal, database, tmp_path, ("crm", "call_1"))
    assert claimed(outbox) == [("crm", "call_1")]
    assert claimed(outbox) == []
    make_due(database)
    assert claimed(outbox) == [("crm", "call_1")]


def test_a_notice_is_dead_after_a_day(
    journal: Journal, database: str, outbox: NoticeOutbox, tmp_path: Path
) -> None:
    leave(journal, database, tmp_path, ("crm", "call_1"))
    (due,) = outbox.claim(1)
    assert outbox.settle(replace(due, waited_s=GIVE_UP_AFTER_S - 1), FAILED) == "waiting"
    assert outbox.settle(replace(due, waited_s=GIVE_UP_AFTER_S), FAILED) == "dead"
    assert outbox.waiting() == 0


def test_a_dead_notice_that_is_sent_again_has_another_day(
    stores: PostgresStores, journal: Journal, database: str, outbox: NoticeOutbox, tmp_path: Path
) -> None:
    leave(journal, database, tmp_path, ("crm", "call_1"))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update service_notice set left_at = left_at - interval '2 days'")
    (due,) = outbox.claim(1)
    assert outbox.settle(due, FAILED) == "dead"
    assert claimed(outbox) == []
    assert stores.notices.replay_dead("crm", actor="key_1") == 1
    (again,) = outbox.claim(1)
    assert again.attempts == 1
    assert outbox.settle(again, FAILED) == "waiting"


def test_a_notice_waits_for_a_service_that_is_not_there_yet(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    leave(journal, database, tmp_path, ("crm", "call_1"))
    with sending(database) as sender:
        wait_until(lambda: sender.counters["failed"] == 1, 30, "the notice is failed")
        assert rows(database) == [("waiting", 1, None, "unknown", False)]
        with serving(answer({})) as stub:
            stores.services.create(service(stub.url), actor="key_1")
            make_due(database)
            wait_until(lambda: sender.counters["delivered"] == 1, 30, "the notice is delivered")


def test_a_notice_that_cannot_be_opened_is_refused(database: str) -> None:
    due = DueNotice("msg_1", "crm", "call_1", 1, "x" * 80, utc_now(), 0, service("http://127.0.0.1:9/"))
    pool = Database(database)
    assert NoticeSender(pool, SEALER, allow_private=False)._ask(due).failure == "refused"
    pool.close()


def test_old_notices_go(journal: Journal, database: str, outbox: NoticeOutbox, tmp_path: Path) -> None:
    leave(journal, database, tmp_path, *[("crm", f"call_{n}") for n in range(5)])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "update service_notice set"
            " state = (array['delivered', 'delivered', 'dead', 'dead', 'waiting'])[order_no - first.no + 1],"
            " left_at = now() - ((array[8, 6, 31, 29, 99])[order_no - first.no + 1]) * interval '1 day'"
            " from (select min(order_no) as no from service_notice) first"
        )
    assert outbox.prune(dry=True) == 2
    assert outbox.prune(limit=1) == 1
    assert outbox.prune() == 1
    assert [row[0] for row in rows(database)] == ["delivered", "dead", "waiting"]
