"""Reading what a client sends: bounded, whole, or refused with a 4xx.

Not Werkzeug's own bounded read: a body sent in chunks that is longer than its limit is cut there without a word, and
one that ends before its announced length passes for whole.
"""

from __future__ import annotations

import time
from typing import IO

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from admin.http.problems import ApiError

TIMEOUT_S = 120.0
_CHUNK_BYTES = 1 << 16


def copy_body(out: IO[bytes], max_bytes: int) -> int:
    """The request's body into `out`; returns its size. Raises ApiError 400 or 408, or RequestEntityTooLarge."""
    announced = request.content_length
    if announced is not None and announced > max_bytes:
        raise RequestEntityTooLarge
    deadline = time.monotonic() + TIMEOUT_S
    size = 0
    while chunk := _read_chunk(deadline):
        size += len(chunk)
        if size > max_bytes:
            raise RequestEntityTooLarge
        out.write(chunk)
    if announced is not None and size < announced:
        raise ApiError(400, "body_cut_short", f"the body ended after {size} of {announced} bytes")
    return size


def _read_chunk(deadline: float) -> bytes:
    try:
        if time.monotonic() > deadline:
            raise TimeoutError
        return request.stream.read(_CHUNK_BYTES)
    except HTTPException:
        raise
    except TimeoutError:
        raise ApiError(408, "body_too_slow", "the body did not come in time") from None
    except Exception as error:  # noqa: BLE001
        # gunicorn has an exception for each way a chunk can be wrong, and they have nothing in common.
        raise ApiError(400, "body_broken", f"the body cannot be read: {type(error).__name__}") from None
