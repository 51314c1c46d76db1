"""Keeps the people in Redis and on this machine's disk in step with Postgres."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from ivr.domain.errors import StorageError
from ivr.storage.disk.service_snapshot import write_services
from ivr.storage.people_publisher import PostgresPeoplePublisher
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.people import people_text
from ivr.storage.redis.people import PeopleWriter

log = logging.getLogger(__name__)

EVERY_S = 1.0
REST_S = 2.0

class PeopleKeeper:
    def __init__(self, database: Database, cache: PeopleWriter, snapshot: Path) -> None:
        self._database = database
        self._publisher = PostgresPeoplePublisher(database, cache)
        self._snapshot = snapshot

    def look(self) -> None:
        """Redis and the file do not depend on each other; raises StorageUnavailable (OSError) after both were
        tried."""
        try:
            self._publisher.publish()
        finally:
            with people_text(self._database) as text:
                pass
            write_services(self._snapshot, text)

    def run(self, stopping: threading.Event) -> None:
        """Look again and again."""
        wait_s = 0.0
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.look()
            except (StorageError, OSError, ValueError) as error:
                wait_s = REST_S
                log.debug("people are not in step: %s", error)
