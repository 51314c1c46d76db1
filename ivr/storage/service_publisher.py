"""Brings the services in Redis in step with Postgres: the one place that writes them.

They are one small text, which is made of all rows each time, so a change need not be noted: the next process that
publishes, the admin app or the keeper, writes what is stored then.
"""

from __future__ import annotations

from ivr.domain.service_table import table_text
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.services import all_services
from ivr.storage.redis.services import ServicesWriter


class PostgresServicePublisher:
    """A ServicePublisher."""

    def __init__(self, database: Database, cache: ServicesWriter) -> None:
        self._database = database
        self._cache = cache

    def publish(self) -> None:
        with all_services(self._database) as services:
            self._cache.write(table_text(services))
