"""Server-sent events: a body that stays open and ends by itself before the server's own limit.

A browser that lost its stream reconnects after RETRY_MS and gets a new snapshot; streams are not resumed.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from flask import Response, request

from admin.http.stream_slots import END

MEDIA_TYPE = "text/event-stream"
# Below admin.http.gunicorn_worker.REQUEST_TIMEOUT_S.
LONGEST_S = 150
RETRY_MS = 1000
HEARTBEAT_S = 10.0
_LOOK_S = 1.0
# A stream outlives its key or session by this time at most, plus the time that Auth trusts without asking.
STANDING_S = 5.0

# Set when this process stops: streams end at once, and their clients reconnect to the next process.
ending = threading.Event()


def event(kind: str, data: Any, event_id: str = "") -> bytes:
    """One event. JSON has no line end of its own, so it is one line."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def stream(
    opened: AbstractContextManager[queue.Queue[Any]],
    render: Callable[[Any], bytes],
    stands: Callable[[], bool],
    seconds: float = LONGEST_S,
) -> Response:
    """The entries of the queue as events, while `stands` holds. `opened` is entered now, so that its refusal can
    still be an error answer."""
    news = opened.__enter__()
    _uncork()
    # The server also closes it when the client is gone, even if nothing was ever sent.
    response = Response(_events(news, render, stands, seconds), content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(_once(opened))
    return response


def _events(
    news: queue.Queue[Any], render: Callable[[Any], bytes], stands: Callable[[], bool], seconds: float
) -> Iterator[bytes]:
    until = time.monotonic() + seconds
    yield f"retry: {RETRY_MS}\n\n".encode()
    said_at = asked_at = time.monotonic()
    while not ending.is_set() and (left := until - time.monotonic()) > 0:
        if time.monotonic() - asked_at >= STANDING_S:
            if not stands():
                return
            asked_at = time.monotonic()
        try:
            item = news.get(timeout=min(_LOOK_S, left))
            if item is END:
                return
            yield render(item)
            said_at = time.monotonic()
        except queue.Empty:
            if time.monotonic() - said_at >= HEARTBEAT_S:
                said_at = time.monotonic()
                yield b": still here\n\n"


def _once(opened: AbstractContextManager[Any]) -> Callable[[], None]:
    done = threading.Event()

    def close() -> None:
        if not done.is_set():
            done.set()
            opened.__exit__(None, None, None)

    return close


def _uncork() -> None:
    """Undo the corking of head and body, so that each event is sent at once."""
    sock = request.environ.get("gunicorn.socket")
    if sock is not None:
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
