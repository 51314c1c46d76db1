"""Brings a text in Redis that is made of all rows of a kind in step with Postgres: the one place that writes it.

It is small and built from all rows each time, so changes need no record of their own: the next process that
publishes, the admin app or the keeper, writes what is stored then.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from ivr.storage.postgres.database import Database
from ivr.storage.redis.published_text import PublishedTextWriter

# Holds the publishers' lock while the text is used.
ReadText = Callable[[Database], AbstractContextManager[str]]


class TextPublisher:
    """A ServicePublisher or PeoplePublisher."""

    def __init__(self, database: Database, cache: PublishedTextWriter, read: ReadText) -> None:
        self._database = database
        self._cache = cache
        self._read = read

    def publish(self) -> None:
        with self._read(self._database) as text:
            self._cache.write(text)
