"""The embedded servers: they start, they survive what kills servers, and nobody else gets in."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from ivr.settings import SetupError
from launcher.embedded import postgres, server
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import embedded_redis
from tests.helpers import pids_in, wait_until

# A program that starts both servers, says their URLs, and waits to be killed.
_HOLDER = """
import sys, time
from pathlib import Path
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import embedded_redis
home = Path(sys.argv[1])
with embedded_postgres(home / "pg") as database, embedded_redis(home / "redis") as cache:
    print(database, cache, flush=True)
    time.sleep(600)
"""


def _hold(home: Path) -> tuple[subprocess.Popen[str], str, str]:
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, str(home)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    database, cache = holder.stdout.readline().split()
    return holder, database, cache


def _server_pids(home: Path) -> list[int]:
    return [*pids_in(home / "pg"), *pids_in(home / "redis")]


def test_what_was_committed_is_there_after_a_clean_stop_and_a_second_start(home: Path) -> None:
    with embedded_postgres(home / "pg") as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (42)")
    with embedded_postgres(home / "pg") as url, psycopg.connect(url) as connection:
        assert connection.execute("select n from kept").fetchall() == [(42,)]


def test_servers_start_again_after_they_were_all_killed_with_sigkill(home: Path) -> None:
    holder, database, _ = _hold(home)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create table kept as select 7 as n")
    for pid in [holder.pid, *_server_pids(home)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # a backend follows its postmaster by itself
            continue
    holder.wait()
    assert (home / "pg" / "postmaster.pid").exists(), "nothing stale is left, so this proves nothing"
    with embedded_postgres(home / "pg") as url, embedded_redis(home / "redis") as cache:
        with psycopg.connect(url) as connection:
            assert connection.execute("select n from kept").fetchall() == [(7,)]
        assert redis.Redis.from_url(cache).ping()


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_stop_the_start(home: Path) -> None:
    with embedded_postgres(home / "pg"):
        pid_file = (home / "pg" / "postmaster.pid").read_text()
    owner = (home / "pg").stat()
    # The stranger runs as the server does, as it would after a restart of the machine.
    stranger = subprocess.Popen(["sleep", "600"], user=owner.st_uid if os.geteuid() == 0 else None)
    try:
        stale = home / "pg" / "postmaster.pid"
        stale.write_text("\n".join([str(stranger.pid), *pid_file.splitlines()[1:]]) + "\n")
        os.chown(stale, owner.st_uid, owner.st_gid)
        with embedded_postgres(home / "pg") as url:
            psycopg.connect(url).close()
        assert stranger.poll() is None, "the stranger was killed"
    finally:
        stranger.kill()
        stranger.wait()


def test_servers_end_when_the_process_that_started_them_is_killed(home: Path) -> None:
    holder, database, cache = _hold(home)
    assert _server_pids(home)
    holder.kill()
    holder.wait()
    wait_until(lambda: not _server_pids(home), 10, "both servers ended by themselves")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database)
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(cache).ping()


def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    (home / "pg.new").mkdir()
    (home / "pg.new" / "PG_VERSION").write_text("18\n")
    with embedded_postgres(home / "pg", durable=False) as url:
        psycopg.connect(url).close()


def test_sockets_lie_in_directories_only_their_owner_may_enter(home: Path) -> None:
    with embedded_postgres(home / "pg", durable=False), embedded_redis(home / "redis"):
        for name in ("pg", "redis"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o700


def test_a_home_too_deep_for_a_socket_path_gets_a_private_short_directory(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    with embedded_postgres(deep / "pg", durable=False) as url, embedded_redis(deep / "redis") as cache:
        assert str(deep) not in url + cache
        psycopg.connect(url).close()
        assert redis.Redis.from_url(cache).ping()


def test_a_prepared_trap_in_the_temporary_directory_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile


    monkeypatch.setattr(tempfile, "tempdir", str(home))
    deep = home / ("d" * 60) / ("e" * 60) / "redis"
    trap = server.socket_directory(deep, "redis.sock", None)
    trap.chmod(0o777)
    with pytest.raises(SetupError, match="not a private directory"), embedded_redis(deep):
        pass


def test_redis_refuses_writes_rather_than_forget_keys_and_keeps_its_data_on_a_clean_stop(home: Path) -> None:
    with embedded_redis(home / "redis") as url:
        connection = redis.Redis.from_url(url)
        assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        connection.set("kept", "yes")
    with embedded_redis(home / "redis") as url:
        assert redis.Redis.from_url(url).get("kept") == b"yes"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_postgres_does_not_run_as_root(home: Path) -> None:
    with embedded_postgres(home / "pg", durable=False):
        users = []
        for pid in _server_pids(home):
            # One that connected a moment ago may be gone again.
            with suppress(FileNotFoundError, ProcessLookupError):
                status = Path(f"/proc/{pid}/status").read_text()
                users += next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        assert users
        assert "0" not in users


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_postgres_starts_where_only_root_may_look(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `git clone` into /root: the programs and the data lie below a directory that is closed to others."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    installed = server.package_directory("embedded_postgres")
    for part in (installed, *installed.parent.glob("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    package = closed / installed.name
    monkeypatch.setattr(postgres, "package_directory", lambda _: package)
    with embedded_postgres(closed / "pg", durable=False) as url, psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        (program,) = connection.execute("select setting from pg_config where name = 'BINDIR'").fetchone() or ("",)
        assert Path(program).is_relative_to(closed)


def test_a_dump_of_redis_is_nobody_elses_to_read(home: Path) -> None:
    with embedded_redis(home / "redis") as cache:
        redis.Redis.from_url(cache).set("menu", "kept")
        redis.Redis.from_url(cache).save()
        assert stat.S_IMODE((home / "redis" / "dump.rdb").stat().st_mode) == 0o600


def test_a_dump_that_redis_cannot_read_is_set_aside_and_one_that_it_can_is_kept(home: Path) -> None:
    """Of a later version, or damaged: everything in Redis is a copy."""
    with embedded_redis(home / "redis") as cache:
        redis.Redis.from_url(cache).set("menu", "kept")
        redis.Redis.from_url(cache).save()
    with embedded_redis(home / "redis") as cache:
        assert redis.Redis.from_url(cache).get("menu") == b"kept"
    dump = home / "redis" / "dump.rdb"
    dump.write_bytes(b"REDIS9999" + bytes(100))
    with pytest.raises(SetupError, match="Redis did not start"), embedded_redis(home / "redis"):
        pass
    with embedded_redis(home / "redis") as cache:
        assert redis.Redis.from_url(cache).keys() == []
    assert dump.with_name("dump.rdb.unread").read_bytes().startswith(b"REDIS9999")
