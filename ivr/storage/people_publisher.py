"""Brings the people in Redis in step with Postgres: the one place that writes them.

They are one small text, which is made of all rows each time, so a change need not be noted: the next process that
publishes writes what is stored then."""

from __future__ import annotations

from ivr.storage.postgres.database import Database
from ivr.storage.postgres.people import people_text
from ivr.storage.redis.people import PeopleWriter


class PostgresPeoplePublisher:
    """A PeoplePublisher."""

    def __init__(self, database: Database, cache: PeopleWriter) -> None:
        self._database = database
        self._cache = cache

    def publish(self) -> None:
        with people_text(self._database) as text:
            self._cache.write(text)
