"""The keeper: everything in the journals is in Postgres exactly once, whoever dies, stops or is away meanwhile."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import psycopg
import pytest
import redis

from ivr.domain.call_records import Outcome, Step, utc_now
from ivr.domain.errors import StorageError, StorageUnavailable
from ivr.domain.live_calls import encode_live
from ivr.storage.disk.journal import Journal, machine_name, make_writer_name
from ivr.storage.disk.keeper_status import BacklogCounter, KeeperStatus, StatusFile, find_status, status_path
from ivr.storage.disk.segments import encode_record, segments
from ivr.storage.disk.snapshot import SnapshotReader, snapshot_path
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.live_calls import LiveReader, LiveWriter, _hash_key
from ivr.storage.redis.menu_cache import OPT_OUTS, CacheReader, CacheWriter
from keeper.flush import Flusher, flush_all
from keeper.journal_tools import replay, show
from keeper.keeper import Keeper
from keeper.lost_calls import sweep_lost
from keeper.rejected import rejected_files
from tests.helpers import SECRET, SIGNED, as_owner, as_superuser, wait_until
from tests.storage.conftest import AT, DID, OTHER_DID, call, frozen, opt_out

MakeMenu = Callable[..., str]
NESTED = orjson.loads(b"[" * 900 + b"]" * 900)
# Too long for an index, however it is packed.
RANDOM_TEXT = random.Random(1).randbytes(20_000).hex()
STEP = {"node": 1, "attempt": None, "result": "key", "key": "1", "at_ms": 1, "ms": 1}
END = {"ended_at": AT + timedelta(seconds=9), "duration_ms": 9000, "outcome": Outcome.OPTED_OUT}

# What no version of ours ever wrote.
POISON: list[tuple[str, object]] = [
    ("opt_out", {**opt_out().to_json(), "number": {"a": [1]}}),
    ("opt_out", {**opt_out().to_json(), "number_raw": 14805550000}),
    ("opt_out", {**opt_out().to_json(), "event_id": ["a", {"b": None}]}),
    ("opt_out", {**opt_out().to_json(), "prompt_text": {"de": "Guten Tag"}}),
    ("opt_out", {**opt_out().to_json(), "list_id": None}),
    ("opt_out", {**opt_out().to_json(), "list_id": "no\x00list"}),
    ("opt_out", {**opt_out().to_json(), "ms_into_question": 10**15}),
    ("opt_out", {**opt_out().to_json(), "ms_into_question": 1.5}),
    ("opt_out", {**opt_out().to_json(), "ivr_version": True}),
    ("opt_out", {**opt_out().to_json(), "event_id": RANDOM_TEXT}),
    ("opt_out", {**opt_out().to_json(), "prompt_text": NESTED}),
    ("opt_out", {**opt_out().to_json(), "schema": 2, "consent": {"given": False}}),
    ("call_ended", {**call(**END).to_json(), "did": {"a": 1}}),
    ("call_ended", {**call(**END).to_json(), "call_id": 7}),
    ("call_ended", {**call(**END).to_json(), "call_id": RANDOM_TEXT}),
    ("call_ended", {**call(**END).to_json(), "ivr_id": ["x"], "ivr_version": "1"}),
    ("call_ended", {**call(**END).to_json(), "path": [{**STEP, "attempt": 1, "ms": 10**20}]}),
    ("call_ended", {**call(**END).to_json(), "path": NESTED}),
]


@contextmanager
def keeping(home: Path, database_url: str, redis_url: str) -> Iterator[Keeper]:
    keeper = Keeper(
        journal=home / "journal", database_url=database_url, redis_url=redis_url, signed=SIGNED,
        snapshot=snapshot_path(home),
        status=status_path(home),
    )  # fmt: skip
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()


def keeper_process(home: Path, database_url: str, redis_url: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DIGITREE_HOME": str(home), "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    environment["DIGITREE_SECRET"] = SECRET
    return subprocess.Popen([sys.executable, "-m", "keeper"], env=environment)


@pytest.fixture
def journal(home: Path) -> Journal:
    return Journal(home / "journal", make_writer_name("test"))


def fill(journal: Journal, count: int, first: int = 0) -> list[str]:
    """`count` calls that opted out, each from a number of its own; returns the numbers."""
    numbers = []
    for n in range(first, first + count):
        number = f"+1480555{n:04d}"
        record = call(call_id=f"call_{n:06d}", ani=number, started_at=AT + timedelta(seconds=n))
        journal.append("call_started", record.to_json())
        event = opt_out(number, after_s=n, event_id=f"optout_{n:06d}", call_id=record.call_id)
        journal.append("opt_out", event.to_json())
        for name, value in END.items():
            setattr(record, name, value)
        journal.append("call_ended", record.to_json())
        numbers.append(number)
    return numbers


def found(url: str) -> tuple[int, int, int, int]:
    """(calls, ended calls, numbers on the list, events)."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select (select count(*) from call_record),"
            " (select count(*) from call_record where ended_at is not null),"
            " (select count(*) from suppression where events = 1), (select count(*) from suppression_event)"
        ).fetchone()
    assert row is not None
    return row


