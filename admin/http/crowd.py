"""A limit on requests at once, with a short queue. A request that finds both full gets 503 with Retry-After at once:
its client would give up before an answer came.

A request has a place while the app works on it, not while its body arrives, while another process works for it
(`aside`) or while its answer is sent: a slow client takes no place from others. When the first part of its body is
there it waits as a new one does, and may be refused: hardly anything was done for it yet. After that it is never
refused, and comes before all new ones.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import has_request_context, request
from prometheus_client import Counter

from admin.http.problems import unavailable

# Twice the connections to Postgres that a process has.
AT_ONCE = 16
QUEUE = 16
PATIENCE_S = 1.0
RETRY_AFTER_S = 2
# Cheap, and wanted above all when there is a crowd.
_ALWAYS = ("/healthz", "/readyz", "/ui/static/", "/docs/", "/help/")
_KEY = "digitree.place"
_TEXT = f"too many requests are being answered; try again in {RETRY_AFTER_S} s"

SHED = Counter("digitree_http_shed", "Requests refused with 503 because too many were there at once")


class Crowd:
    """The places of one process."""

    def __init__(self, at_once: int = AT_ONCE, queue: int = QUEUE, patience_s: float = PATIENCE_S) -> None:
        self._free = at_once
        self._longest, self._patience_s = queue, patience_s
        self._queue: deque[threading.Event] = deque()
        self._returning: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Take a place; False when there is none in time, or too many wait already."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self._queue) + len(self._returning) >= self._longest:
                return False
            turn = threading.Event()
            self._queue.append(turn)
        if turn.wait(self._patience_s):
            return True
        with self._lock:
            if turn.is_set():
                return True
            self._queue.remove(turn)
            return False

    def leave(self) -> None:
        """Give the place back, or to the next one that waits."""
        with self._lock:
            if waiting := self._returning or self._queue:
                waiting.popleft().set()
            else:
                self._free += 1

    def come_back(self) -> None:
        """Take a place again, before all who have had none yet."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._returning.append(turn)
        turn.wait()


class _Place:
    """A request's place, if it has one."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._held = False

    def take(self) -> bool:
        """False when the request is to be refused."""
        self._held = self._crowd.enter()
        if not self._held:
            SHED.inc()
        return self._held

    def give(self) -> None:
        if self._held:
            self._held = False
            self._crowd.leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Without a place until the block is left."""
        self.give()
        try:
            yield
        finally:
            self._crowd.come_back()
            self._held = True


class Shedding:
    """WSGI middleware."""

    def __init__(self, app: Callable[..., Iterable[bytes]], crowd: Crowd) -> None:
        self._app, self._crowd = app, crowd

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(_ALWAYS):
            return self._app(environ, start_response)
        place = _Place(self._crowd)
        if not place.take():
            return _refuse(start_response)
        environ[_KEY] = place
        environ["wsgi.input"] = _Body(environ["wsgi.input"], place)
        try:
            return self._app(environ, start_response)
        finally:
            place.give()


class _Body:
    """A request's body, waited for aside. Raises ApiError 503 when the request is refused after all."""

    def __init__(self, body: Any, place: _Place) -> None:
        self._body, self._place = body, place
        self._begun = False

    def read(self, *size: int) -> bytes:
        return self._wait(self._body.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._wait(self._body.readline, *size)

    def _wait(self, read: Callable[..., bytes], *size: int) -> bytes:
        if self._begun:
            with self._place.aside():
                return read(*size)
        self._begun = True
        self._place.give()
        chunk = read(*size)
        if not self._place.take():
            raise unavailable("too_busy", _TEXT, RETRY_AFTER_S)
        return chunk

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line


@contextmanager
def aside() -> Iterator[None]:
    """For the work of another process that the current request waits for."""
    place = request.environ.get(_KEY) if has_request_context() else None
    if place is None:
        yield
        return
    with place.aside():
        yield


def _refuse(start_response: Any) -> list[bytes]:
    problem = {
        "type": "/help/errors#too_busy",
        "title": "Service Unavailable",
        "status": 503,
        "detail": _TEXT,
        "code": "too_busy",
        "errors": [],
    }
    body = json.dumps(problem).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(RETRY_AFTER_S)),
        # A browser shows the sentence, and asks again by itself.
        ("Refresh", str(RETRY_AFTER_S)),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]
