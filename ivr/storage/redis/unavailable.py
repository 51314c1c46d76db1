"""Redis that cannot be asked, as the error that all stores raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from ivr.domain.errors import StorageUnavailable


@contextmanager
def translated() -> Iterator[None]:
    """Raises StorageUnavailable for errors of Redis, and of the network, inside it."""
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise StorageUnavailable(f"Redis: {error}") from error
