"""The health of agents' targets over all processes, in Redis. No call depends on it.

| key | holds |
|---|---|
| `digitree:agents:failed` | target -> failures in a row, over all processes; expires an hour after the last one |
| `digitree:agents:resting` | target by the time (epoch seconds) until which it rests |
| `digitree:agents:suspects` | targets that rest and were unreachable: the keeper probes them with OPTIONS |
| `digitree:agents:silent` | target by the time until which it counts as not answering OPTIONS |
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import redis

from ivr.domain.errors import StorageUnavailable
from ivr.storage.redis.menu_cache import PREFIX, connect

_FAILED = PREFIX + "agents:failed"
_RESTING = PREFIX + "agents:resting"
_SUSPECTS = PREFIX + "agents:suspects"
_SILENT = PREFIX + "agents:silent"
_KEPT_S = 3600
_MOST = 1000
_TIMEOUT_S = 1.0


class Noted(NamedTuple):
    """What a process saw of a target since its last report: whether it was `well`, and its failures in a row after
    that."""

    well: bool = False
    failures: int = 0
    suspect: bool = False


class KnownTargets(NamedTuple):
    """Targets that rest now, and those that do not answer OPTIONS."""

    resting: frozenset[str]
    silent: frozenset[str]


class AgentHealth:
    """Raises StorageUnavailable."""

    def __init__(self, url: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)

    def exchange(self, noted: Mapping[str, Noted], failures_in_a_row: int, rest_s: float) -> KnownTargets:
        """Report what was seen; returns what is known over all processes then."""
        now = time.time()
        try:
            if noted:
                self._tell(noted, failures_in_a_row, now + rest_s)
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.zrangebyscore(_RESTING, now, "+inf", start=0, num=_MOST)
                pipe.zrangebyscore(_SILENT, now, "+inf", start=0, num=_MOST)
                resting, silent = pipe.execute()
        except redis.RedisError as error:
            raise StorageUnavailable(f"Redis: {type(error).__name__}") from error
        return KnownTargets(*(frozenset(each.decode() for each in found) for found in (resting, silent)))

    def suspects(self) -> set[str]:
        """Targets to probe; forgets those that were not reported for an hour."""
        try:
            return {each.decode() for each in self._redis.srandmember(_SUSPECTS, _MOST)}
        except redis.RedisError as error:
            raise StorageUnavailable(f"Redis: {type(error).__name__}") from error

    def probed(self, answering: Iterable[str], silent: Iterable[str], valid_s: float) -> None:
        """Record the results of OPTIONS, which count for `valid_s`."""
        there, gone, until = list(answering), list(silent), time.time() + valid_s
        try:
            with self._redis.pipeline(transaction=True) as multi:
                if there:
                    multi.srem(_SUSPECTS, *there)
                    multi.zrem(_SILENT, *there)
                if gone:
                    multi.zadd(_SILENT, dict.fromkeys(gone, until))
                    multi.expire(_SILENT, _KEPT_S)
                multi.execute()
        except redis.RedisError as error:
            raise StorageUnavailable(f"Redis: {type(error).__name__}") from error

    def _tell(self, noted: Mapping[str, Noted], failures_in_a_row: int, until: float) -> None:
        failing = [uri for uri, each in noted.items() if each.failures]
        with self._redis.pipeline(transaction=True) as multi:
            for uri, each in noted.items():
                if each.well:
                    multi.hdel(_FAILED, uri)
                    multi.zrem(_RESTING, uri)
                    multi.zrem(_SILENT, uri)
                    multi.srem(_SUSPECTS, uri)
            for uri in failing:
                multi.hincrby(_FAILED, uri, noted[uri].failures)
            if failing:
                multi.expire(_FAILED, _KEPT_S)
            counts = multi.execute()[-len(failing) - 1 : -1] if failing else multi.execute()[:0]
        tired = {uri: until for uri, count in zip(failing, counts, strict=True) if int(count) >= failures_in_a_row}
        if tired:
            self._redis.zadd(_RESTING, tired)
            self._redis.expire(_RESTING, _KEPT_S)
            suspects = [uri for uri in tired if noted[uri].suspect]
            if suspects:
                self._redis.sadd(_SUSPECTS, *suspects)
                self._redis.expire(_SUSPECTS, _KEPT_S)
            self._redis.zremrangebyscore(_RESTING, 0, time.time() - 1)
