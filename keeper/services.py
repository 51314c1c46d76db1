"""Keeps the services in Redis and on this machine's disk in step with Postgres."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from ivr.domain.errors import StorageError
from ivr.domain.service_table import table_text
from ivr.storage.disk.service_snapshot import write_services
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.services import all_services
from ivr.storage.redis.services import ServicesWriter
from ivr.storage.service_publisher import PostgresServicePublisher

log = logging.getLogger(__name__)

EVERY_S = 1.0
REST_S = 2.0


class ServiceKeeper:
    def __init__(self, database: Database, cache: ServicesWriter, snapshot: Path) -> None:
        self._database = database
        self._publisher = PostgresServicePublisher(database, cache)
        self._snapshot = snapshot

    def look(self) -> None:
        """Redis and the file do not depend on each other; raises StorageUnavailable (OSError) after both were
        tried."""
        try:
            self._publisher.publish()
        finally:
            with all_services(self._database) as services:
                text = table_text(services)
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
                log.debug("services are not in step: %s", error)
