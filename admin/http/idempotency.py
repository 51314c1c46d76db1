"""Idempotency-Key: the first answer is kept for a day and given again, so a client can repeat any POST safely.

Bound to the API key (or user) that sends it. The same key with another request is a 422; with a request that is still
running, a 409. A refusal is not kept: nothing was done, and the key is free. When a process died in the middle nobody
knows what it had done, and the key says so (409) instead of doing it twice. Bodies are sealed, since some show a
secret once. While Postgres is away a request with this header is refused (503), as most are without it.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from admin.http.body import Hashed, copy_body
from admin.http.preconditions import HEADER as IF_MATCH
from admin.http.problems import ApiError, fault
from ivr.domain.errors import IvrError, StorageError
from ivr.ports.kept_answers import KeptAnswer, KeptAnswerStore
from ivr.secrets import Sealer
from tts.client.errors import TtsError

HEADER = "Idempotency-Key"
MAX_KEPT_BYTES = 2 * 1024 * 1024
# Longer than any request may take (admin.http.gunicorn_worker.REQUEST_TIMEOUT_S).
RUNNING_S = 200
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_KEPT_HEADERS = ("Location", "ETag", "Content-Type", "Vary")
_IN_MEMORY_BYTES = 1024 * 1024
# They say what was refused; after anything else it is not known what was done.
_REFUSALS = (ApiError, IvrError, TtsError, HTTPException)


@dataclass(frozen=True)
class Once:
    """One per process."""

    answers: KeptAnswerStore
    sealer: Sealer

    def run(self, actor: str, produce: Callable[[], Response]) -> Response:
        """The answer of `produce`, or the one that it gave before to the same Idempotency-Key."""
        key = request.headers.get(HEADER)
        if key is None:
            return produce()
        key_hash = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        seen = _hash_of_request()
        before = self.answers.begin(actor, key_hash, seen)
        if before is not None:
            return self._again(before, seen)
        try:
            response = produce()
        except _REFUSALS:
            with suppress(StorageError):
                self.answers.forget(actor, key_hash)
            raise
        body = None if response.is_streamed else response.get_data()
        sealed = None if body is None or len(body) > MAX_KEPT_BYTES else self.sealer.seal(body.decode())
        headers = {each: response.headers[each] for each in _KEPT_HEADERS if each in response.headers}
        # It is done; that its answer cannot be kept must not look like a refusal.
        with suppress(StorageError):
            self.answers.keep(actor, key_hash, response.status_code, headers, sealed)
        return response

    def _again(self, before: KeptAnswer, seen: str) -> Response:
        if before.request_hash != seen:
            text = "this Idempotency-Key was sent with another request before; use a new one"
            raise fault(f"/headers/{HEADER}", "idempotency_key_reused", text)
        if before.status is None:
            raise _unanswered(before.age_s)
        body = None if before.body is None else self.sealer.find(before.body)
        if body is None:
            text = f"this was done before and answered with status {before.status}; the answer was not kept"
            raise ApiError(409, "answer_not_kept", text)
        response = Response(body, before.status)
        response.headers.update({**before.headers, "Idempotency-Replayed": "true"})
        return response


@contextmanager
def received(max_raw_bytes: int | None) -> Iterator[None]:
    """Check the current request's key, and receive a body that its view reads itself (at most so many bytes) before
    the key is looked up: it belongs to what the key stands for."""
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        text = "an Idempotency-Key has 1 to 255 visible ASCII characters"
        raise fault(f"/headers/{HEADER}", "invalid_idempotency_key", text)
    if key is None or max_raw_bytes is None:
        yield
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        hashed = Hashed(spool)
        copy_body(hashed, max_raw_bytes)
        spool.seek(0)
        g.received_body, g.raw_body = spool, hashed.digest()
        yield


def _hash_of_request() -> str:
    head = f"{request.method} {request.full_path}\n{request.headers.get(IF_MATCH)}\n"
    digest = hashlib.sha256(head.encode("utf-8", "replace"))
    digest.update(g.get("raw_body", b""))
    return digest.hexdigest()


def _unanswered(age_s: float) -> ApiError:
    if age_s < RUNNING_S:
        text = "the first request with this Idempotency-Key is still running; try again in a moment"
        return ApiError(409, "still_running", text, headers={"Retry-After": "2"})
    text = (
        "the first request with this Idempotency-Key was cut off, and may have been done or not; look whether it "
        "was, and use a new key if not"
    )
    return ApiError(409, "outcome_unknown", text)
