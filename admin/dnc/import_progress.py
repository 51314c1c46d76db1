"""The progress of an import, for the client that waits for it: in Redis, since another process may be asked.

Nothing depends on it: while Redis is away the import goes on and its progress is unknown.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import redis

from ivr.ports.dnc import ImportProgress

_PREFIX = "digitree:dnc-import:"
_KEPT_S = 900
# What the store calls its stages -> what the API does. Bytes are read; the others count numbers.
STAGES = {"read": "reading", "written": "listing", "write": "chaining"}


@dataclass(frozen=True)
class ImportBoard:
    """Each import has the name that its sender (`actor`) chose for it; only that sender sees it."""

    client: redis.Redis

    def reporter(self, actor: str, name: str, size: int) -> ImportProgress:
        """Writes down how far it is; `size`: the bytes there are to read."""
        away = False

        def report(stage: str, done: int, total: int) -> None:
            nonlocal away
            if away:
                return  # not to wait for Redis at every ten thousandth line
            note = {"stage": STAGES[stage], "done": done, "total": total or size}
            try:
                self.client.set(_key(actor, name), json.dumps(note), ex=_KEPT_S)
            except redis.RedisError:
                away = True

        return report

    def find(self, actor: str, name: str) -> dict[str, Any] | None:
        """stage, done, total as the API has them; None when nothing is known of it."""
        try:
            kept = self.client.get(_key(actor, name))
        except redis.RedisError:
            return None
        found: dict[str, Any] | None = json.loads(kept) if kept else None
        return found


def _key(actor: str, name: str) -> str:
    return _PREFIX + hashlib.sha256(f"{actor}\0{name}".encode()).hexdigest()
