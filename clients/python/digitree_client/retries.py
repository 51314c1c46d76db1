"""Requests sent again after a lost answer, or when Digitree says so.

Every request comes to the same when it is repeated: a POST is given an Idempotency-Key, and the others need none. One
with `If-Match` is not repeated after a lost answer: it may have been done, and would then be refused as stale.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from typing import Any

import httpx

from .problems import DigitreeError, error_of

_KEY = "Idempotency-Key"
_FROM_A_PROXY = (502, 504)
_TRY_LATER = (429, 503, *_FROM_A_PROXY)
_FIRST_WAIT_S = 0.5


class Retries:
    """How often a request is sent again, and after how long: as `Retry-After` says unless that is more than
    `most_wait_s`, otherwise half a second, doubled each time, with some chance in it."""

    def __init__(self, retries: int, most_wait_s: float = 60) -> None:
        self._retries = retries
        self._most_wait_s = most_wait_s

    def wait_s(self, request: httpx.Request, attempt: int, error: DigitreeError | None) -> float | None:
        """How long to wait before the next attempt; None: there is none. `attempt` counts from 0; `error` None: the
        answer is lost."""
        if attempt >= self._retries:
            return None
        lost = error is None or error.status in _FROM_A_PROXY
        if lost and "if-match" in request.headers:
            return None
        if error and error.status not in _TRY_LATER and error.code != "still_running":
            return None
        if error and error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self._most_wait_s else None
        doubled: float = _FIRST_WAIT_S * 2**attempt
        return min(doubled, self._most_wait_s) * random.uniform(0.5, 1)  # noqa: S311 - not secret


class RetryingClient(httpx.Client):
    """Raises DigitreeError for every answer of status 400 or more."""

    def __init__(self, retries: Retries, **options: Any) -> None:
        super().__init__(**options)
        self._repeats = retries

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        _give_key(request)
        request.read()
        attempt = 0
        while True:
            refused: DigitreeError | None = None
            try:
                response = super().send(request, **options)
                if response.status_code < 400:
                    return response
                response.read()
                refused = error_of(response)
                raise refused
            except (httpx.TransportError, DigitreeError):
                wait_s = self._repeats.wait_s(request, attempt, refused)
                if wait_s is None:
                    raise
            attempt += 1
            time.sleep(wait_s)


class AsyncRetryingClient(httpx.AsyncClient):
    """As RetryingClient, for asyncio."""

    def __init__(self, retries: Retries, **options: Any) -> None:
        super().__init__(**options)
        self._repeats = retries

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        _give_key(request)
        await request.aread()
        attempt = 0
        while True:
            refused: DigitreeError | None = None
            try:
                response = await super().send(request, **options)
                if response.status_code < 400:
                    return response
                await response.aread()
                refused = error_of(response)
                raise refused
            except (httpx.TransportError, DigitreeError):
                wait_s = self._repeats.wait_s(request, attempt, refused)
                if wait_s is None:
                    raise
            attempt += 1
            await asyncio.sleep(wait_s)


def _give_key(request: httpx.Request) -> None:
    if request.method == "POST" and _KEY not in request.headers:
        request.headers[_KEY] = str(uuid.uuid4())
