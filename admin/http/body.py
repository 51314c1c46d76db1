"""Reading a request's body: bounded, complete, or refused with a 4xx.

Werkzeug's own bounded read will not do: it silently truncates a chunked body that exceeds the limit, and it accepts
one that ends before its announced length.
"""

from __future__ import annotations

import hashlib
import time
from typing import IO, Protocol

from flask import g, request
from werkzeug.exceptions import HTTPException

from admin.http import streams
from admin.http.problems import ApiError, unavailable

TIMEOUT_S = 120.0
# What a body may still take when the server stops; then there is time left for an answer.
STOPPING_S = 10.0
_CHUNK_BYTES = 1 << 16


class Hashed:
    """A file to write to that knows the hash of what was written."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._sha256 = hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self._sha256.update(chunk)
        return self._out.write(chunk)

    def digest(self) -> bytes:
        return self._sha256.digest()


class Writable(Protocol):
    def write(self, chunk: bytes, /) -> object: ...


def copy_body(out: Writable, max_bytes: int) -> int:
    """The request's body into `out`; returns its size. Raises ApiError 400, 408 or 413, 503 when the server
    is stopped meanwhile and the rest takes long."""
    announced = request.content_length
    if announced is not None and announced > max_bytes:
        raise too_large(max_bytes, announced)
    deadline = time.monotonic() + TIMEOUT_S
    size, stop_at = 0, 0.0
    while chunk := _read_chunk(deadline):
        if streams.ending.is_set():
            stop_at = stop_at or time.monotonic() + STOPPING_S
            if time.monotonic() >= stop_at:
                raise stopping("nothing was changed; send it again")
        size += len(chunk)
        if size > max_bytes:
            raise too_large(max_bytes)
        out.write(chunk)
    if announced is not None and size < announced:
        raise ApiError(400, "body_cut_short", f"the body ended after {size} of {announced} bytes")
    return size


def stopping(advice: str) -> ApiError:
    """503 for work that would outlast the time that a stopping process has: its client would get no answer."""
    return unavailable("stopping", f"the server is being stopped or updated, and {advice}", STOPPING_S)


def too_large(max_bytes: int, given: int | None = None) -> ApiError:
    """413; `given`: the size, where it is known."""
    has = "more" if given is None else f"{given:,}"
    return ApiError(413, "too_large", f"at most {max_bytes:,} bytes are allowed here; this has {has}")


def _read_chunk(deadline: float) -> bytes:
    try:
        if time.monotonic() > deadline:
            raise TimeoutError
        source: IO[bytes] = g.get("received_body") or request.stream
        return source.read(_CHUNK_BYTES)
    except (HTTPException, ApiError):
        raise
    except TimeoutError:
        text = f"the body was not complete after {TIMEOUT_S:.0f} s; send it faster"
        raise ApiError(408, "body_too_slow", text) from None
    except Exception as error:  # noqa: BLE001
        # gunicorn has an exception for each fault of a chunk, without a common base class.
        raise ApiError(400, "body_broken", f"the body cannot be read: {type(error).__name__}") from None
