"""Where a call learns the lists that its caller is on: Redis, else the snapshot of this machine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from ivr.domain.errors import StorageUnavailable
from ivr.storage.disk.listed_snapshot import ListedSnapshotReader
from ivr.storage.menu_source import QUIET_S, REST_S
from ivr.storage.redis.listed_numbers import ListedReader

log = logging.getLogger(__name__)


class ListedSource:
    """One for each process, for greenlets. After Redis has failed it is not asked for a moment, so that a frozen one
    delays one call and not every call."""

    def __init__(
        self,
        cache: ListedReader,
        snapshot: ListedSnapshotReader,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = cache
        self._snapshot = snapshot
        self._clock = clock
        self._rest_until = float("-inf")
        self._quiet_until = float("-inf")

    def lists_of(self, number: str, moment: datetime) -> frozenset[str]:
        """The lists that a number is on at a moment: one request to Redis, or none. Raises StorageUnavailable when
        neither store can say."""
        if self._clock() >= self._rest_until:
            try:
                return self._cache.lists_of(number, moment)
            except StorageUnavailable as error:
                self._rest_until = self._clock() + REST_S
                self._say(error)
            except ValueError as error:  # forged, or malformed
                self._say(error)
        return self._snapshot.lists_of(number, moment)

    def _say(self, error: Exception) -> None:
        if self._clock() >= self._quiet_until:
            self._quiet_until = self._clock() + QUIET_S
            log.error("%s: calls use this machine's copy of the lists", error)
