"""Saved filters in Postgres."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from psycopg.types.json import Jsonb

from ivr.ports.saved_filters import MAX_FILTERS, SavedFilter
from ivr.storage.postgres.database import Database


class PostgresSavedFilters:
    """A SavedFilterStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, owner: str) -> Sequence[SavedFilter]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select filter_id, name, query from saved_filter where owner = %s order by lower(name), name",
                (owner,),
            ).fetchall()
        return [SavedFilter(**row) for row in rows]

    def save(self, owner: str, name: str, query: Mapping[str, str]) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "insert into saved_filter (filter_id, owner, name, query) values (%s, %s, %s, %s)"
                " on conflict (owner, name) do update set query = excluded.query, created_at = now()",
                (f"filter_{secrets.token_hex(8)}", owner, name, Jsonb(dict(query))),
            )
            connection.execute(
                "delete from saved_filter where filter_id in (select filter_id from saved_filter where owner = %s"
                " order by created_at desc, filter_id offset %s)",
                (owner, MAX_FILTERS),
            )

    def rename(self, owner: str, filter_id: str, name: str) -> bool:
        with self._database.transaction() as connection:
            done = connection.execute(
                "update saved_filter set name = %(name)s where owner = %(owner)s and filter_id = %(id)s"
                " and not exists (select from saved_filter other where other.owner = %(owner)s"
                " and other.name = %(name)s and other.filter_id <> %(id)s)",
                {"owner": owner, "id": filter_id, "name": name},
            )
        return done.rowcount == 1

    def delete(self, owner: str, filter_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "delete from saved_filter where owner = %s and filter_id = %s", (owner, filter_id)
            )
