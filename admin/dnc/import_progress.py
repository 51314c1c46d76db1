"""The progress of an import, for the waiting client: kept in Redis, since another process may be asked for it.

Nothing depends on it: while Redis is away the import continues and its progress is unknown.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, TypeGuard

import redis

from ivr.ports.dnc import ImportProgress

_PREFIX = "digitree:dnc-import:"
_KEPT_S = 900
# The store's name of each stage -> the API's. Reading counts bytes, the others numbers.
STAGES = {"read": "reading", "written": "listing", "write": "chaining"}


@dataclass(frozen=True)
class ImportBoard:
    """The progress of all imports, each under the name chosen by its sender (`actor`), who alone can see it."""

    client: redis.Redis

    def reporter(self, actor: str, name: str, size: int) -> ImportProgress:
        """A function that records the progress; `size`: the bytes to read."""
        away = False

        def report(stage: str, done: int, total: int) -> None:
            nonlocal away
            if away:
                return  # do not wait for Redis at every ten thousandth line
            note = {"stage": STAGES[stage], "done": done, "total": total or size}
            try:
                self.client.set(_key(actor, name), json.dumps(note), ex=_KEPT_S)
            except redis.RedisError:
                away = True

        return report

    def find(self, actor: str, name: str) -> dict[str, Any] | None:
        """stage, done, total as the API has them; None for an unknown import."""
        try:
            kept = self.client.get(_key(actor, name))
            found = json.loads(kept) if kept else None
        except (redis.RedisError, ValueError):
            return None
        return found if _is_note(found) else None


def _is_note(found: Any) -> TypeGuard[dict[str, Any]]:
    """Whether it is what `report` writes; others may write to Redis."""
    return (
        isinstance(found, dict)
        and found.keys() == {"stage", "done", "total"}
        and found["stage"] in STAGES.values()
        and all(isinstance(found[name], int) for name in ("done", "total"))
    )


def _key(actor: str, name: str) -> str:
    return _PREFIX + hashlib.sha256(f"{actor}\0{name}".encode()).hexdigest()
