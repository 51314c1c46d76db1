"""The services in Redis, as calls read them: `digitree:services`, all definitions as one signed text.

Written by `ivr.storage.service_publisher` alone. Secrets in it are sealed.
"""

from __future__ import annotations

from typing import Any

from ivr.domain.errors import StorageUnavailable
from ivr.domain.signed_values import SignedValues
from ivr.storage.redis.menu_cache import PREFIX, READ_TIMEOUT_S, WRITE_TIMEOUT_S, connect
from ivr.storage.redis.unavailable import translated

_KEY = PREFIX + "services"


class ServicesReader:
    """For calls: short time-outs, no retries."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)
        self._signed = signed

    def text(self) -> bytes:
        """The text of `ivr.domain.service_table`. Raises StorageUnavailable, also where Redis has none, and
        ForgedValue."""
        with translated():
            found = self._redis.get(_KEY)
        if found is None:
            raise StorageUnavailable("Redis has no services")
        return self._signed.value(_KEY, found)

    def close(self) -> None:
        self._redis.close()


class ServicesWriter:
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
