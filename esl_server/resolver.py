"""Names resolved in threads of their own: a resolver that hangs delays neither other calls nor their opt-outs."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import AsyncResult
from gevent.threadpool import ThreadPool

from ivr.clients.outbound_http import addresses_of

_ADDRESS = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", re.ASCII)
_MOST_KEPT = 1000


class Resolver:
    """`threads` names at a time; `kept_s`: what was found is used for so long. Those who ask for one name at the same
    time are answered together."""

    def __init__(
        self, threads: int = 4, kept_s: float = 0.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._threads = threads
        self._kept_s = kept_s
        self._clock = clock
        self._pool: ThreadPool | None = None
        # name and port -> what is asked, and when it was answered
        self._asked: dict[tuple[str, int], tuple[AsyncResult, float | None]] = {}

    def __call__(self, host: str, port: int) -> list[str]:
        """The addresses of a host; raises OSError."""
        if _ADDRESS.fullmatch(host):
            return addresses_of(host, port)
        key = host, port
        known = self._asked.get(key)
        if known is None or (known[1] is not None and self._clock() - known[1] >= self._kept_s):
            known = AsyncResult(), None
            self._asked[key] = known
            self._start(key, known[0])
        return list(known[0].get())

    def _start(self, key: tuple[str, int], result: AsyncResult) -> None:
        if self._pool is None:
            self._pool = ThreadPool(self._threads)
        # In a greenlet of its own: who asked first may give up, and others wait for the same answer.
        gevent.spawn(self._find, self._pool, key, result)

    def _find(self, pool: ThreadPool, key: tuple[str, int], result: AsyncResult) -> None:
        try:
            infos = pool.apply(_native_getaddrinfo, (*key, 0, socket.SOCK_STREAM))
            result.set([str(info[4][0]) for info in infos])
        except Exception as error:  # noqa: BLE001 - it is raised where it is asked for
            result.set_exception(error)
            self._asked.pop(key, None)
            return
        self._asked[key] = result, self._clock()
        if len(self._asked) > _MOST_KEPT:
            self._asked.pop(next(iter(self._asked)))


def _native_getaddrinfo(*args: Any) -> list[Any]:
    from gevent.monkey import get_original

    return list(get_original("socket", "getaddrinfo")(*args))
