"""Where calls get the definitions of services from: this process's memory, renewed from Redis, else from the
machine's snapshot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from ivr.domain.errors import StorageUnavailable
from ivr.domain.service_definition import Service
from ivr.domain.service_table import parse_table
from ivr.storage.disk.text_snapshot import read_text
from ivr.storage.menu_source import QUIET_S

log = logging.getLogger(__name__)

RENEW_S = 1.0
# For a name that is not known: it may have been made a moment ago.
MISSED_S = 0.1


class ServicesText(Protocol):
    """Raises StorageUnavailable or ValueError."""

    def text(self) -> bytes: ...


class ServiceSource:
    """One for each process, for greenlets. At most one request to Redis in RENEW_S, whatever is asked; while it is
    under way others use what is known, and who asks for a name that is not known waits for it."""

    def __init__(
        self, cache: ServicesText, snapshot: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache = cache
        self._snapshot = snapshot
        self._clock = clock
        self._renewed_at = self._quiet_until = float("-inf")
        self._renewing = threading.Lock()
        self._text: bytes | None = None
        self._services: Mapping[str, Service] = {}

    def find(self, name: str) -> Service | None:
        """The service of this name; None where there is none, as far as is known. Does not raise."""
        is_known = name in self._services
        if self._is_due(is_known) and self._renewing.acquire(blocking=not is_known):
            try:
                if self._is_due(is_known):
                    self._renew()
                    self._renewed_at = self._clock()
            finally:
                self._renewing.release()
        return self._services.get(name)

    def _is_due(self, is_known: bool) -> bool:
        return self._clock() - self._renewed_at >= (RENEW_S if is_known else MISSED_S)

    def _renew(self) -> None:
        try:
            self._take(self._cache.text())
        except (StorageUnavailable, ValueError) as error:
            self._say(error)
            try:
                self._take(read_text(self._snapshot))
            except (StorageUnavailable, ValueError) as worse:
                self._say(worse)

    def _say(self, error: Exception) -> None:
        if self._clock() >= self._quiet_until:
            self._quiet_until = self._clock() + QUIET_S
            log.error("%s: services are those that this machine knows", error)

    def _take(self, text: bytes) -> None:
        if text != self._text:
            self._services, self._text = parse_table(text), text
