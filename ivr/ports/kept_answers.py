"""The answers to requests with an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What is known of a request that came before. `status` None: it has begun `age_s` seconds ago and has no answer
    yet, nor will it have one when it died. `body` None: the answer was too large to keep."""

    request_hash: str
    age_s: float
    status: int | None
    headers: Mapping[str, str]
    body: str | None


class KeptAnswerStore(Protocol):
    """In Postgres, for KEPT_S, by the actor and the hash of the key; the caller seals the bodies."""

    def begin(self, actor: str, key_hash: str, request_hash: str) -> KeptAnswer | None:
        """None: the key is new, and now this request's. Of many requests at once one gets None."""

    def keep(self, actor: str, key_hash: str, status: int, headers: Mapping[str, str], body: str | None) -> None:
        """The answer of the request that has begun."""

    def forget(self, actor: str, key_hash: str) -> None:
        """Free the key of a request that was refused."""
