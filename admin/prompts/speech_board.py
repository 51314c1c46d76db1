"""The progress of speaking all texts of a menu: kept in Redis, since another process may be asked for it.

A process that speaks renews its claim on the menu every few seconds. When it dies, the claim ends and the progress is
that of an interrupted job, which goes on when somebody asks again. What a job would have written together at its end
is due still; the speech process knows it.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import redis

from admin.menus.errors import CacheAway

_JOB, _CLAIM = "digitree:speech:", "digitree:speech-claim:"
_KEPT_S = 24 * 3600
CLAIM_S = 15
_RENEW_S = 4.0
RUNNING, INTERRUPTED = "running", "interrupted"
WAITING, SPEAKING, SPOKEN = "waiting", "speaking", "spoken"
FETCHING, FETCHED = "fetching", "fetched"
_AT_WORK, _DONE = (SPEAKING, FETCHING), (SPOKEN, FETCHED)
NOT_YET = {"state": WAITING, "message": None, "duration_seconds": None, "cost_usd": None}
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


@dataclass(frozen=True)
class SpeechBoard:
    """One job of each menu, the last one; `of` sets apart the jobs of something else that menus have one of, and
    `parts` are what such a job is made of."""

    client: redis.Redis
    of: str = ""
    parts: str = "texts"

    @contextmanager
    def claimed(self, ivr_id: str, claim: str) -> Iterator[None]:
        """The claim is kept until the block is left."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(_RENEW_S):
                with suppress(redis.RedisError):
                    self.client.expire(self._claim_of(ivr_id), CLAIM_S)

        threading.Thread(target=renew, name="speech-claim", daemon=True).start()
        try:
            yield
        finally:
            done.set()
            with suppress(redis.RedisError):
                self.client.eval(_RELEASE, 1, self._claim_of(ivr_id), claim)

    def claim(self, ivr_id: str) -> str | None:
        """A token for `claimed`; None while a process speaks this menu. CacheAway."""
        token = secrets.token_hex(8)
        try:
            return token if self.client.set(self._claim_of(ivr_id), token, nx=True, ex=CLAIM_S) else None
        except redis.RedisError as error:
            raise CacheAway from error

    def note(self, ivr_id: str, job: dict[str, Any]) -> None:
        """While Redis is away the work goes on, and its progress is not known."""
        with suppress(redis.RedisError):
            self.client.set(self._job_of(ivr_id), json.dumps(job), ex=_KEPT_S)

    def find(self, ivr_id: str) -> dict[str, Any] | None:
        """The job as it was noted, None where there was none in a day. CacheAway."""
        try:
            # In this order: a job that ends in between has not been interrupted.
            is_claimed = self.client.exists(self._claim_of(ivr_id))
            kept = self.client.get(self._job_of(ivr_id))
        except redis.RedisError as error:
            raise CacheAway from error
        job: dict[str, Any] | None = json.loads(kept) if kept else None
        if job is not None and job["state"] == RUNNING and not is_claimed:
            together = job.get("together", False)
            return {**job, "state": INTERRUPTED, self.parts: [_left(part, together) for part in job[self.parts]]}
        return job

    def _job_of(self, ivr_id: str) -> str:
        return f"{_JOB}{self.of}{ivr_id}"

    def _claim_of(self, ivr_id: str) -> str:
        return f"{_CLAIM}{self.of}{ivr_id}"


def _left(part: dict[str, Any], together: bool) -> dict[str, Any]:
    """A text or a sound of an interrupted job: nobody works at it any more, and what was done `together` is not
    saved."""
    if part["state"] in _AT_WORK or (together and part["state"] in _DONE):
        return {**part, **NOT_YET}
    return part
