"""Connections whose clients owe us bytes: a request's head, the next request or a part of a body.

They cost nothing to open, so one address could hold every place there is. Of an address with too many, and of all
when there are too many, the one that has waited longest is dropped: a client that sends what it has to send is
served whatever others hold open, also from the same address.
"""

from __future__ import annotations

import contextlib
import socket
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from admin.http.addresses import household, is_in
from ivr.settings import Network

OF_ADDRESS = 100
IN_ALL = 600


class WaitingClients:
    """Of one process. `trusted`: proxies, which limit their own clients."""

    def __init__(self, trusted: Sequence[Network], of_address: int = OF_ADDRESS, in_all: int = IN_ALL) -> None:
        self._trusted = trusted
        self._of_address, self._in_all = of_address, in_all
        self._waiting: OrderedDict[Any, str] = OrderedDict()
        self._by_address: dict[str, OrderedDict[Any, None]] = {}
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, connection: Any, address: str) -> None:
        """This connection waits from now on."""
        name = "" if is_in(address, self._trusted) else household(address)
        mine = self._by_address.setdefault(name, OrderedDict())
        mine[connection] = None
        self._waiting[connection] = name
        if name and len(mine) > self._of_address:
            self._drop(next(iter(mine)))
        elif len(self._waiting) > self._in_all:
            self._drop(next(iter(self._waiting)))

    def remove(self, connection: Any) -> None:
        """It waits no longer."""
        name = self._waiting.pop(connection, None)
        if name is None:
            return
        mine = self._by_address[name]
        del mine[connection]
        if not mine:
            del self._by_address[name]

    def _drop(self, connection: Any) -> None:
        self.remove(connection)
        self.dropped += 1
        # Wakes up whoever reads from it.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


class AwaitedBody:
    """A request's body whose connection waits while it is read."""

    def __init__(self, body: Any, clients: WaitingClients, connection: Any, address: str) -> None:
        self._body = body
        self._clients, self._connection, self._address = clients, connection, address

    def read(self, size: int | None = None) -> bytes:
        return self._wait(self._body.read, size)

    def readline(self, size: int | None = None) -> bytes:
        return self._wait(self._body.readline, size)

    def _wait(self, read: Any, size: int | None) -> bytes:
        self._clients.add(self._connection, self._address)
        try:
            chunk: bytes = read(size)
        finally:
            self._clients.remove(self._connection)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)
