"""Postgres down, frozen, full or read-only: an answer in bounded time, and recovery without a person."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ivr.domain.errors import RecordRefused, StorageError, StorageUnavailable
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.migrate import upgrade
from ivr.storage.postgres.stores import PostgresStores
from tests.helpers import as_superuser
from tests.storage.conftest import DOCUMENT, frozen


def assert_well(database: Database) -> None:
    """Though the server may be slow to come back on a busy machine."""
    with database.transaction(budget_s=20) as connection:
        connection.execute("select 1")


@pytest.fixture
def waits_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long psycopg is told to wait for a server's answer, each time."""
    told: list[float] = []
    wait = psycopg.Connection.wait

    def noting(self: Any, gen: Any, interval: float = 0.1, timeout: float = float("inf")) -> Any:
        told.append(timeout)
        return wait(self, gen, interval, timeout=timeout)

    monkeypatch.setattr(psycopg.Connection, "wait", noting)
    return told


def test_a_frozen_server_costs_its_time_budget_and_no_more_and_all_is_well_after(
    own_postgres: tuple[str, Path], waits_s: list[float]
) -> None:
    url, directory = own_postgres
    database = Database(url, budget_s=1)
    database.check()
    with frozen(directory):
        for _ in range(3):  # an open connection; then new ones
            with pytest.raises(StorageUnavailable):
                database.check()
    assert waits_s
    assert max(waits_s) <= 1
    assert_well(database)
    database.close()


def test_a_server_that_freezes_within_a_transaction_is_let_go(
    own_postgres: tuple[str, Path], waits_s: list[float]
) -> None:
    url, directory = own_postgres
    database = Database(url, budget_s=1)

    def freeze_on_the_way() -> None:
        with database.transaction() as connection:
            connection.execute("select 1")
            with frozen(directory):
                connection.execute("select 2")

    with pytest.raises(StorageUnavailable):
        freeze_on_the_way()
    assert max(waits_s) <= 1
    assert_well(database)
    database.close()


def test_a_server_that_is_not_there_is_unavailable_at_once(tmp_path: Path) -> None:
    database = Database(f"postgresql://x@/x?host={tmp_path}")
    with pytest.raises(StorageUnavailable, match="No such file"):
        database.check()


def test_a_slow_statement_ends_with_the_budget(database: str, waits_s: list[float]) -> None:
    pool = Database(database, budget_s=0.3)
    with pytest.raises(StorageUnavailable), pool.transaction() as connection:
        connection.execute("select pg_sleep(30)")
    assert max(waits_s) <= 0.3
    pool.close()


def test_waiting_for_a_lock_ends_with_the_budget_and_the_lock_is_not_left_behind(stores: PostgresStores) -> None:
    stores.menus.create("ivr_abcdef", DOCUMENT, actor="test")
    impatient = PostgresStores(stores.database._url, budget_s=0.3)
    with stores.database.transaction() as connection:
        connection.execute("select 1 from ivr for update")
        with pytest.raises(StorageUnavailable):
            impatient.menus.edit("ivr_abcdef", lambda document: {**document, "name": "x"}, actor="test")
    assert stores.menus.edit("ivr_abcdef", lambda document: {**document, "name": "y"}, actor="test").version == 2
    impatient.close()


def test_more_threads_than_connections_take_turns(database: str) -> None:
    pool = Database(database, max_size=2)

    def work(_n: int) -> int:
        with pool.transaction() as connection:
            row = connection.execute("select pg_backend_pid() as pid, pg_sleep(0.005)").fetchone()
        assert row is not None
        return int(row["pid"])

    with ThreadPoolExecutor(16) as threads:
        pids = set(threads.map(work, range(64)))
    assert len(pids) <= 2
    pool.close()


def test_when_all_connections_are_taken_the_wait_ends_with_the_budget(database: str) -> None:
    pool = Database(database, max_size=1, budget_s=0.2)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with pool.transaction(budget_s=30) as connection:
            connection.execute("select 1")
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    with pytest.raises(StorageUnavailable, match="in use"):
        pool.check()
    done.set()
    thread.join()
    assert_well(pool)
    pool.close()


def test_connections_that_the_server_closed_are_replaced_without_anybody_noticing(database: str) -> None:
    pool = Database(database, max_size=3)
    with pool.transaction() as first, pool.transaction() as second, pool.transaction() as third:
        assert len({each.info.backend_pid for each in (first, second, third)}) == 3
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'digitree'"
        )
    assert pool.fetch_one("select 1 as one") == {"one": 1}
    for _ in range(5):
        pool.check()
    pool.close()


