"""The pointers of DIDs, kept until Redis reports a change.

By Redis's tracking of keys by prefix (CLIENT TRACKING ... BCAST, Redis 6): once a DID was looked up, its pointer is
valid until Redis reports on this connection that it changed, or until nothing has arrived on it for GOOD_S. Redis
sends the report before it answers the writer, so the call that follows a PATCH gets what was published. A Redis
without tracking is asked for each call.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from typing import Any

import hiredis
import redis

log = logging.getLogger(__name__)

# A silent connection is sent a PING.
ASK_EVERY_S = 0.5
GOOD_S = 1.5
RETRY_S = 1.0
KEPT = 20_000
# While one server takes over from another, two connections may be at different ones; a stale value ends after this
# time.
KEPT_S = 30.0
_RECEIVED_BYTES = 16 * 1024
_PING = b"*1\r\n$4\r\nPING\r\n"


class KnownDids:
    """Values of the keys that begin with `prefix`. `find` and `keep` never wait; `watch` runs in a greenlet of its
    own."""

    def __init__(self, pool: Any, prefix: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._prefix = prefix
        self._clock = clock
        self._values: dict[bytes, bytes] = {}
        self._good_until = float("-inf")
        # Counts reports: a value that was requested before a report may be older than it.
        self.news = 0

    def find(self, key: bytes) -> bytes | None:
        """The value; None when Redis must be asked."""
        value = self._values.get(key)
        return value if value is not None and self._clock() < self._good_until else None

    def keep(self, key: bytes, value: bytes, news: int) -> None:
        """Keep a value that Redis returned for a request sent when `news` reports had arrived."""
        if news != self.news or self._clock() >= self._good_until:
            return
        if len(self._values) >= KEPT:
            self._values.clear()
        self._values[key] = value

    def watch(self) -> None:
        """Listen for reports forever, and reconnect when the connection ends."""
        said = ""
        while True:
            try:
                self._listen()
            except (redis.RedisError, OSError) as error:
                if str(error) != said:
                    log.info("Redis is asked for each call: %s", error)
                said = str(error)
            except Exception:
                log.exception("Redis is asked for each call")
            time.sleep(RETRY_S)

    def _listen(self) -> None:
        connection = self._pool.connection_class(**{**self._pool.connection_kwargs, "protocol": 3})
        try:
            connection.connect()
            connection.send_command("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", self._prefix)
            connection.read_response()
            sock: socket.socket = connection._sock
            sock.settimeout(ASK_EVERY_S)
            # Entries are valid only after this PONG.
            sock.sendall(_PING)
            self._hear_all(sock)
        finally:
            self._good_until = float("-inf")
            self._forget_all()
            connection.disconnect()

    def _hear_all(self, sock: socket.socket) -> None:
        reader = hiredis.Reader()
        began_at = heard_at = self._clock()
        while True:
            try:
                received = sock.recv(_RECEIVED_BYTES)
            except TimeoutError:
                if self._clock() - heard_at > GOOD_S:
                    raise redis.TimeoutError("it says nothing any more") from None
                sock.sendall(_PING)
                continue
            if not received:
                raise redis.ConnectionError("it closed the connection")
            reader.feed(received)
            while (message := reader.gets()) is not False:
                self._heed(message)
            heard_at = self._clock()
            self._good_until = heard_at + GOOD_S
            if heard_at - began_at > KEPT_S:
                began_at = heard_at
                self._forget_all()

    def _heed(self, message: Any) -> None:
        if isinstance(message, hiredis.ReplyError):
            raise redis.ResponseError(str(message))
        if not isinstance(message, list) or message[0] != b"invalidate":
            return
        if message[1] is None:
            self._forget_all()
            return
        self.news += 1
        for key in message[1]:
            self._values.pop(key, None)

    def _forget_all(self) -> None:
        self.news += 1
        self._values.clear()
