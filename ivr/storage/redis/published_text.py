"""One signed text in Redis, made of all rows of a kind: written by its publisher alone, read by calls."""

from __future__ import annotations

from typing import Any, ClassVar

from ivr.domain.errors import StorageUnavailable
from ivr.domain.signed_values import SignedValues
from ivr.storage.redis.menu_cache import PREFIX, READ_TIMEOUT_S, WRITE_TIMEOUT_S, connect
from ivr.storage.redis.unavailable import translated


class PublishedText:
    """A text under `digitree:` and its `NAME`. `_redis` and `_signed` are for the reader and the writer of it."""

    NAME: ClassVar[str]

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)
        self._signed = signed
        self._key = PREFIX + self.NAME

    def close(self) -> None:
        self._redis.close()


class PublishedTextReader(PublishedText):
    """For calls: short time-outs, no retries."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        super().__init__(url, signed, timeout_s=timeout_s)

    def text(self) -> bytes:
        """Raises StorageUnavailable, also where Redis has none, and ForgedValue."""
        with translated():
            found = self._redis.get(self._key)
        if found is None:
            raise StorageUnavailable(f"Redis has no {self.NAME}")
        return self._signed.value(self._key, found)


class PublishedTextWriter(PublishedText):
    """For the publisher. Raises StorageUnavailable."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        super().__init__(url, signed, timeout_s=timeout_s)

    def write(self, text: str) -> None:
        """Write this text unless it is there."""
        signed = self._signed.sign(self._key, text)
        with translated():
            if self._redis.get(self._key) != signed:
                self._redis.set(self._key, signed)
