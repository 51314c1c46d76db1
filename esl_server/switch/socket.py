"""A connected socket used by one greenlet: never blocking, with one watcher, waiting before it reads.

gevent's own socket has two watchers and tries to read before it waits; a call waits six times, and the data has never
arrived by then. Bytes are sent at the end of the turn of the loop, together with those of other calls.
"""

from __future__ import annotations

import logging
import socket
from _socket import socket as PlainSocket  # the one below Python's own class, and below gevent's
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent import getcurrent
from gevent.server import StreamServer

from esl_server.switch.turn import Turn

log = logging.getLogger(__name__)

MOST_IDLE = 64
# Spares each connection the system call that makes it non-blocking.
_AT_ONCE = socket.MSG_DONTWAIT


class Wire:
    """`recv_into` waits without a time limit; `shutdown` from another greenlet ends the wait. Raises OSError. `send`
    and `close` never wait: their work is done at the end of the turn, and a closed peer surfaces on the next read."""

    __slots__ = ("_hub", "_readable", "_sock", "_turn", "_unsent", "_writable")

    def __init__(self, sock: PlainSocket, turn: Turn) -> None:
        self._sock = sock
        self._turn = turn
        self._unsent = b""
        self._hub: Any = gevent.get_hub()
        self._readable: Any = self._hub.loop.io(sock.fileno(), 1)
        # Exists only while the peer's receive window is full.
        self._writable: Any = None

    def recv_into(self, buffer: bytearray) -> int:
        while True:
            readable = self._readable
            if readable is None:
                raise ConnectionAbortedError("closed")
            # As hub.wait, without its Waiter object; a wake-up from elsewhere only makes the loop read once more.
            readable.start(getcurrent().switch)
            try:
                self._hub.switch()
            finally:
                readable.stop()
            try:
                return self._sock.recv_into(buffer, 0, _AT_ONCE)
            except BlockingIOError:
                continue

    def send(self, data: bytes) -> int:
        if not self._unsent:
            self._turn.send(self._flush)
        self._unsent += data
        return len(data)

    def getsockname(self) -> tuple[Any, ...]:
        return self._sock.getsockname()

    def setsockopt(self, level: int, option: int, value: int) -> None:
        self._sock.setsockopt(level, option, value)

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def close(self) -> None:
        """Unsent bytes are sent first, as far as the peer accepts them at once."""
        readable, self._readable = self._readable, None
        if readable is None:
            return
        self._hub.cancel_wait(readable, ConnectionAbortedError("closed while waiting"), True)
        self._forget_writable()
        self._turn.send(self._end)

    def _end(self) -> None:
        with suppress(OSError):
            self._sock.close()

    def _flush(self) -> None:
        try:
            self._unsent = self._unsent[self._sock.send(self._unsent, _AT_ONCE) :]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = b""
        if not self._unsent:
            self._forget_writable()
        elif self._writable is None and self._readable is not None:
            self._writable = self._hub.loop.io(self._sock.fileno(), 2)
            self._writable.start(self._flush)

    def _forget_writable(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None:
            writable.close()


class Acceptor(StreamServer):
    """gevent's server, handing out `Wire`s to greenlets that it reuses for the next call: a new greenlet maps memory,
    which costs as much as a question."""

    def __init__(self, listener: Any, serve: Callable[[Wire, tuple[str, int]], None], turn: Turn) -> None:
        super().__init__(listener, serve)
        self._serve_one = serve
        self._turn = turn
        self._idle: list[Any] = []

    def do_read(self) -> tuple[Wire, tuple[str, int]] | None:
        listener: PlainSocket = self.socket
        try:
            fd, address = listener._accept()  # type: ignore[attr-defined]
        except BlockingIOError:
            return None
        return Wire(PlainSocket(listener.family, listener.type, listener.proto, fileno=fd), self._turn), address

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
                # Unhandled, it would end the hub and all other calls.
                log.exception("a connection's greenlet failed")
            finally:
                connection[0].close()
            if len(self._idle) >= MOST_IDLE:
                return
            self._idle.append(getcurrent())
            connection = gevent.get_hub().switch()
