"""Reports of menus that were brought in, in Postgres: a row a menu, gone with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Json

from ivr.ports.menu_imports import ImportNotFound, StoredImport
from ivr.ports.menus import StoredMenu
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.menus import read_menu, write_version

_NONE = "this menu has no report of where it was brought in from; it was made here, or the report was put away"


class PostgresImports:
    """An ImportStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, ivr_id: str, document: Mapping[str, Any], report: Mapping[str, Any], *, actor: str
    ) -> StoredMenu:
        with self._database.transaction() as connection:
            connection.execute("insert into ivr (id, name, version) values (%s, %s, 1)", (ivr_id, document["name"]))
            write_version(connection, ivr_id, 1, document, actor)
            connection.execute("insert into ivr_import (ivr_id, report) values (%s, %s)", (ivr_id, Json(report)))
            write_audit(connection, actor, "ivr.import", ivr_id, None, document)
            return read_menu(connection, ivr_id)

    def get(self, ivr_id: str) -> StoredImport:
        row = self._database.fetch_one("select report, made_at from ivr_import where ivr_id = %s", (ivr_id,))
        if row is None:
            raise ImportNotFound(_NONE)
        return StoredImport(row["report"], row["made_at"])

    def delete(self, ivr_id: str, *, actor: str) -> None:
        with self._database.transaction() as connection:
            gone = connection.execute("delete from ivr_import where ivr_id = %s", (ivr_id,))
            if gone.rowcount == 0:
                raise ImportNotFound(_NONE)
            write_audit(connection, actor, "ivr.import_done", ivr_id, None, None)
