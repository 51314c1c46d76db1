"""A connected socket as one greenlet uses it: non-blocking, one watcher, nothing tried before its time.

gevent's own socket makes two watchers and tries to read before it waits; a call waits six times, and what it waits
for is never there yet.
"""

from __future__ import annotations

import logging
from _socket import socket as PlainSocket  # the one below Python's own class, and below gevent's
from collections.abc import Callable
from typing import Any

import gevent
from gevent.server import StreamServer

log = logging.getLogger(__name__)

MOST_IDLE = 64


class Wire:
    """`recv_into` and `send` wait for as long as it takes; `shutdown` from outside ends the wait. Raises OSError."""

    __slots__ = ("_hub", "_readable", "_sock")

    def __init__(self, sock: PlainSocket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._hub: Any = gevent.get_hub()
        self._readable: Any = self._hub.loop.io(sock.fileno(), 1)

    def recv_into(self, buffer: bytearray) -> int:
        while True:
            self._hub.wait(self._readable)
            try:
                return self._sock.recv_into(buffer)
            except BlockingIOError:
                continue

    def send(self, data: bytes) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            self._wait_writable()
            return 0

    def setsockopt(self, level: int, option: int, value: int) -> None:
        self._sock.setsockopt(level, option, value)

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def close(self) -> None:
        self._hub.cancel_wait(self._readable, ConnectionAbortedError("closed while waiting"), True)
        self._sock.close()

    def _wait_writable(self) -> None:
        writable = self._hub.loop.io(self._sock.fileno(), 2)
        try:
            self._hub.wait(writable)
        finally:
            writable.close()


class Acceptor(StreamServer):
    """gevent's server, which hands out wires, to greenlets that it keeps for the next call: a new one maps memory,
    and that costs as much as a question."""

    def __init__(self, listener: Any, serve: Callable[[Wire, tuple[str, int]], None]) -> None:
        super().__init__(listener, serve)
        self._serve_one = serve
        self._idle: list[Any] = []

    def do_read(self) -> tuple[Wire, tuple[str, int]] | None:
        listener: PlainSocket = self.socket
        try:
            fd, address = listener._accept()  # type: ignore[attr-defined]
        except BlockingIOError:
            return None
        return Wire(PlainSocket(listener.family, listener.type, listener.proto, fileno=fd)), address

    def do_handle(self, *connection: Any) -> None:
        if self._idle:
            self.loop.run_callback(self._idle.pop().switch, connection)
        else:
            gevent.spawn_raw(self._work, connection)

    def _work(self, connection: Any) -> None:
        while True:
            try:
                self._serve_one(*connection)
            except Exception:
                # It would end the hub, and all other calls with it.
                log.exception("a connection's greenlet failed")
            finally:
                connection[0].close()
            if len(self._idle) >= MOST_IDLE:
                return
            self._idle.append(gevent.getcurrent())
            connection = gevent.get_hub().switch()
