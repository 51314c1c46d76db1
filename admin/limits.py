"""Counting: wrong keys per address (shared through Redis) and requests per key (in this process)."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import redis

log = logging.getLogger("admin.limits")

_MAX_NAMES = 10_000
_PREFIX = "digitree:wrong-keys:"


@dataclass(frozen=True, slots=True)
class Window:
    """What a name has used of its fixed window; `reset_s` is when the next begins."""

    limit: int
    remaining: int
    reset_s: int
    period_s: int
    exceeded: bool


class Limits:
    """`limit` requests per name in each fixed window of `period_s` seconds, counted in this process."""

    def __init__(self, limit: int, period_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.period_s = period_s
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def count(self, name: str) -> Window:
        """One more for this name."""
        return self._window(name, 1)

    def look(self, name: str) -> Window:
        """How it stands, without counting."""
        return self._window(name, 0)

    def _window(self, name: str, step: int) -> Window:
        number, past = divmod(self._clock(), self.period_s)
        window, used = self._counts.get(name, (int(number), 0))
        used = (used if window == int(number) else 0) + step
        if step:
            self._counts.pop(name, None)
            self._counts[name] = (int(number), used)
            if len(self._counts) > _MAX_NAMES:
                self._counts.popitem(last=False)
        reset_s = max(1, round(self.period_s - past))
        return Window(self.limit, max(0, self.limit - used), reset_s, self.period_s, used > self.limit)


class RateLimiter:
    """Wrong keys per address, counted in Redis for all processes; in this one alone while Redis is away."""

    def __init__(self, client: redis.Redis | None, limit: int = 20, period_s: int = 60) -> None:
        self._client = client
        self._local = Limits(limit, period_s)
        self.limit = limit
        self.period_s = period_s

    def exceeded(self, address: str) -> bool:
        """Whether this address has used up its tries."""
        if self._local.look(address).remaining == 0:
            return True
        return self._shared(address, lambda client, name: int(client.get(name) or 0)) >= self.limit

    def count(self, address: str) -> None:
        """One more wrong key."""
        self._local.count(address)

        def add(client: redis.Redis, name: str) -> int:
            with client.pipeline() as pipe:
                pipe.set(name, 0, ex=self.period_s, nx=True)
                pipe.incr(name)
                return int(pipe.execute()[1])

        self._shared(address, add)

    def _shared(self, address: str, ask: Callable[[redis.Redis, str], int]) -> int:
        import redis

        if self._client is None:
            return 0
        try:
            return ask(self._client, _PREFIX + address)
        except redis.RedisError:
            log.warning("wrong keys are counted in this process alone: Redis does not answer")
            return 0
