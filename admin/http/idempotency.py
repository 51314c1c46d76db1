"""Idempotency-Key: the first answer is kept for a day and given again, so a client can repeat a POST safely.

Kept in Redis, per API key. An Idempotency-Key that was sent with another request before, or whose request is still
running, is answered 409. Refusals are not kept. While Redis is away a request with this header is refused (503).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import redis
from flask import Response, g, request

from admin.http.problems import ApiError, fault, unavailable
from admin.http.routing import ApiCall

_PREFIX = "digitree:once:"
_KEPT_S = 24 * 3600
# Longer than any request may take, so that one that died does not block its key for long.
_RUNNING_S = 120
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_KEPT_HEADERS = ("Location", "ETag")


class Once:
    """`client` None: Idempotency-Key is refused."""

    def __init__(self, client: redis.Redis | None) -> None:
        self._client = client

    def run(self, call: ApiCall, produce: Callable[[], Response]) -> Response:
        """The answer of `produce`, or the one it gave before to the same Idempotency-Key."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return produce()
        if not _KEY.fullmatch(key):
            raise fault(
                "/headers/Idempotency-Key",
                "invalid_idempotency_key",
                "an Idempotency-Key has 1 to 255 visible ASCII characters",
            )
        if self._client is None:
            raise _away()
        name = _PREFIX + hashlib.sha256(f"{call.actor}\0{key}".encode()).hexdigest()
        seen = self._print_of_request()
        try:
            free = self._client.set(name, json.dumps({"print": seen}), ex=_RUNNING_S, nx=True)
            kept = None if free else self._client.get(name)
        except redis.RedisError:
            raise _away() from None
        if not free:
            return _again(json.loads(kept) if kept else {"print": seen}, seen)
        try:
            response = produce()
        except BaseException:
            self._forget(name)
            raise
        self._keep(name, seen, response)
        return response

    def _print_of_request(self) -> str:
        digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode("utf-8", "replace"))
        digest.update(g.raw_body)
        return digest.hexdigest()

    def _keep(self, name: str, seen: str, response: Response) -> None:
        headers = {each: response.headers[each] for each in _KEPT_HEADERS if each in response.headers}
        answer = {"print": seen, "status": response.status_code, "headers": headers, "body": response.get_data(True)}
        try:
            self._client.set(name, json.dumps(answer), ex=_KEPT_S)  # type: ignore[union-attr]
        except redis.RedisError:
            self._forget(name)

    def _forget(self, name: str) -> None:
        try:
            self._client.delete(name)  # type: ignore[union-attr]
        except redis.RedisError:
            return  # it expires by itself


def _again(kept: dict[str, Any], seen: str) -> Response:
    if kept["print"] != seen:
        text = "this Idempotency-Key was sent with another request before; use a new one"
        raise ApiError(409, "idempotency_key_reused", text)
    if "status" not in kept:
        text = "the first request with this Idempotency-Key is still running; try again in a moment"
        raise ApiError(409, "still_running", text, headers={"Retry-After": "2"})
    response = Response(kept["body"], kept["status"], content_type="application/json")
    response.headers.update({**kept["headers"], "Idempotency-Replayed": "true"})
    return response


def _away() -> ApiError:
    return unavailable("cache_unavailable", "Idempotency-Key cannot be honoured just now; nothing was done")
