"""Connections over HTTP to services, kept open while nobody uses them."""

from __future__ import annotations

import http.client
import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ivr.clients.bounded_socket import BoundedSocket
from ivr.clients.outbound_http import tls_context
from ivr.domain.service_definition import Service

# Of a definition, and of a process.
MAX_IDLE = 32
MAX_IDLE_IN_ALL = 256
IDLE_S = 20.0
# So that a name which resolves to something else is followed.
OLDEST_S = 120.0

_LEAST_S = 0.001


class Connection(http.client.HTTPConnection):
    """Connects to `address` as `host`: the certificate and the Host header are those of the name. `begin` before
    each request; without a connection the first one makes it."""

    def __init__(
        self,
        host: str,
        port: int,
        address: str,
        *,
        tls: bool,
        clock: Callable[[], float],
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(host, port)
        self._address, self._tls, self._clock = address, tls, clock
        self._pause = pause
        self._until, self._most_bytes = 0.0, 0
        self._bounded: BoundedSocket | None = None
        self.made_at = self.idle_since = clock()
        if tls:
            self.default_port = 443

    @property
    def has_heard(self) -> bool:
        """Whether anything has come since `begin`."""
        return self._bounded is not None and self._bounded.bytes_left < self._most_bytes

    def begin(self, until: float, most_bytes: int) -> None:
        """Bound the next request: by the clock, and by the bytes of its answer."""
        self._until, self._most_bytes = until, most_bytes
        if self._bounded is not None:
            self._bounded.start(until, most_bytes)

    def connect(self) -> None:
        sock = socket.create_connection((self._address, self.port), max(_LEAST_S, self._until - self._clock()))
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                sock.settimeout(max(_LEAST_S, self._until - self._clock()))
                sock = tls_context().wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise
        self._bounded = bounded = BoundedSocket(sock, self._clock, self._pause)
        self.sock: Any = bounded
        bounded.start(self._until, self._most_bytes)

    def can_be_used(self, now: float) -> bool:
        return not self.is_stale(now) and self._bounded is not None and self._bounded.is_open()

    def is_stale(self, now: float) -> bool:
        return now - self.idle_since >= IDLE_S or now - self.made_at >= OLDEST_S


class Idle:
    """Open connections that nobody uses, by the definition of their service. For the greenlets of one thread."""

    def __init__(self) -> None:
        self._of: OrderedDict[Service, list[Connection]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def take(self, service: Service, now: float) -> Connection | None:
        """One that can be used; those that cannot are closed."""
        waiting = self._of.get(service, [])
        while waiting:
            connection = waiting.pop()
            if connection.can_be_used(now):
                return connection
            connection.close()
        self._of.pop(service, None)
        return None

    def give_back(self, service: Service, connection: Connection, now: float) -> None:
        connection.idle_since = now
        waiting = self._of.setdefault(service, [])
        self._of.move_to_end(service)
        waiting.append(connection)
        if len(waiting) > MAX_IDLE:
            waiting.pop(0).close()
        if len(self) > MAX_IDLE_IN_ALL:
            oldest = next(iter(self._of))
            self._of[oldest].pop(0).close()
            self._forget_empty()

    def sweep(self, now: float) -> None:
        """Close those that nobody has used for a while."""
        for waiting in self._of.values():
            for connection in [each for each in waiting if each.is_stale(now)]:
                waiting.remove(connection)
                connection.close()
        self._forget_empty()

    def _forget_empty(self) -> None:
        for service in [each for each, waiting in self._of.items() if not waiting]:
            del self._of[service]