def whole(count: int) -> tuple[int, int, int, int]:
    return count, count, count, count


class TestFlush:
    def test_what_a_living_writer_appends_is_in_postgres_and_the_segment_stays_its_own(
        self, journal: Journal, home: Path, stores: PostgresStores, database: str
    ) -> None:
        flusher = Flusher(home / "journal", stores.database)
        fill(journal, 3)
        assert flusher.flush() == 9
        assert flusher.flush() == 0
        fill(journal, 2, first=3)
        assert flusher.flush() == 6
        assert found(database) == whole(5)
        assert len(segments(home / "journal")) == 1

    def test_a_record_keeps_its_own_time(self, journal: Journal, home: Path, stores: PostgresStores) -> None:
        fill(journal, 2)
        flush_all(home / "journal", stores.database, budget_s=5)
        entry = stores.dnc.find("+14805550001")
        assert entry is not None
        assert entry.first_at == AT + timedelta(seconds=1)
        record = stores.calls.find("call_000001")
        assert record is not None
        assert record.started_at == AT + timedelta(seconds=1)

    def test_a_segment_its_writer_left_is_removed_after_its_commit_and_not_before(
        self, journal: Journal, home: Path, stores: PostgresStores, tmp_path: Path, database: str
    ) -> None:
        fill(journal, 3)
        journal.close()
        away = Database(f"postgresql://x@/x?host={tmp_path}")
        with pytest.raises(StorageUnavailable):
            Flusher(home / "journal", away).flush()
        assert len(segments(home / "journal")) == 1
        Flusher(home / "journal", stores.database).flush()
        assert segments(home / "journal") == []
        assert found(database) == whole(3)

    def test_what_was_flushed_and_is_read_again_changes_nothing(
        self, journal: Journal, home: Path, stores: PostgresStores, database: str
    ) -> None:
        fill(journal, 5)
        for _ in range(3):
            Flusher(home / "journal", stores.database).flush()
        assert found(database) == whole(5)

    def test_a_torn_end_of_a_dead_writer_is_set_aside_and_the_rest_is_kept(
        self, home: Path, stores: PostgresStores, database: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        line = encode_record("opt_out", opt_out().to_json(), 1)
        path = home / "journal" / "dead-00000001.log"
        path.parent.mkdir()
        path.write_bytes(line + line[:40])
        flush_all(home / "journal", stores.database, budget_s=5)
        assert found(database)[2:] == (1, 1)
        assert not path.exists()
        (kept,) = rejected_files(home / "journal")
        assert kept.read_bytes() == line[:40]
        assert "REJECTED" in caplog.text

    def test_a_torn_end_of_a_living_writer_is_waited_for(self, home: Path, stores: PostgresStores) -> None:
        journal = Journal(home / "journal", "w")
        journal.append("opt_out", opt_out().to_json())
        line = encode_record("opt_out", opt_out("+14805550000").to_json(), 1)
        flusher = Flusher(home / "journal", stores.database)
        with open(segments(home / "journal")[0].path, "ab") as segment:
            segment.write(line[:50])
            segment.flush()
            assert flusher.flush() == 1
            assert flusher.flush() == 0
            segment.write(line[50:])
        assert flusher.flush() == 1
        assert flusher.rejected == 0

    @pytest.mark.parametrize(
        ("kind", "document"),
        [
            ("opt_out", {}),
            ("opt_out", {"event_id": "x", "pressed_at": "yesterday"}),
            ("opt_out", {**opt_out().to_json(), "extra": 1}),
            ("opt_out", {**opt_out().to_json(), "pressed_at": "2026-03-09T12:00:00"}),
            ("opt_out", {**opt_out().to_json(), "ivr_version": 2**40}),
            ("opt_out", {**opt_out().to_json(), "event_id": None}),
            ("opt_out", {**opt_out().to_json(), "pressed_at": None}),
            ("call_started", {**call().to_json(), "take_overs": 2**40}),
            ("call_started", {**call().to_json(), "outcome": "dancing"}),
            ("call_started", {**call().to_json(), "path": [{"a": 1}]}),
            ("call_started", {**call().to_json(), "path": None}),
            ("call_ended", {**call().to_json(), "started_at": None}),
            ("call_started", {**call().to_json(), "started_at": "0001-01-01T00:00:00+14:00"}),
            ("opt_out", {**opt_out().to_json(), "pressed_at": "9999-12-31T12:00:00+00:00"}),
            ("call_ended", {**call(**END).to_json(), "ivr_id": "ivr_x", "ivr_version": 1, "path": [STEP, STEP]}),
            ("call_ended", [1]),
            ("dance", {}),
        ],
    )
    def test_a_record_that_postgres_refuses_is_set_aside_and_blocks_no_other(
        self, journal: Journal, home: Path, stores: PostgresStores, database: str, kind: str, document: object
    ) -> None:
        fill(journal, 2)
        journal.append(kind, document)  # type: ignore[arg-type]
        fill(journal, 2, first=2)
        flusher = Flusher(home / "journal", stores.database)
        assert flusher.flush() == 12
        assert found(database) == whole(4)
        assert flusher.rejected == 1
        (kept,) = rejected_files(home / "journal")
        assert json.loads(kept.read_bytes().split(b" ", 2)[2])["doc"] == document

    def test_records_with_fields_that_nobody_can_write_are_set_aside_and_shown_and_block_no_other(
        self, journal: Journal, home: Path, stores: PostgresStores, database: str
    ) -> None:
        for number, (kind, document) in enumerate(POISON):
            journal.append(kind, document)  # type: ignore[arg-type]
            fill(journal, 1, first=number)
        flusher = Flusher(home / "journal", stores.database)
        assert flusher.flush() == 3 * len(POISON)
        assert found(database) == whole(len(POISON))
        assert flusher.rejected == len(POISON)
        shown = [each.record.document for each in show(home / "journal") if each.set_aside and each.record]
        for _, document in POISON:
            assert document in shown

    @pytest.mark.parametrize(
        "data",
        [
            b"[" * 100_000 + b"]" * 100_000,
            b'{"kind":"opt_out","at":1,"doc":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"kind":"opt_out","at":"now","doc":{}}',
            b'{"kind":"opt_out","at":1e300,"doc":{}}',
            b'{"kind":["opt_out"],"at":1,"doc":{}}',
            b'{"kind":"opt_out","at":-99999999999999999999,"doc":{}}',
        ],
        ids=len,
    )
    def test_a_line_that_is_whole_but_none_that_can_be_read_is_set_aside(
        self, home: Path, stores: PostgresStores, database: str, data: bytes
    ) -> None:
        directory = home / "journal"
        directory.mkdir(exist_ok=True)
        line = b"%08x %d %b\n" % (zlib.crc32(data), len(data), data)
        (directory / "dead-00000001.log").write_bytes(line + encode_record("opt_out", opt_out().to_json(), 1))
        assert flush_all(directory, stores.database, budget_s=5) == 1
        assert found(database)[2:] == (1, 1)
        (kept,) = rejected_files(directory)
        assert kept.read_bytes() == line.rstrip(b"\n")
        assert [each.set_aside for each in show(directory)] == [True]

    def test_what_nobody_foresaw_of_one_journal_holds_up_no_other(
        self, home: Path, stores: PostgresStores, database: str
    ) -> None:
        directory = home / "journal"
        odd, sound = Journal(directory, "a"), Journal(directory, "b")
        fill(odd, 1)
        fill(sound, 1, first=1)
        with psycopg.connect(as_superuser(database)) as connection:
            connection.execute(
                "create function never() returns trigger language plpgsql as $$ begin"
                " if new.event_id = 'optout_000000' then raise syntax_error; end if; return new; end $$;"
                " create trigger never before insert on suppression_event for each row execute function never()"
            )
        flusher = Flusher(directory, stores.database)
        try:
            with pytest.raises(StorageError):
                flusher.flush()
            assert found(database) == whole(1)
        finally:
            with psycopg.connect(as_superuser(database)) as connection:
                connection.execute("drop function never cascade")
        flusher.flush()
        assert found(database) == whole(2)

    def test_a_record_that_cannot_even_be_set_aside_stays_and_holds_up_only_its_own_segment(
        self, home: Path, stores: PostgresStores, database: str
    ) -> None:
        directory = home / "journal"
        poisoned, sound = Journal(directory, "a"), Journal(directory, "b")
        poisoned.append("opt_out", {})
        fill(poisoned, 1)
        fill(sound, 2, first=1)
        (directory / "rejected").write_text("in the way")
        flusher = Flusher(directory, stores.database)
        flusher.flush()
        assert found(database) == whole(2)
        (directory / "rejected").unlink()
        flusher.flush()
        assert found(database) == whole(3)

    def test_a_missing_table_is_no_reason_to_set_anything_aside(
        self, journal: Journal, home: Path, migrated_postgres_url: str
    ) -> None:
        fill(journal, 1)
        with psycopg.connect(as_superuser(migrated_postgres_url), autocommit=True) as connection:
            connection.execute("drop database if exists not_migrated with (force)")
            connection.execute("create database not_migrated")
        flusher = Flusher(home / "journal", Database(migrated_postgres_url.replace("/digitree?", "/not_migrated?")))
        with pytest.raises(StorageUnavailable):
            flusher.flush()
        assert flusher.rejected == 0

    def test_a_batch_is_all_or_nothing_and_goes_on_where_it_was_committed(
        self, journal: Journal, home: Path, stores: PostgresStores, database: str
    ) -> None:
        fill(journal, 300)
        assert Flusher(home / "journal", stores.database).flush() == 900
        assert found(database) == whole(300)


class TestDeath:
    WRITER = """
import sys
from pathlib import Path
from tests.storage.test_keeper import *
journal = Journal(Path(sys.argv[1]), make_writer_name("test"), segment_bytes=5000)
n = int(sys.argv[2])
while True:
    fill(journal, 1, first=n)
    print(n, flush=True)
    n += 1
"""

    def test_writers_and_keepers_killed_again_and_again_lose_nothing_and_write_nothing_twice(
        self, home: Path, database: str, cache: str
    ) -> None:
        directory = home / "journal"
        last: list[int] = []
        for turn in range(4):
            first = turn * 2000
            writer = subprocess.Popen(
                [sys.executable, "-c", self.WRITER, str(directory), str(first)], stdout=subprocess.PIPE
            )
            keeper = keeper_process(home, database, cache)
            assert writer.stdout is not None
            told = first - 1
            for _ in range(random.randint(60, 200)):
                told = int(writer.stdout.readline())
            keeper.kill()
            for _ in range(20):
                told = int(writer.stdout.readline())
            writer.kill()
            writer.wait()
            keeper.wait()
            told = max([told, *(int(line) for line in writer.stdout.read().split())])
            writer.stdout.close()
            last.append(told)
        pool = Database(database)
        flush_all(directory, pool, budget_s=30)
        pool.close()
        with psycopg.connect(database) as connection:
            rows = connection.execute(
                "select c.call_id, c.ended_at is not null, s.events"
                " from call_record c left join suppression s on s.number = c.ani order by 1"
            ).fetchall()
        by_id = {row[0]: row[1:] for row in rows}
        for turn, told in enumerate(last):
            for n in range(turn * 2000, told + 1):
                assert by_id[f"call_{n:06d}"] == (True, 1), n
        assert found(database)[2] == found(database)[3]
        assert segments(directory) == []

    def test_two_keepers_at_once_write_everything_once(self, journal: Journal, home: Path, database: str) -> None:
        pools = [Database(database), Database(database)]
        flushers = [Flusher(home / "journal", pool) for pool in pools]
        stop = threading.Event()
        failures: list[BaseException] = []

        def run(flusher: Flusher) -> None:
            while not stop.is_set():
                try:
                    flusher.flush()
                except StorageUnavailable:
                    pass  # a deadlock of the two: one of them tries again
                except BaseException as error:  # noqa: BLE001
                    failures.append(error)

        threads = [threading.Thread(target=run, args=(flusher,)) for flusher in flushers]
        for thread in threads:
            thread.start()
        for first in range(0, 300, 10):
            fill(journal, 10, first=first)
        journal.close()
        wait_until(lambda: not segments(home / "journal"), 20, "both keepers done")
        stop.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert found(database) == whole(300)

    def test_asked_to_stop_it_flushes_first(self, journal: Journal, home: Path, database: str, cache: str) -> None:
        keeper = keeper_process(home, database, cache)
        wait_until(lambda: find_status(status_path(home)), 20, "the keeper's first word")
        fill(journal, 200)
        journal.close()
        keeper.send_signal(signal.SIGTERM)
        assert keeper.wait(20) == 0
        assert found(database) == whole(200)
        assert segments(home / "journal") == []


class TestOutages:
    def test_while_postgres_is_frozen_the_journal_grows_and_somebody_is_told_and_then_all_is_there_once(
        self,
        journal: Journal,
        home: Path,
        own_postgres: tuple[str, Path],
        cache: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        url, directory = own_postgres
        before = found(url)[0]
        with keeping(home, url, cache) as keeper:
            wait_until(lambda: keeper.status.postgres_ok, 5, "the first flush")
            with frozen(directory):
                fill(journal, 50, first=5000)
                wait_until(lambda: keeper.status.backlog_records == 150, 20, "the backlog is counted")
                assert keeper.status.failures > 0
                wait_until(lambda: "150 records wait in the journal" in caplog.text, 5, "the alarm")
                status = wait_until(
                    lambda: (now := find_status(status_path(home))) and now.backlog_records and now, 5, "the status"
                )
                assert not status.postgres_ok
            wait_until(lambda: found(url)[0] == before + 50, 20, "everything in Postgres")
            wait_until(lambda: keeper.status.backlog_records == 0 and keeper.status.postgres_ok, 5, "no backlog")

    def test_while_postgres_is_read_only_nothing_is_set_aside(
        self, journal: Journal, home: Path, own_postgres: tuple[str, Path], cache: str
    ) -> None:
        url, _ = own_postgres
        before = found(url)[0]
        with psycopg.connect(as_superuser(url), autocommit=True) as connection:
            connection.execute("alter database digitree set default_transaction_read_only = on")
        try:
            with keeping(home, url, cache) as keeper:
                fill(journal, 5, first=6000)
                wait_until(lambda: keeper.status.failures > 1, 5, "two tries")
                with psycopg.connect(as_superuser(url), autocommit=True) as connection:
                    connection.execute("set default_transaction_read_only = off")
                    connection.execute("alter database digitree reset default_transaction_read_only")
                    connection.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where application_name = 'digitree-keeper'"
                    )
                wait_until(lambda: found(url)[0] == before + 5, 10, "everything in Postgres")
        finally:
            with psycopg.connect(as_superuser(url), autocommit=True) as connection:
                connection.execute("set default_transaction_read_only = off")
                connection.execute("alter database digitree reset default_transaction_read_only")
        assert rejected_files(home / "journal") == []

    def test_a_frozen_redis_holds_up_no_opt_out(
        self, journal: Journal, home: Path, database: str, own_redis: tuple[str, Path]
    ) -> None:
        url, directory = own_redis
        with keeping(home, database, url) as keeper:
            wait_until(lambda: keeper.status.cache_in_step, 5, "the cache is filled")
            with frozen(directory):
                for n in range(5):
                    fill(journal, 1, first=n)
                    wait_until(lambda n=n: found(database) == whole(n + 1), 4, "it is in Postgres")  # type: ignore[misc]
                wait_until(lambda: not keeper.status.cache_in_step, 10, "the cache is known to be away")
            wait_until(lambda: keeper.status.cache_in_step, 10, "the cache is back")

    def test_opt_outs_that_waited_in_redis_come_to_postgres_once(
        self, home: Path, stores: PostgresStores, database: str, cache: str, writer: CacheWriter
    ) -> None:
        event = opt_out()
        for document in (json.dumps(event.to_json()), "{", '{"a": 1}', json.dumps(event.to_json())):
            writer.push_opt_out(document)
        forged = json.dumps(opt_out("+14805559999", event_id="optout_forged").to_json())
        redis.Redis.from_url(cache).rpush(OPT_OUTS, forged)
        with keeping(home, database, cache):
            wait_until(lambda: writer.count_opt_outs() == 0, 5, "Redis has none left")
        assert stores.dnc.find("+14805559999") is None
        entry = stores.dnc.find("+14805551234")
        assert entry is not None
        assert (entry.events, entry.first_at) == (1, AT)
        assert len(rejected_files(home / "journal")) == 3


class TestMenus:
    def test_an_emptied_redis_is_filled_again(
        self, home: Path, database: str, cache: str, make_menu: MakeMenu, reader: CacheReader
    ) -> None:
        ivr_id = make_menu(DID)
        with keeping(home, database, cache) as keeper:
            wait_until(reader.is_complete, 5, "the first filling")
            assert reader.pointer_of(DID) == f"{ivr_id}:1".encode()
            redis.Redis.from_url(cache).flushall()
            wait_until(reader.is_complete, 5, "the second filling")
            assert reader.pointer_of(DID) == f"{ivr_id}:1".encode()
            assert keeper.status.cache_in_step

    def test_a_change_whose_author_died_before_publishing_is_published(
        self, home: Path, database: str, cache: str, stores: PostgresStores, make_menu: MakeMenu, reader: CacheReader
    ) -> None:
        with keeping(home, database, cache):
            wait_until(reader.is_complete, 5, "the first filling")
            ivr_id = make_menu(DID)
            wait_until(lambda: reader.pointer_of(DID), 5, "the new menu")
            stores.menus.unassign(ivr_id, DID, actor="test")
            wait_until(lambda: reader.pointer_of(DID) is None, 5, "its DID taken away")

    def test_the_snapshot_follows_also_for_dids_nobody_called_and_while_redis_is_away(
        self, home: Path, database: str, stores: PostgresStores, make_menu: MakeMenu, tmp_path: Path
    ) -> None:
        ivr_id = make_menu(DID)
        snapshot = SnapshotReader(snapshot_path(home))

        def pointer(did: str) -> bytes | None:
            try:
                return snapshot.pointer_of(did)
            except StorageUnavailable:
                return None

        with keeping(home, database, f"unix://{tmp_path}/nobody"):
            wait_until(lambda: pointer(DID) == f"{ivr_id}:1".encode(), 10, "the first snapshot")
            assert snapshot.menu(ivr_id, 1) == stores.menus.get(ivr_id).published()
            stores.menus.edit(ivr_id, lambda document: {**document, "name": "new"}, actor="test")
            stores.menus.assign(ivr_id, OTHER_DID, actor="test")
            wait_until(lambda: pointer(OTHER_DID) == pointer(DID) == f"{ivr_id}:2".encode(), 10, "the change")
            stores.menus.delete(ivr_id, actor="test", force=True)
            wait_until(lambda: pointer(DID) is None, 10, "the removal")
            assert snapshot.menu(ivr_id, 2) is not None

    def test_the_snapshot_follows_what_others_published(
        self, home: Path, database: str, cache: str, stores: PostgresStores, make_menu: MakeMenu
    ) -> None:
        from ivr.storage.menu_publisher import CachePublisher

        publisher = CachePublisher(stores.database, CacheWriter(cache, SIGNED))
        snapshot = SnapshotReader(snapshot_path(home))
        with keeping(home, database, cache) as keeper:
            wait_until(lambda: keeper.status.snapshot_in_step, 5, "the first snapshot")
            for n in range(3):
                ivr_id = make_menu(f"+1415555010{n}")
                publisher.publish()
                wait_until(lambda: snapshot.pointer_of(f"+1415555010{n}"), 5, "it is in the snapshot")  # noqa: B023
                assert snapshot.menu(ivr_id, 1) is not None

    def test_while_postgres_is_frozen_the_snapshot_stays(
        self, home: Path, own_postgres: tuple[str, Path], cache: str
    ) -> None:
        url, directory = own_postgres
        stores = PostgresStores(url)
        stores.menus.create("ivr_frozen", {"name": "m", "nodes": {"a": {"action": "hangup"}}}, actor="test")
        stores.menus.assign("ivr_frozen", DID, actor="test", replace=True)
        with keeping(home, url, cache) as keeper:
            wait_until(lambda: keeper.status.snapshot_in_step, 5, "the first snapshot")
            with frozen(directory):
                wait_until(lambda: not keeper.status.snapshot_in_step, 20, "it is known that nobody can say")
                assert SnapshotReader(snapshot_path(home)).pointer_of(DID) == b"ivr_frozen:1"
        stores.close()


class TestStatus:
    def test_it_is_a_file_that_changes_when_there_is_news(self, home: Path) -> None:
        path = status_path(home)
        assert find_status(path) is None
        file = StatusFile(path)
        file.write(KeeperStatus(backlog_records=3, offsets={"a": 1}))
        first = find_status(path)
        assert first is not None
        assert (first.backlog_records, first.offsets) == (3, {"a": 1})
        file.write(KeeperStatus(backlog_records=4))
        again = find_status(path)
        assert again is not None
        assert again.backlog_records == 3  # once a second is enough
        file.write(KeeperStatus(backlog_records=4), at_once=True)
        last = find_status(path)
        assert last is not None
        assert last.backlog_records == 4

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"unknown": 1}', "null"])
    def test_a_file_that_is_none_of_ours_is_no_status(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "keeper.json"
        path.write_text(text)
        assert find_status(path) is None

    def test_the_backlog_is_counted_without_reading_it_all_again(self, journal: Journal, home: Path) -> None:
        counter = BacklogCounter(home / "journal")
        assert counter.count({}) == (0, 0.0)
        fill(journal, 10)
        assert counter.count({})[0] == 30
        fill(journal, 10, first=10)
        assert counter.count({})[0] == 60
        (segment,) = segments(home / "journal")
        assert counter.count({segment.path.name: segment.path.stat().st_size})[0] == 0
        journal.close()
        segment.path.unlink()
        assert counter.count({}) == (0, 0.0)


def test_a_call_is_lost_a_quarter_of_an_hour_after_a_dead_writer_here_and_else_after_two_hours(
    journal: Journal, home: Path, stores: PostgresStores
) -> None:
    directory = home / "journal"
    dead = Journal(directory, f"esl-{machine_name()}-1-dead")
    elsewhere = Journal(directory, "esl-another_machine-1-dead")
    writers = {"dead": dead, "alive": journal, "elsewhere": elsewhere}
    for name in ("dead-5", "dead-20", "alive-20", "alive-119", "alive-121", "elsewhere-20", "elsewhere-121"):
        writer, _, age = name.partition("-")
        record = call(call_id=name, started_at=utc_now() - timedelta(minutes=int(age)))
        writers[writer].append("call_started", record.to_json())
    dead.close()
    elsewhere.close()
    flush_all(directory, stores.database, budget_s=5)
    assert sweep_lost(directory, stores.database) == 3
    lost = {record.call_id for record in stores.calls.list().items if record.outcome is Outcome.LOST}
    assert lost == {"dead-20", "alive-121", "elsewhere-121"}


def test_a_lost_call_ends_at_the_node_where_it_stood_last(
    journal: Journal, home: Path, stores: PostgresStores, cache: str
) -> None:
    directory = home / "journal"
    began = utc_now() - timedelta(hours=3)
    asked, with_agent, unknown = (
        call(call_id=name, started_at=began, path=path, ivr_id="ivr_seed01", ivr_version=3)
        for name, path in (
            ("asked", [Step("welcome", 1, "key", "1", 0, 900)]),
            ("with_agent", [Step("agent", 1, "action", None, 0, 0)]),
            ("unknown", []),
        )
    )
    for record in (asked, with_agent, unknown):
        journal.append("call_started", record.to_json())
    flush_all(directory, stores.database, budget_s=5)
    writer, live = LiveWriter(cache, "esl-dead"), LiveReader(cache)
    since_ms = int(began.timestamp() * 1000) + 4000
    writer.tell_all({
        "asked": encode_live(asked, "area", "asking", since_ms),
        "with_agent": encode_live(with_agent, "agent", "bridging", since_ms),
    })  # fmt: skip
    with redis.Redis.from_url(cache) as client:
        client.delete(_hash_key("esl-dead"))  # it expires four seconds after its process
    assert sweep_lost(directory, stores.database, live=live) == 3
    paths = {record.call_id: record.path for record in stores.calls.list().items}
    assert paths["asked"] == [*asked.path, Step("area", 1, "lost", None, 4000, 0)]
    assert paths["with_agent"] == with_agent.path
    assert paths["unknown"] == []
    with stores.database.transaction() as connection:
        rows = connection.execute("select node, counts from funnel_day").fetchall()
    onward = {row["node"]: row["counts"]["onward"] for row in rows}
    assert onward["welcome"] == {"n:area": 1}
    assert onward["area"] == {"o:lost": 1}


def test_a_lost_call_is_recorded_though_redis_is_away(journal: Journal, home: Path, stores: PostgresStores) -> None:
    journal.append("call_started", call(started_at=utc_now() - timedelta(hours=3)).to_json())
    flush_all(home / "journal", stores.database, budget_s=5)
    assert sweep_lost(home / "journal", stores.database, live=LiveReader("redis://127.0.0.1:1/0")) == 1


class TestTools:
    def test_show_tells_every_record_and_what_is_damaged(self, journal: Journal, home: Path) -> None:
        fill(journal, 1)
        dead = home / "journal" / "dead-00000001.log"
        dead.write_bytes(encode_record("opt_out", opt_out().to_json(), 1) + b"rotten\n")
        shown = list(show(home / "journal"))
        assert [(each.live, each.record.kind if each.record else None) for each in shown] == [
            (False, "opt_out"), (False, None), (True, "call_started"), (True, "opt_out"), (True, "call_ended"),
        ]  # fmt: skip

    def test_replay_writes_all_of_it_and_again_changes_nothing(
        self, journal: Journal, home: Path, database: str
    ) -> None:
        fill(journal, 3)
        journal.close()
        assert replay(home / "journal", database) == 9
        assert replay(home / "journal", database) == 0
        assert found(database) == whole(3)

    def test_what_was_set_aside_can_be_replayed_when_postgres_takes_it(
        self, journal: Journal, home: Path, stores: PostgresStores, database: str
    ) -> None:
        directory = home / "journal"
        with psycopg.connect(as_owner(database)) as connection:
            connection.execute("alter table suppression add constraint never check (false) not valid")
        fill(journal, 2)
        try:
            replay(directory, database)
            assert found(database)[:1] == (2,)
            assert len(rejected_files(directory)) == 2
            assert replay(directory, database, rejected=True) == 4  # the living segment again; the two not
        finally:
            with psycopg.connect(as_owner(database)) as connection:
                connection.execute("alter table suppression drop constraint never")
        assert replay(directory, database, rejected=True) >= 2
        assert found(database) == whole(2)
        assert rejected_files(directory) == []


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
