"""The embedded servers: they start, they survive what kills servers, and nobody else gets in."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from ivr.settings import SetupError
from launcher.embedded import postgres, server
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import embedded_redis
from tests.helpers import as_owner, as_superuser, pids_in, wait_until
from tests.other_user import UID, needs_root

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
    with embedded_postgres(home / "pg") as url, psycopg.connect(as_owner(url), autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (42)")
    with embedded_postgres(home / "pg") as url, psycopg.connect(as_owner(url)) as connection:
        assert connection.execute("select n from kept").fetchall() == [(42,)]


def test_servers_start_again_after_they_were_all_killed_with_sigkill(home: Path) -> None:
    holder, database, _ = _hold(home)
    with psycopg.connect(as_owner(database), autocommit=True) as connection:
        connection.execute("create table kept as select 7 as n")
    for pid in [holder.pid, *_server_pids(home)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # a backend follows its postmaster by itself
            continue
    holder.wait()
    assert (home / "pg" / "postmaster.pid").exists(), "nothing stale is left, so this proves nothing"
    with embedded_postgres(home / "pg") as url, embedded_redis(home / "redis") as cache:
        with psycopg.connect(as_owner(url)) as connection:
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
    trap = server.socket_directory(deep, "redis.sock")
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


def test_the_application_uses_tables_and_owns_none(home: Path) -> None:
    with embedded_postgres(home / "pg", durable=False) as url:
        with psycopg.connect(as_owner(url), autocommit=True) as owner:
            owner.execute("create table kept (n int); grant select, insert on kept to digitree")
        with psycopg.connect(url, autocommit=True) as application:
            application.execute("insert into kept values (1)")
            rights = "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles"
            assert application.execute(f"{rights} where rolname = current_user").fetchone() == (False,) * 5
            for attack in (
                "drop table kept", "alter table kept disable trigger all", "set session_replication_role = replica",
                "create table mine (n int)", "set role digitree_owner", "set role postgres",
                "alter role digitree superuser", "copy kept to program 'id'",
            ):  # fmt: skip
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    application.execute(attack)


@needs_root
def test_no_other_user_gets_in_not_even_where_the_directory_lets_them_pass() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as made, embedded_postgres(Path(made) / "pg", durable=False) as url:
        Path(made).chmod(0o711)
        assert "Permission denied" in _connect_as_other_user(url)
        (Path(made) / "pg").chmod(0o711)
        for role in (url, as_owner(url), as_superuser(url)):
            assert "Peer authentication failed" in _connect_as_other_user(role)


def _connect_as_other_user(url: str) -> str:
    program = (
        "import os, psycopg, sys\n"
        f"os.setgroups([]); os.setgid({UID}); os.setuid({UID})\n"
        "try: psycopg.connect(sys.argv[1], connect_timeout=5)\n"
        "except psycopg.OperationalError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@needs_root
def test_postgres_runs_under_an_account_of_its_own_and_keeps_nothing_of_root(home: Path) -> None:
    with embedded_postgres(home / "pg", durable=False):
        (server_pid,) = (int(line) for line in (home / "pg" / "postmaster.pid").read_text().splitlines()[:1])
        lines = Path(f"/proc/{server_pid}/status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert len(set(status["Uid"].split())) == 1
    assert status["Uid"].split()[0] not in ("0", str(pwd.getpwnam("nobody").pw_uid))
    assert status["Groups"].split() == []
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}


def test_a_cluster_whose_application_was_the_superuser_is_taken_over_with_its_rows(home: Path) -> None:
    """As the first release made it: one role that owns everything."""
    with embedded_postgres(home / "pg", durable=False) as url:
        with psycopg.connect(as_superuser(url), autocommit=True) as connection:
            connection.execute("create role before superuser login")
        with psycopg.connect(_postgres_database(as_superuser(url)), autocommit=True) as connection:
            connection.execute("drop database digitree")
            connection.execute("drop role digitree, digitree_owner")
        _let_in(home, "before")
        _ask_to_read_access(url)
        before = _postgres_database(url).replace("//digitree@", "//before@")
        with psycopg.connect(before, autocommit=True) as connection:
            connection.execute("alter role postgres rename to digitree")
        with psycopg.connect(_postgres_database(url), autocommit=True) as connection:
            connection.execute("drop role before")
            connection.execute("create database digitree")
        with psycopg.connect(url, autocommit=True) as connection:
            made = "create table kept (n int generated always as identity, at date) partition by range (at)"
            connection.execute(made)
            parted = "partition of kept for values from ('2026-01-01') to ('2027-01-01')"
            connection.execute(f"create table kept_1 {parted}")
            connection.execute("create sequence counted; create view seen as select n from kept")
            connection.execute("create function f() returns int language sql as 'select 1'")
            connection.execute("insert into kept (at) values ('2026-01-01')")
    (home / "pg" / "digitree-roles").unlink()
    for _ in range(2):
        with embedded_postgres(home / "pg", durable=False) as url, psycopg.connect(as_owner(url)) as owner:
            assert owner.execute("select count(*) from kept").fetchone() == (1,)
            owners = "select tableowner from pg_tables where schemaname = 'public'"
            assert set(owner.execute(owners).fetchall()) == {("digitree_owner",)}
            supers = "select rolname from pg_roles where rolsuper and rolcanlogin"
            assert owner.execute(supers).fetchall() == [("postgres",)]


def _let_in(home: Path, role: str) -> None:
    path = home / "pg" / "pg_ident.conf"
    lines = path.read_text().splitlines()
    users = {line.split()[1] for line in lines}
    path.write_text("\n".join([*lines, *(f"digitree {user} {role}" for user in users)]) + "\n")


def _ask_to_read_access(url: str) -> None:
    with psycopg.connect(_postgres_database(as_superuser(url)), autocommit=True) as connection:
        connection.execute("select pg_reload_conf()")


def _postgres_database(url: str) -> str:
    return url.replace("/digitree?", "/postgres?")


@needs_root
def test_postgres_starts_where_only_root_may_look(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `git clone` into /root: the programs and the data lie below a directory that is closed to others."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    site = closed / "site"
    site.mkdir(mode=0o755)
    installed = server.package_directory("embedded_postgres")
    for part in (installed, *installed.parent.glob("embedded_postgres.libs")):
        shutil.copytree(part, site / part.name, symlinks=True)
    package = site / installed.name
    monkeypatch.setattr(postgres, "package_directory", lambda _: package)
    with embedded_postgres(closed / "pg", durable=False) as url, psycopg.connect(as_superuser(url)) as connection:
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
