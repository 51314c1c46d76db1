"""People in Redis, as calls read them: `digitree:people`, all of them as one signed text, written by the publisher
alone; and `digitree:people:idle`, when each of them last ended a talk (epoch milliseconds), written by calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ivr.domain.errors import StorageUnavailable
from ivr.domain.signed_values import SignedValues
from ivr.storage.redis.menu_cache import PREFIX, READ_TIMEOUT_S, WRITE_TIMEOUT_S, connect
from ivr.storage.redis.unavailable import translated

_KEY = PREFIX + "people"
_IDLE = PREFIX + "people:idle"


class PeopleReader:
    """For calls: short time-outs, no retries. Raises StorageUnavailable."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)
        self._signed = signed

    def text(self) -> bytes:
        """The text of `ivr.domain.people.table`. Raises ForgedValue, too."""
        with translated():
            found = self._redis.get(_KEY)
        if found is None:
            raise StorageUnavailable("Redis has no people")
        return self._signed.value(_KEY, found)

    def idle_since(self, names: Sequence[str]) -> list[int]:
        """When each of them last ended a talk; 0: not known."""
        with translated():
            return [int(each or 0) for each in self._redis.hmget(_IDLE, names)]

    def note_talk(self, name: str, ended_ms: int) -> None:
        with translated():
            self._redis.hset(_IDLE, name, ended_ms)

    def close(self) -> None:
        self._redis.close()


class PeopleWriter:
    """For the publisher. Raises StorageUnavailable."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)
        self._signed = signed

    def write(self, text: str) -> None:
        """Write this text unless it is there."""
        signed = self._signed.sign(_KEY, text)
        with translated():
            if self._redis.get(_KEY) != signed:
                self._redis.set(_KEY, signed)

    def close(self) -> None:
        self._redis.close()
