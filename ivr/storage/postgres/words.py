"""The installation's list of words in Postgres: one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from psycopg.types.json import Json

from ivr.domain.said.own_words import OwnWords
from ivr.ports.checks import accept
from ivr.ports.words import WordList
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database

_READ = "select version, updated_at, words from word_list"


class PostgresWords:
    """A WordStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> WordList:
        return _read(self._database.fetch_one(_READ))

    def put(
        self, words: OwnWords, *, actor: str, check: Callable[[WordList], object] = accept
    ) -> WordList:
        with self._database.transaction() as connection:
            # The first write makes the row, of which a second one at the same time is told by its lock.
            connection.execute("insert into word_list (words, version) values ('{}', 0) on conflict do nothing")
            before = _read(connection.execute(_READ + " for update").fetchone())
            check(before)
            if before.words == words:
                return before
            row = connection.execute(
                "update word_list set words = %s, version = version + 1, updated_at = clock_timestamp()"
                " returning version, updated_at, words",
                (Json(dict(words)),),
            ).fetchone()
            write_audit(connection, actor, "words.put", "words", dict(before.words), dict(words))
            return _read(row)


def _read(row: Mapping[str, Any] | None) -> WordList:
    return WordList() if row is None else WordList(row["version"], row["updated_at"], row["words"])
