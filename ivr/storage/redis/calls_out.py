"""What calls out to numbers that a variable named have cost in the last day, in Redis, over all call servers.

`digitree:out:HOUR` (hours since 1970) has `usd` in millionths and `calls` of those begun in that hour; a day later
it is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ivr.storage.redis.menu_cache import PREFIX, READ_TIMEOUT_S, connect
from ivr.storage.redis.unavailable import translated

HOURS = 24
_HOUR_S = 3600
_KEY = PREFIX + "out:"


class CallsOutSpending:
    """A Spending."""

    def __init__(
        self, url: str, *, timeout_s: float = READ_TIMEOUT_S, clock: Callable[[], float] = time.time
    ) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)
        self._clock = clock

    def reserve(self, micros: int) -> tuple[int, int, int]:
        hour = int(self._clock()) // _HOUR_S
        keys = [f"{_KEY}{hour - before}" for before in range(HOURS)]
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.hincrby(keys[0], "usd", micros)
            multi.hincrby(keys[0], "calls", 1)
            multi.expire(keys[0], (HOURS + 1) * _HOUR_S)
            for key in keys:
                multi.hmget(key, "usd", "calls")
            found = multi.execute()[3:]
        return hour, sum(int(usd or 0) for usd, _ in found), sum(int(calls or 0) for _, calls in found)

    def give_back(self, hour: int, micros: int, calls: int) -> None:
        key = f"{_KEY}{hour}"
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.hincrby(key, "usd", -micros)
            multi.hincrby(key, "calls", -calls)
            multi.expire(key, (HOURS + 1) * _HOUR_S)
            multi.execute()
