"""Keeps a text that is made of all rows of a kind in Redis and on this machine's disk in step with Postgres."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from ivr.domain.errors import StorageError
from ivr.storage.disk.text_snapshot import write_text
from ivr.storage.postgres.database import Database
from ivr.storage.redis.published_text import PublishedTextWriter
from ivr.storage.text_publisher import ReadText, TextPublisher

log = logging.getLogger(__name__)

EVERY_S = 1.0
REST_S = 2.0


class PublishedTextKeeper:
    def __init__(self, database: Database, cache: PublishedTextWriter, read: ReadText, snapshot: Path) -> None:
        self._database = database
        self._cache = cache
        self._read = read
        self._publisher = TextPublisher(database, cache, read)
        self._snapshot = snapshot

    def look(self) -> None:
        """Redis and the file do not depend on each other; raises StorageUnavailable (OSError) after both were
        tried."""
        try:
            self._publisher.publish()
        finally:
            with self._read(self._database) as text:
                pass
            write_text(self._snapshot, text)

    def run(self, stopping: threading.Event) -> None:
        """Look again and again."""
        wait_s = 0.0
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.look()
            except (StorageError, OSError, ValueError) as error:
                wait_s = REST_S
                log.debug("%s are not in step: %s", self._cache.NAME, error)
