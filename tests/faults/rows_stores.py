"""Redis and Postgres die, freeze, lose their contents, answer late, refuse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import redis

from tests.faults.bench import Bench, compare_start_times, now
from tests.faults.proxy import Proxy
from tests.faults.site import ESL, POSTGRES, REDIS
from tests.faults.verdict import Row
from tests.helpers import as_superuser, wait_until

FROZEN_S, FROZEN_QUICK_S = 5.0, 2.0


def _saved(cache: redis.Redis) -> bool:
    try:
        return bool(cache.save())
    except redis.ResponseError:  # it is saving by itself just now
        return False


def redis_killed(bench: Bench, row: Row) -> None:
    """Redis: SIGKILL, soon after a menu was changed"""
    site = bench.site
    wait_until(lambda: _saved(site.redis), 10, "Redis saves")
    with bench.crowd(row, unbroken=True) as crowd:
        name = {"name": f"Faults, version {site.version() + 1}"}
        version = int(site.ask("PATCH", f"/ivr/{site.ivr_id}", name)["version"])
        live_at = now()
        # It is written down within a second or two, and what comes back must not be what was there before.
        wait_until(lambda: site.redis.info("persistence")["rdb_changes_since_last_save"] == 0, 10, "Redis has saved")
        began = now()
        site.wait_replaced(REDIS, site.kill(REDIS), 1)
        bench.wait_new_calls(crowd)
        until = now()
        row.figures.append(f"right again after {site.wait_cache_right():.1f} s more")
    compare_start_times(bench, row, crowd.calls, began, until)
    for call in crowd.calls:
        record = crowd.records.get(call.uuid)
        if record is not None and call.began_at > live_at:
            row.check(record["ivr_version"] == version, f"{call.number} had version {record['ivr_version']} again")


def redis_frozen(bench: Bench, row: Row) -> None:
    """Redis: frozen (SIGSTOP)"""
    site = bench.site
    with bench.crowd(row, unbroken=True) as crowd:
        began = now()
        with site.frozen(REDIS):
            _hold(bench)
            bench.wait_new_calls(crowd)
            until = now()
        row.figures.append(f"right again after {site.wait_cache_right():.1f} s")
        bench.wait_new_calls(crowd)
    compare_start_times(bench, row, crowd.calls, began, until)


def redis_emptied(bench: Bench, row: Row) -> None:
    """Redis: emptied (FLUSHALL), three times"""
    site = bench.site
    with bench.crowd(row, unbroken=True) as crowd:
        began = now()
        took = []
        for _ in range(1 if bench.quick else 3):
            site.redis.flushall()
            bench.callers.wait_started(crowd.load, max(3, bench.live // 20))
            took.append(site.wait_cache_right())
        bench.wait_new_calls(crowd)
        until = now()
    row.figures.append(f"right again after at most {max(took):.1f} s")
    compare_start_times(bench, row, crowd.calls, began, until)


def postgres_killed(bench: Bench, row: Row) -> None:
    """Postgres: SIGKILL"""
    site = bench.site
    with bench.crowd(row, unbroken=True) as crowd:
        began = now()
        site.wait_replaced(POSTGRES, site.kill(POSTGRES), 1)
        bench.wait_new_calls(crowd)
        until = now()
    compare_start_times(bench, row, crowd.calls, began, until)


def postgres_frozen(bench: Bench, row: Row) -> None:
    """Postgres: frozen (SIGSTOP)"""
    with bench.crowd(row, unbroken=True) as crowd:
        began = now()
        with bench.site.frozen(POSTGRES):
            _hold(bench)
            bench.wait_new_calls(crowd)
            until = now()
    compare_start_times(bench, row, crowd.calls, began, until)


def postgres_read_only(bench: Bench, row: Row) -> None:
    """Postgres: read-only"""
    with bench.crowd(row, unbroken=True) as crowd:
        began = now()
        with _read_only(as_superuser(bench.site.database_url)):
            _hold(bench)
            bench.wait_new_calls(crowd)
            until = now()
    compare_start_times(bench, row, crowd.calls, began, until)


def postgres_out_of_connections(bench: Bench, row: Row) -> None:
    """Postgres: out of connections"""
    with bench.crowd(row, unbroken=True) as crowd:
        began = now()
        with _all_connections_taken(as_superuser(bench.site.database_url)) as taken:
            row.figures.append(f"{taken} connections taken")
            _hold(bench)
            bench.wait_new_calls(crowd)
            until = now()
    compare_start_times(bench, row, crowd.calls, began, until)


def _hold(bench: Bench) -> None:
    # A fault that lasts: longer than every time-out that it should run into.
    time.sleep(FROZEN_QUICK_S if bench.quick else FROZEN_S)


@contextmanager
def _read_only(database_url: str) -> Iterator[None]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute("alter system set default_transaction_read_only = on")
        connection.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("alter system reset default_transaction_read_only")
            connection.execute("select pg_reload_conf()")


@contextmanager
def _all_connections_taken(database_url: str) -> Iterator[int]:
    """Every place is ours, those of the processes included: they were thrown out."""
    with ExitStack() as stack:
        mine: list[psycopg.Connection[Any]] = []

        def fill() -> None:
            while True:
                try:
                    connection = psycopg.connect(database_url, autocommit=True, application_name="taker")
                except psycopg.OperationalError:
                    return
                mine.append(stack.enter_context(connection))

        fill()
        for _ in range(5):
            mine[0].execute("select pg_terminate_backend(pid) from pg_stat_activity"
                            " where application_name <> 'taker' and backend_type = 'client backend'")
            fill()
        yield len(mine)


def _redis(bench: Bench) -> Proxy:
    assert bench.redis_proxy is not None
    return bench.redis_proxy


def _postgres(bench: Bench) -> Proxy:
    assert bench.postgres_proxy is not None
    return bench.postgres_proxy


def redis_slow(bench: Bench, row: Row) -> None:
    """Redis: every answer 500 ms late"""
    _through_proxy(bench, row, lambda: _redis(bench).delay(0.5), _redis(bench).heal)


def redis_a_little_slow(bench: Bench, row: Row) -> None:
    """Redis: every answer 150 ms late (below our time-out)"""
    _through_proxy(bench, row, lambda: _redis(bench).delay(0.15), _redis(bench).heal)


def redis_silent_network(bench: Bench, row: Row) -> None:
    """Redis: the network swallows everything"""
    _through_proxy(bench, row, _redis(bench).freeze, _redis(bench).heal)


def postgres_silent_network(bench: Bench, row: Row) -> None:
    """Postgres: the network swallows everything"""
    _through_proxy(bench, row, _postgres(bench).freeze, _postgres(bench).heal)


def _through_proxy(bench: Bench, row: Row, begin: Callable[[], None], end: Callable[[], None]) -> None:
    with bench.crowd(row, unbroken=True) as crowd:
        began = now()
        begin()
        try:
            _hold(bench)
            bench.wait_new_calls(crowd)
            until = now()
        finally:
            end()
        row.figures.append(f"right again after {bench.site.wait_cache_right():.1f} s")
        bench.wait_new_calls(crowd)
    compare_start_times(bench, row, crowd.calls, began, until)


def fresh_process_without_stores(bench: Bench, row: Row) -> None:
    """Fresh ESL processes while Redis and Postgres are both down"""
    site = bench.site
    with bench.crowd(row, clock_s=10.0) as crowd:
        _redis(bench).refuse()
        _postgres(bench).refuse()
        try:
            site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
            began = now()
            bench.wait_new_calls(crowd)
            bench.wait_new_calls(crowd)
            until = now()
        finally:
            _redis(bench).heal()
            _postgres(bench).heal()
        bench.wait_new_calls(crowd)
    served = [call for call in crowd.calls if began <= call.began_at < until]
    row.figures.append(f"{len(served)} calls began meanwhile")

