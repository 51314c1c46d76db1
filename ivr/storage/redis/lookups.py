"""One request to Redis for all DIDs that are looked up at the same moment.

A call looks up its DID's pointer when that is not known yet. The first one sends a GET or MGET for all that wait,
on the one connection; calls that come meanwhile wait for the reply and go with the next request, unless it had
their DID, too. It uses the connection's socket directly: the client's layers cost more than the look-up.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import hiredis
import redis

from ivr.domain.signed_values import ForgedValue, SignedValues
from ivr.storage.redis.known_dids import KnownDids

_MOST = 256
_RECEIVED_BYTES = 16 * 1024


class _Lookup:
    __slots__ = ("error", "is_done", "key", "value")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.is_done = False
        self.value: bytes | None = None
        self.error: Exception | None = None


class Lookups:
    """For threads and greenlets. `pool` makes connections and has the time limit of a step; what is found goes into
    `known`."""

    def __init__(self, pool: Any, known: KnownDids, signed: SignedValues) -> None:
        self._pool = pool
        self._signed = signed
        self._known = known
        self._connection: Any = None
        self._waiting: deque[_Lookup] = deque()
        self._turn = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, without its signature; None when there is none. Raises ForgedValue, redis.RedisError or
        OSError."""
        mine = _Lookup(key)
        self._waiting.append(mine)
        with self._turn:
            while not mine.is_done:
                self._ask_for_all()
        if mine.error is not None:
            raise mine.error
        return mine.value

    def close(self) -> None:
        """Close the connection; the next look-up opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.disconnect()

    def _ask_for_all(self) -> None:
        lookups: list[_Lookup] = []
        while self._waiting and len(lookups) < _MOST:
            each = self._waiting.popleft()
            each.value = self._known.find(each.key)  # the request before had this key, too
            each.is_done = each.value is not None
            if not each.is_done:
                lookups.append(each)
        if not lookups:
            return
        news = self._known.news
        try:
            values = self._values([each.key for each in lookups])
            if len(values) != len(lookups):
                raise redis.InvalidResponse(f"{len(values)} values for {len(lookups)} keys")
        except BaseException as error:
            # Whatever the error is: an unresolved waiter would block forever. It fails the waiters that came
            # meanwhile, too, since each would wait as long as this one did.
            told = error if isinstance(error, redis.RedisError | OSError) else redis.ConnectionError(repr(error))
            while self._waiting:
                lookups.append(self._waiting.popleft())
            for each in lookups:
                each.error, each.is_done = told, True
            if isinstance(error, Exception):
                return
            raise
        for each, signed in zip(lookups, values, strict=True):
            if signed is not None:
                try:
                    each.value = self._signed.value(each.key.decode(), signed)
                    self._known.keep(each.key, each.value, news)
                except ForgedValue as error:
                    each.error = error
            each.is_done = True

    def _values(self, keys: list[bytes]) -> list[bytes | None]:
        head = b"*2\r\n$3\r\nGET\r\n" if len(keys) == 1 else b"*%d\r\n$4\r\nMGET\r\n" % (len(keys) + 1)
        command = head + b"".join([b"$%d\r\n%b\r\n" % (len(key), key) for key in keys])
        if self._connection is not None:
            try:
                return self._ask(command)
            except (redis.ConnectionError, ConnectionError):
                pass  # Redis was restarted meanwhile
        # Not by the pool's make_connection: it keeps every connection it ever made.
        self._connection = self._pool.connection_class(**self._pool.connection_kwargs)
        try:
            self._connection.connect()
        except BaseException:
            self.close()
            raise
        return self._ask(command)

    def _ask(self, command: bytes) -> list[bytes | None]:
        """Send a request and read its reply. After any error the connection is closed, so no part of an earlier
        reply is ever left on it."""
        sock, reader = self._connection._sock, hiredis.Reader()
        try:
            sent = sock.send(command)
            if sent < len(command):
                sock.sendall(command[sent:])
            while (answer := reader.gets()) is False:
                received = sock.recv(_RECEIVED_BYTES)
                if not received:
                    raise redis.ConnectionError("Redis closed the connection")
                reader.feed(received)
            if isinstance(answer, hiredis.ReplyError):
                raise redis.ResponseError(str(answer))
        except BaseException:
            self.close()
            raise
        return answer if isinstance(answer, list) else [answer]
