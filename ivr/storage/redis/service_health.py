"""Which services fail, over all processes, in Redis. No call depends on it.

| key | holds |
|---|---|
| `digitree:services:failed` | service -> failures in a row, over all processes; expires an hour after the last one |
| `digitree:services:open` | service by the time (epoch seconds) until which it is not asked |
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import redis

from ivr.domain.errors import StorageUnavailable
from ivr.storage.redis.menu_cache import PREFIX, connect

_FAILED = PREFIX + "services:failed"
_OPEN = PREFIX + "services:open"
_KEPT_S = 3600
_TIMEOUT_S = 1.0


class Noted(NamedTuple):
    """What a process saw of a service since its last report: whether it answered, and its failures in a row after
    that."""

    answered: bool = False
    failures: int = 0


class ServiceHealth:
    """Raises StorageUnavailable."""

    def __init__(self, url: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)

    def exchange(self, noted: Mapping[str, Noted], failures_in_a_row: int, open_s: float) -> frozenset[str]:
        """Report what was seen; returns the services that are not asked now, over all processes."""
        now = time.time()
        failing = [name for name, each in noted.items() if each.failures]
        try:
            with self._redis.pipeline(transaction=True) as multi:
                for name, each in noted.items():
                    if each.answered:
                        multi.hdel(_FAILED, name)
                        multi.zrem(_OPEN, name)
                for name in failing:
                    multi.hincrby(_FAILED, name, noted[name].failures)
                multi.expire(_FAILED, _KEPT_S)
                multi.zremrangebyscore(_OPEN, 0, now)
                counts = multi.execute()[-2 - len(failing) : -2]
            opened = [name for name, n in zip(failing, counts, strict=True) if int(n) >= failures_in_a_row]
            if opened:
                self._redis.zadd(_OPEN, dict.fromkeys(opened, now + open_s))
                self._redis.expire(_OPEN, _KEPT_S)
            found = self._redis.zrangebyscore(_OPEN, now, "+inf")
        except redis.RedisError as error:
            raise StorageUnavailable(f"Redis: {type(error).__name__}") from error
        return frozenset(each.decode() for each in found)

    def close(self) -> None:
        self._redis.close()
