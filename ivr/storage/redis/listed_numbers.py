"""The lists of numbers in Redis, as calls read them. Written by `ivr.storage.listed_publisher` alone, under its lock.

| key | holds |
|---|---|
| `digitree:listed:<E164>` | the lists that it is on (`ivr.domain.number_lists`); expires with the last of them |
| `digitree:listed-complete` | exists while every listed number has its key; holds the generation |

Both are signed (`ivr.domain.signed_values`). One request reads both, whatever lists are asked.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from ivr.domain.errors import StorageUnavailable
from ivr.domain.number_lists import lists_at, lists_text
from ivr.domain.signed_values import ForgedValue, SignedValues
from ivr.storage.redis.chunks import chunks
from ivr.storage.redis.menu_cache import PREFIX, READ_TIMEOUT_S, WRITE_TIMEOUT_S, connect
from ivr.storage.redis.unavailable import translated

COMPLETE = PREFIX + "listed-complete"
_CHUNK = 1000

# The lists that a number is on, each with its end there.
Lists: TypeAlias = Mapping[str, datetime | None]


def listed_key(number: str) -> str:
    return f"{PREFIX}listed:{number}"


class ListedReader:
    """For calls: short time-outs, no retries."""

    def __init__(
        self, url: str, signed: SignedValues, *, timeout_s: float = READ_TIMEOUT_S, max_connections: int = 16
    ) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=max_connections)
        self._signed = signed

    def lists_of(self, number: str, moment: datetime) -> frozenset[str]:
        """The lists that a number is on at a moment, in one round trip. Raises StorageUnavailable, also where it
        cannot be known, and ForgedValue."""
        key = listed_key(number)
        with translated():
            found, complete = self._redis.mget([key, COMPLETE])
        if found is not None:
            return lists_at(self._signed.value(key, found), moment)
        if complete is None:
            raise StorageUnavailable("Redis does not have all listed numbers")
        self._signed.value(COMPLETE, complete)
        return frozenset()

    def close(self) -> None:
        self._redis.close()


class ListedWriter:
    """For the publisher. Raises StorageUnavailable; every write may be repeated."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=4)
        self._signed = signed

    def write(self, known: Mapping[str, Lists], *, generation: tuple[str | None, str]) -> None:
        """Write what is known of these numbers; one that is on no list loses its key. `generation` (from, to) changes
        the complete marker if and only if it is at `from`."""
        with translated():
            before = self._generation(self._redis.get(COMPLETE))
            for some in chunks(known.items(), _CHUNK):
                self._put(some)
            if before == generation[0]:
                # xx: if Redis loses everything at this moment, the marker must not come back alone.
                self._redis.set(COMPLETE, self._signed.sign(COMPLETE, generation[1]), xx=True)

    def rebuild(self, known: Iterable[tuple[str, Lists]], generation: str) -> int:
        """Write everything, remove what no longer exists, then set the marker; returns the count of numbers."""
        witness = f"{PREFIX}rebuild-listed:{secrets.token_hex(8)}"
        keys: set[str] = set()
        with translated():
            # Missing at the end when Redis was emptied meanwhile: then the marker would be false.
            self._redis.set(witness, "1", ex=600)
            for some in chunks(known, _CHUNK):
                self._put(some)
                keys.update(listed_key(number) for number, _ in some)
            found = (key.decode("utf-8", "replace") for key in self._redis.scan_iter(listed_key("*"), count=1000))
            for strays in chunks((key for key in found if key not in keys), _CHUNK):
                self._redis.delete(*strays)
            with self._redis.pipeline(transaction=True) as multi:
                multi.watch(witness)
                if not multi.exists(witness):
                    raise StorageUnavailable("Redis was emptied while it was being filled")
                multi.multi()
                multi.set(COMPLETE, self._signed.sign(COMPLETE, generation))
                multi.delete(witness)
                multi.execute()
        return len(keys)

    def generation(self) -> str | None:
        """The generation in the complete marker; None without a valid one."""
        with translated():
            return self._generation(self._redis.get(COMPLETE))

    def check(self) -> None:
        with translated():
            self._redis.ping()

    def close(self) -> None:
        self._redis.close()

    def _put(self, known: Iterable[tuple[str, Lists]]) -> None:
        with self._redis.pipeline(transaction=True) as multi:
            for number, lists in known:
                key = listed_key(number)
                ends = [end for end in lists.values() if end is not None]
                if not lists:
                    multi.delete(key)
                    continue
                multi.set(key, self._signed.sign(key, lists_text(lists)))
                if len(ends) == len(lists):
                    multi.expireat(key, math.ceil(max(ends).timestamp()))
            multi.execute()

    def _generation(self, marker: bytes | None) -> str | None:
        try:
            return None if marker is None else self._signed.value(COMPLETE, marker).decode()
        except ForgedValue:
            return None
