"""Counters of wrong keys per address and of requests per API key, shared by all processes through Redis."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import redis

from admin.http.addresses import household

log = logging.getLogger("admin.http.limits")

_MAX_NAMES = 10_000
_WRONG = "digitree:wrong-keys:"
_GOOD = "digitree:good-key:"
_GOOD_S = 86_400
_REQUESTS = "digitree:requests:"
# The maximum age of the other processes' count, and the pause after Redis failed to answer.
_SYNC_S = 0.25
_PAUSE_S = 5.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """The use of a name's fixed window; the next one begins in `reset_s` seconds."""

    limit: int
    remaining: int
    reset_s: int
    period_s: int
    exceeded: bool


class Limiter:
    """`limit` requests per name in each fixed window of `period_s` seconds, counted in this process."""

    def __init__(self, limit: int, period_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.period_s = period_s
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def count(self, name: str) -> Window:
        """One more for this name."""
        return self._window(name, 1)

    def give_back(self, name: str) -> None:
        """One less."""
        self._window(name, -1)

    def look(self, name: str) -> Window:
        """The current window, without counting."""
        return self._window(name, 0)

    def _window(self, name: str, step: int) -> Window:
        number, past = divmod(self._clock(), self.period_s)
        window, used = self._counts.get(name, (int(number), 0))
        used = max(0, (used if window == int(number) else 0) + step)
        if step:
            self._counts.pop(name, None)
            self._counts[name] = (int(number), used)
            if len(self._counts) > _MAX_NAMES:
                self._counts.popitem(last=False)
        reset_s = max(1, round(self.period_s - past))
        return Window(self.limit, max(0, self.limit - used), reset_s, self.period_s, used > self.limit)


@dataclass(slots=True)
class _Used:
    """One name's window: requests counted here, those of them that Redis knows (`synced`), and those of other
    processes."""

    window: int
    here: int = 0
    synced: int = 0
    elsewhere: int = 0
    synced_at: float = -math.inf


class SharedLimits:
    """`limit` requests per name in each fixed window of `period_s` seconds, over all processes that share the Redis.

    A process adds its count to Redis once it has used a twentieth of what is left, and at the latest with the first
    request after _SYNC_S: far from the limit a busy key costs four round trips a second, near the limit every request
    is counted exactly. While Redis is away (`client` None: always) each process counts on its own.
    """

    def __init__(
        self, client: redis.Redis | None, limit: int, period_s: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self.limit = limit
        self.period_s = period_s
        self._clock = clock
        self._counts: OrderedDict[str, _Used] = OrderedDict()
        self._paused_until = -math.inf

    def count(self, name: str) -> Window:
        """One more for this name."""
        now = self._clock()
        number, past = divmod(now, self.period_s)
        used = self._counts.pop(name, None)
        if used is None or used.window != int(number):
            used = _Used(int(number))
        self._counts[name] = used
        if len(self._counts) > _MAX_NAMES:
            self._counts.popitem(last=False)
        used.here += 1
        left = self.limit - used.here - used.elsewhere
        if now - used.synced_at >= _SYNC_S or (used.here - used.synced) * 20 >= left >= 0:
            self._sync(name, used, now)
        total = used.here + used.elsewhere
        reset_s = max(1, round(self.period_s - past))
        return Window(self.limit, max(0, self.limit - total), reset_s, self.period_s, total > self.limit)

    def _sync(self, name: str, used: _Used, now: float) -> None:
        if self._client is None or now < self._paused_until:
            return
        used.synced_at = now
        new, used.synced = used.here - used.synced, used.here
        key = f"{_REQUESTS}{name}:{used.window}"
        try:
            with self._client.pipeline(transaction=False) as pipe:
                pipe.incrby(key, new)
                pipe.expire(key, 2 * self.period_s)
                total = int(pipe.execute()[0])
        except redis.RedisError:
            used.synced -= new
            self._paused_until = now + _PAUSE_S
            log.warning("requests are counted in this process alone: Redis does not answer")
            return
        # Other greenlets may have counted while Redis answered: those requests are in `here`, not in `total`.
        used.elsewhere = max(0, total - used.synced)


class Guesses:
    """Wrong keys per address, `limit` in `period_s`, and the addresses from which each key was verified. Shared by
    all processes through Redis; counted in this process alone while Redis is away (`client` None: always)."""

    def __init__(self, client: redis.Redis | None, limit: int = 20, period_s: int = 60) -> None:
        self._client = client
        self._local = Limiter(limit, period_s)
        self._good: OrderedDict[str, None] = OrderedDict()
        self.limit = limit
        self.period_s = period_s

    def exceeded(self, address: str) -> bool:
        """Whether this address has used up its guesses."""
        address = household(address)
        if self._local.look(address).remaining == 0:
            return True
        return self._shared(lambda client: int(client.get(_WRONG + address) or 0), 0) >= self.limit

    def count(self, address: str) -> None:
        """One more wrong key."""
        address = household(address)
        self._local.count(address)
        self._add(address, 1)

    def take(self, address: str) -> bool:
        """Count a guess before it is checked; False when this address has used up its guesses."""
        address = household(address)
        if self._local.look(address).remaining == 0:
            return False
        self._local.count(address)
        return self._add(address, 1) <= self.limit

    def give_back(self, address: str) -> None:
        """Uncount a guess that turned out to be right."""
        address = household(address)
        self._local.give_back(address)
        self._add(address, -1)

    def _add(self, address: str, step: int) -> int:
        """The wrong keys over all processes; 0 while Redis is away."""

        def add(client: redis.Redis) -> int:
            with client.pipeline() as pipe:
                pipe.set(_WRONG + address, 0, ex=self.period_s, nx=True)
                pipe.incrby(_WRONG + address, step)
                return int(pipe.execute()[1])

        return self._shared(add, 0)

    def note_good(self, digest: bytes, address: str) -> None:
        """Note that this key was verified from this address."""
        name = _good_name(digest, address)
        if name in self._good:
            return
        self._good[name] = None
        if len(self._good) > _MAX_NAMES:
            self._good.popitem(last=False)
        self._shared(lambda client: client.set(name, 1, ex=_GOOD_S), None)

    def was_good(self, digest: bytes, address: str) -> bool:
        """Whether this key was verified from this address within _GOOD_S."""
        name = _good_name(digest, address)
        return name in self._good or self._shared(lambda client: bool(client.exists(name)), False)

    def _shared(self, ask: Callable[[redis.Redis], T], otherwise: T) -> T:
        if self._client is None:
            return otherwise
        try:
            return ask(self._client)
        except (redis.RedisError, ValueError):
            log.warning("wrong keys are counted in this process alone: Redis does not answer, or with no number")
            return otherwise


def _good_name(digest: bytes, address: str) -> str:
    """Salted with the address, so that an entry in Redis is of no use elsewhere."""
    return _GOOD + hashlib.sha256(digest + address.encode()).hexdigest()
