"""Keeps the listed numbers in Redis in step with Postgres, and lets entries go whose end passed days ago."""

from __future__ import annotations

import logging
import threading
import time

from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError
from ivr.storage.listed_publisher import PostgresListedPublisher
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.number_lists import prune_expired
from ivr.storage.redis.listed_numbers import ListedWriter

log = logging.getLogger(__name__)

EVERY_S = 1.0
PRUNE_EVERY_S = 3600.0
REST_S = 2.0


class NumberListKeeper:
    def __init__(self, database: Database, cache: ListedWriter) -> None:
        self._database = database
        self._publisher = PostgresListedPublisher(database, cache)
        self._pruned_at = float("-inf")

    def look(self) -> None:
        """Publish what was left unpublished, rebuild a Redis of another generation, prune now and then. Raises
        StorageUnavailable."""
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S:
            self._pruned_at = time.monotonic()
            prune_expired(self._database, utc_now())
        self._publisher.publish()
        if not self._publisher.in_step():
            count = self._publisher.rebuild()
            log.info("the listed numbers in Redis were of another generation: rebuilt, %d numbers", count)

    def run(self, stopping: threading.Event) -> None:
        """Look again and again."""
        wait_s = 0.0
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.look()
            except StorageError as error:
                wait_s = REST_S
                log.debug("listed numbers are not in step: %s", error)
