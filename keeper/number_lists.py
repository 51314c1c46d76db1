"""Keeps the listed numbers in Redis and this machine's snapshot in step with Postgres, and lets entries go whose end
passed days ago."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError
from ivr.domain.number_lists import lists_text
from ivr.storage.disk.listed_snapshot import ListedSnapshotWriter
from ivr.storage.listed_publisher import PostgresListedPublisher
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.number_lists import prune_expired
from ivr.storage.redis.listed_numbers import ListedWriter

log = logging.getLogger(__name__)

EVERY_S = 1.0
COPY_EVERY_S = 3.0
PRUNE_EVERY_S = 3600.0
REST_S = 2.0


class NumberListKeeper:
    def __init__(self, database: Database, cache: ListedWriter, snapshot: Path) -> None:
        self._database = database
        self._publisher = PostgresListedPublisher(database, cache)
        self._snapshot_path = snapshot
        self._snapshot: ListedSnapshotWriter | None = None
        self._pruned_at = self._copied_at = float("-inf")

    def look(self) -> None:
        """Publish what was left unpublished, rebuild a Redis of another generation, refresh the snapshot, prune now
        and then. Redis and snapshot do not depend on each other; raises StorageUnavailable after both were tried."""
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S:
            self._pruned_at = time.monotonic()
            prune_expired(self._database, utc_now())
        try:
            self._publish()
        finally:
            self._copy()

    def _publish(self) -> None:
        self._publisher.publish()
        if not self._publisher.in_step():
            count = self._publisher.rebuild()
            log.info("the listed numbers in Redis were of another generation: rebuilt, %d numbers", count)

    def _copy(self) -> None:
        """Rewrite all numbers, but not after each of many changes."""
        if time.monotonic() - self._copied_at < COPY_EVERY_S:
            return
        self._snapshot = self._snapshot or ListedSnapshotWriter(self._snapshot_path)
        state = self._publisher.state()
        if state != self._snapshot.seen():
            listed = ((number, lists_text(lists)) for number, lists in self._publisher.all_listed())
            self._snapshot.replace(listed, state)
        self._copied_at = time.monotonic()

    def run(self, stopping: threading.Event) -> None:
        """Look again and again."""
        wait_s = 0.0
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.look()
            except (StorageError, OSError) as error:
                wait_s = REST_S
                log.debug("listed numbers are not in step: %s", error)
