"""Counting: wrong keys per address (shared through Redis) and requests per key (in this process)."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import redis

log = logging.getLogger("admin.limits")

_MAX_NAMES = 10_000
_WRONG = "digitree:wrong-keys:"
_GOOD = "digitree:good-key:"
_GOOD_S = 86_400

T = TypeVar("T")


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


class Guesses:
    """Wrong keys per address, `limit` in `period_s`, and which keys were good from where. Shared by all processes
    through Redis; in this one alone while Redis is away (`client` None: always)."""

    def __init__(self, client: redis.Redis | None, limit: int = 20, period_s: int = 60) -> None:
        self._client = client
        self._local = Limits(limit, period_s)
        self._good: OrderedDict[str, None] = OrderedDict()
        self.limit = limit
        self.period_s = period_s

    def exceeded(self, address: str) -> bool:
        """Whether this address has used up its tries."""
        if self._local.look(address).remaining == 0:
            return True
        return self._shared(lambda client: int(client.get(_WRONG + address) or 0), 0) >= self.limit

    def count(self, address: str) -> None:
        """One more wrong key."""
        self._local.count(address)

        def add(client: redis.Redis) -> None:
            with client.pipeline() as pipe:
                pipe.set(_WRONG + address, 0, ex=self.period_s, nx=True)
                pipe.incr(_WRONG + address)
                pipe.execute()

        self._shared(add, None)

    def note_good(self, digest: bytes, address: str) -> None:
        """This key is good, from there."""
        name = _good_name(digest, address)
        if name in self._good:
            return
        self._good[name] = None
        if len(self._good) > _MAX_NAMES:
            self._good.popitem(last=False)
        self._shared(lambda client: client.set(name, 1, ex=_GOOD_S), None)

    def was_good(self, digest: bytes, address: str) -> bool:
        """Whether this key was good from there lately."""
        name = _good_name(digest, address)
        return name in self._good or self._shared(lambda client: bool(client.exists(name)), False)

    def _shared(self, ask: Callable[[redis.Redis], T], otherwise: T) -> T:
        if self._client is None:
            return otherwise
        try:
            return ask(self._client)
        except redis.RedisError:
            log.warning("wrong keys are counted in this process alone: Redis does not answer")
            return otherwise


def _good_name(digest: bytes, address: str) -> str:
    """Not the key's own hash, so that what lies in Redis is of no use elsewhere."""
    return _GOOD + hashlib.sha256(digest + address.encode()).hexdigest()