def test_a_lone_select_has_the_same_budget_and_the_same_errors(
    own_postgres: tuple[str, Path], waits_s: list[float]
) -> None:
    url, directory = own_postgres
    pool = Database(url, budget_s=1)
    assert pool.fetch_one("select %s::int as n", (7,)) == {"n": 7}
    assert pool.fetch_one("select 1 where false") is None
    with pytest.raises(RecordRefused):
        pool.fetch_one("select 1 / 0")
    with pytest.raises(StorageUnavailable):
        pool.fetch_one("select * from a_table_of_tomorrow")
    with frozen(directory), pytest.raises(StorageUnavailable):
        pool.fetch_one("select 1")
    assert max(waits_s) <= 1
    assert_well(pool)
    assert pool.fetch_one("select 1 as one") == {"one": 1}
    pool.close()


def test_threads_that_reach_for_the_last_idle_connection_at_once_all_get_one(database: str) -> None:
    pool = Database(database, max_size=8)
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            rows = list(threads.map(lambda _: pool.fetch_one("select 1 as one"), range(2000)))
    finally:
        sys.setswitchinterval(switching)
    assert rows == [{"one": 1}] * 2000
    pool.close()


def test_a_read_only_server_is_unavailable_and_not_a_refusal(stores: PostgresStores) -> None:
    read_only = "begin; set transaction read only; insert into cache_outbox (did) values ('x')"
    with pytest.raises(StorageUnavailable), stores.database.transaction() as connection:
        connection.execute(read_only)


def test_a_server_without_our_tables_is_unavailable(migrated_postgres_url: str) -> None:
    pool = Database(migrated_postgres_url)
    with pytest.raises(StorageUnavailable), pool.transaction() as connection:
        connection.execute("select * from a_table_of_tomorrow")
    pool.close()


def test_values_that_cannot_be_are_a_refusal_and_a_bad_statement_is_neither(stores: PostgresStores) -> None:
    with pytest.raises(RecordRefused), stores.database.transaction() as connection:
        connection.execute("insert into did (did, ivr_id) values ('x', 'nobody')")
    with pytest.raises(StorageError) as broken, stores.database.transaction() as connection:
        connection.execute("selec 1")
    assert not isinstance(broken.value, RecordRefused | StorageUnavailable)
    stores.database.check()


def test_an_exception_of_the_caller_rolls_back_and_comes_through(stores: PostgresStores) -> None:
    def fail_on_the_way() -> None:
        with stores.database.transaction() as connection:
            connection.execute("insert into cache_outbox (did) values ('x')")
            raise KeyError("mine")

    with pytest.raises(KeyError):
        fail_on_the_way()
    with stores.database.transaction() as connection:
        assert connection.execute("select * from cache_outbox").fetchall() == []


def test_several_processes_may_migrate_at_once(tmp_path: Path, migrated_postgres_url: str) -> None:
    migrated_postgres_url = as_superuser(migrated_postgres_url)
    with psycopg.connect(migrated_postgres_url, autocommit=True) as connection:
        connection.execute("drop database if exists migrate_at_once with (force)")
        connection.execute("create database migrate_at_once")
    url = migrated_postgres_url.replace("/digitree?", "/migrate_at_once?")
    assert url != migrated_postgres_url
    code = "import sys; from ivr.storage.postgres.migrate import upgrade; upgrade(sys.argv[1])"
    children = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    upgrade(url)
    Database(url).check()


def test_migrating_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        upgrade(f"postgresql://x@/x?host={tmp_path}")


def test_under_gevent_a_waiting_query_holds_up_no_greenlet(database: str) -> None:
    code = """
import gevent.monkey; gevent.monkey.patch_all()
import sys, gevent
from ivr.storage.postgres.database import Database
from ivr.domain.errors import StorageUnavailable
pool = Database(sys.argv[1], max_size=8, budget_s=30)
holder = Database(sys.argv[1], max_size=2)
def waits_for_the_lock():
    with pool.transaction() as connection:
        connection.execute("select pg_advisory_xact_lock_shared(7)")
with holder.transaction() as holding:
    holding.execute("select pg_advisory_xact_lock(7)")
    waiting = [gevent.spawn(waits_for_the_lock) for _ in range(8)]
    asked = "select count(*) as n from pg_locks where locktype = 'advisory' and not granted"
    while holder.fetch_one(asked)["n"] < 8:  # all of them at once, while this greenlet goes on
        gevent.sleep(0.01)
gevent.joinall(waiting, raise_error=True)
impatient = Database(sys.argv[1], budget_s=5)
def give_up():
    with impatient.transaction() as connection:
        connection.execute("select pg_sleep(30)")
giving_up, turns = gevent.spawn(give_up), 0
while not giving_up.ready():
    gevent.sleep(0.01)
    turns += 1
assert isinstance(giving_up.exception, StorageUnavailable), giving_up.exception
assert turns >= 20, turns
"""
    subprocess.run([sys.executable, "-c", code, database], check=True, timeout=120)
