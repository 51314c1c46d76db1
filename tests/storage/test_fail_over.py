"""Stores that fail over: the same URL reaches the instance that takes writes now."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from ivr.domain.errors import StorageUnavailable
from ivr.storage.postgres.database import Database
from ivr.storage.redis.menu_cache import CacheReader, CacheWriter, connect, did_key
from launcher.embedded.postgres import embedded_postgres, postgres_environment, postgres_files, postgres_program
from launcher.embedded.redis import redis_program
from launcher.service_account import as_account, choose_account
from tests.helpers import SIGNED, as_superuser, wait_until
from tests.storage.conftest import DID, is_good, watched


@contextmanager
def server(directory: Path, port: int, *more: str, sentinel: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    directory.mkdir()
    config = directory / "redis.conf"
    config.write_text("\n".join([f"port {port}", "bind 127.0.0.1", f"dir {directory}", *more]) + "\n")
    argv = [str(redis_program()), str(config), *(["--sentinel"] if sentinel else ["--save", ""])]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _pings(port), 10, f"Redis on {port}")
        yield process
    finally:
        process.kill()
        process.wait()


def _pings(port: int) -> bool:
    try:
        return bool(redis.Redis(port=port, socket_timeout=1).ping())
    except redis.RedisError:
        return False


def test_after_a_fail_over_of_redis_calls_read_and_the_publisher_writes_at_the_new_master(
    tmp_path: Path, make_free_port: Callable[[], int]
) -> None:
    first, second, sentinel = make_free_port(), make_free_port(), make_free_port()
    watch = (
        f"sentinel monitor digitree 127.0.0.1 {first} 1",
        "sentinel down-after-milliseconds digitree 3000",
        "sentinel failover-timeout digitree 3000",
    )
    with ExitStack() as stack:
        master = stack.enter_context(server(tmp_path / "first", first))
        stack.enter_context(server(tmp_path / "second", second, f"replicaof 127.0.0.1 {first}"))
        stack.enter_context(server(tmp_path / "sentinel", sentinel, *watch, sentinel=True))
        url = f"redis+sentinel://127.0.0.1:{make_free_port()},127.0.0.1:{sentinel}/0?master=digitree"
        reader, writer = CacheReader(url, SIGNED, timeout_s=10), CacheWriter(url, SIGNED)
        connect(url, timeout_s=10).set(did_key(DID), SIGNED.sign(did_key(DID), "ivr_aaaaaa:1"))
        assert reader.pointer_of(DID) == b"ivr_aaaaaa:1"
        watching = watched(url)
        assert watching.pointer_of(DID) == b"ivr_aaaaaa:1"
        asks = redis.Redis(port=sentinel)
        wait_until(lambda: redis.Redis(port=second).get(did_key(DID)), 20, "the replica has it")
        wait_until(lambda: _replicas(asks) == 1, 20, "Sentinel knows the replica")
        master.send_signal(signal.SIGKILL)
        wait_until(lambda: _reads(reader), 60, "the new master answers")
        writer.push_opt_out("after")
        assert [writer.opt_out(each) for each in writer.peek_opt_outs()] == [b"after"]
        assert redis.Redis(port=second).llen("digitree:optouts") == 1
        wait_until(lambda: is_good(watching), 20, "the new master is watched")
        connect(url, timeout_s=10).set(did_key(DID), SIGNED.sign(did_key(DID), "ivr_aaaaaa:2"))
        wait_until(lambda: watching.pointer_of(DID) == b"ivr_aaaaaa:2", 2, "its news are heard")


def _reads(reader: CacheReader) -> bool:
    try:
        return reader.pointer_of(DID) == b"ivr_aaaaaa:1"
    except StorageUnavailable:
        return False


@pytest.mark.parametrize(
    "url", ["redis+sentinel:///0?master=m", "redis+sentinel://a:1/0", "redis+sentinel://a:1/x?master=m"]
)
def test_a_sentinel_url_that_says_too_little_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="master=NAME"):
        connect(url, timeout_s=1)


def test_after_a_fail_over_of_postgres_writes_go_on_at_the_promoted_standby() -> None:
    with ExitStack() as stack:
        # Servers that root starts below a closed directory see their own data alone; these two must meet.
        tmp_path = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp")))
        tmp_path.chmod(0o711)
        with embedded_postgres(tmp_path / "first") as application:
            first = as_superuser(application)
            _copy(first, tmp_path / "second")
            second = as_superuser(stack.enter_context(embedded_postgres(tmp_path / "second")))
            database = Database(f"{first},{_host(second)}&target_session_attrs=read-write")
            stack.callback(database.close)
            with database.transaction() as connection:
                connection.execute("create table kept (n int)")
                connection.execute("insert into kept values (1)")
            wait_until(lambda: _count(second) == 1, 20, "the standby has it")
        with pytest.raises(StorageUnavailable), database.transaction() as connection:
            connection.execute("insert into kept values (2)")
        with psycopg.connect(second, autocommit=True) as promoting:
            promoting.execute("select pg_promote()")
        with database.transaction() as connection:
            connection.execute("insert into kept values (3)")
        assert _count(second) == 2


def test_a_connection_that_takes_no_writes_any_more_is_not_used_again(database: str) -> None:
    store = Database(database, max_size=1)
    with store.transaction() as connection:
        connection.execute("set session characteristics as transaction read only")
        connection.execute("create temporary table mine (n int)")
    with pytest.raises(StorageUnavailable), store.transaction() as connection:
        connection.execute("create table kept_by_nobody (n int)")
    with store.transaction() as connection:
        row = connection.execute("select current_setting('transaction_read_only') as read_only").fetchone()
        assert row == {"read_only": "off"}
    store.close()


def _replicas(asks: redis.Redis) -> int:
    masters: Any = asks.sentinel_masters()
    return int(masters["digitree"]["num-slaves"])


def _host(url: str) -> str:
    return parse_qs(urlsplit(url).query)["host"][0]


def _copy(url: str, directory: Path) -> None:
    account, program = choose_account("", directory), postgres_program("pg_basebackup")
    directory.mkdir(mode=0o700)
    if account:
        os.chown(directory, account.uid, account.gid)
    where = ("--host", _host(url), "--username", "postgres", "--pgdata", str(directory))
    argv = (str(program), *where, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
    touched = (postgres_files(), directory, Path(_host(url)))
    wrapped = as_account(account, argv, touches=touched, death_signal=signal.SIGTERM)
    subprocess.run(wrapped, env=postgres_environment(), check=True, capture_output=True, cwd="/", timeout=60)


def _count(url: str) -> int:
    with psycopg.connect(url) as connection:
        try:
            return int(connection.execute("select count(*) from kept").fetchone()[0])
        except psycopg.errors.UndefinedTable:
            return 0
