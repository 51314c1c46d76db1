"""Ports for servers that are told theirs, so that nobody takes one between the choice and the server's start.

They lie below those the kernel gives to outgoing connections and to servers without a wish, and each process of tests
has a block of its own, which it holds by listening on the block's first port.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator

_FIRST, _END, _BLOCK = 10_000, 16_000, 200
_held: list[socket.socket] = []
_mine: list[Iterator[int]] = []


def free_port() -> int:
    """One that nobody listens on, over TCP or UDP; another one each time."""
    if not _mine:
        _mine.append(_claim())
    for port in itertools.islice(_mine[0], _BLOCK):
        if _is_free(port, socket.SOCK_STREAM) and _is_free(port, socket.SOCK_DGRAM):
            return port
    raise OSError("every port of this process's block is in use")


def free_address() -> str:
    """The same on loopback, as settings have it."""
    return f"127.0.0.1:{free_port()}"


def free_addresses(number: int) -> list[str]:
    """So many of them."""
    return [free_address() for _ in range(number)]


def _claim() -> Iterator[int]:
    for first in range(_FIRST, _END, _BLOCK):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", first))
            claim.listen()
        except OSError:
            claim.close()
            continue
        _held.append(claim)
        return itertools.cycle(range(first + 1, first + _BLOCK))
    raise OSError(f"every block of ports from {_FIRST} to {_END} is in use")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
