"""Listening sockets that outlive the processes behind them, and plain words for an address that cannot be bound.

The supervisor binds the addresses of the API and of the call server once, and its children inherit the sockets. While
a child is being replaced the kernel goes on queueing connections: FreeSWITCH waits some tenths of a second instead of
giving up.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ivr.settings import SetupError, split_host_port

# FREESWITCH opens one connection per call; 500 at once were lost with a queue of 100.
BACKLOG = 4096
# How long to wait for an address that processes of an earlier supervisor hold while they end.
_PATIENCE_S = 3.0

T = TypeVar("T")


def listen(address: str, setting: str) -> socket.socket:
    """A TCP socket that listens on HOST:PORT. SetupError names the setting to change."""
    return _patiently(lambda: _bound(address, socket.SOCK_STREAM, BACKLOG), address, setting)


def bind_shared(address: str, setting: str) -> socket.socket:
    """A TCP socket on HOST:PORT beside those of other supervisors of this user: the kernel deals connections out to
    those that listen. This one does not listen yet: a call dealt to it would wait until a process accepts."""
    return _patiently(lambda: _bound(address, socket.SOCK_STREAM, None, share=True), address, setting)


def longest_queue() -> int:
    """The kernel's limit on queued connections, whatever a program asks for."""
    try:
        return int(Path("/proc/sys/net/core/somaxconn").read_text())
    except (OSError, ValueError):
        return BACKLOG


def check_free(address: str, setting: str, *, udp: bool = False) -> None:
    """Raise SetupError when a child could not bind this address."""
    kinds = [socket.SOCK_STREAM, *([socket.SOCK_DGRAM] if udp else [])]
    for kind in kinds:
        _patiently(lambda kind=kind: _bound(address, kind, None), address, setting).close()  # type: ignore[misc]


def _patiently(attempt: Callable[[], T], address: str, setting: str) -> T:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return attempt()
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise SetupError(_explain(error, address, setting)) from error


def _bound(
    address: str, kind: socket.SocketKind, backlog: int | None, *, share: bool = False
) -> socket.socket:
    host, port = split_host_port(address)
    family, _, protocol, _, found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(found)
        if backlog is not None:
            bound.listen(backlog)
    except OSError:
        bound.close()
        raise
    return bound


def _explain(error: OSError, address: str, setting: str) -> str:
    host, port = split_host_port(address)
    if error.errno == errno.EADDRINUSE:
        other = f"{host}:{port + 10}"
        return f"{address} is in use by another program: stop it, or set {setting}, for example {setting}={other}"
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{setting}={address}: {host} is not an address of this machine"
    if error.errno == errno.EACCES:
        return f"{setting}={address}: only root may listen on a port below 1024; choose a higher one"
    return f"{setting}={address}: {error.strerror or error}"
