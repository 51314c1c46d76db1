"""The audit log: who changed what, and how it was before."""

from __future__ import annotations

import json
from typing import Any

from psycopg.types.json import Json

from ivr.domain.errors import InvalidCursor
from ivr.ports.audit import AuditEntry
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.database import Connection, Database, clean_text
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_cursor, within_bytes

_SHOWN = ("at", "actor", "action", "subject", "before", "after")
_SIZE = "coalesce(octet_length(before::text), 0) + coalesce(octet_length(after::text), 0)"
_CONDITIONS = {
    "subject": "subject = %(subject)s",
    "actor": "actor = %(actor)s",
    "action": "(action = %(action)s or starts_with(action, %(action)s || '.'))",
    "below": "id < %(below)s",
}


class PostgresAuditLog:
    """An AuditLog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, actor: str, action: str, subject: str, *, before: Any = None, after: Any = None) -> None:
        with self._database.transaction() as connection:
            write_audit(connection, actor, action, subject, before, after)

    def list(
        self,
        *,
        subject: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ListPage[AuditEntry]:
        wanted = {"subject": subject, "actor": actor, "action": action, "below": _below(cursor)}
        values = {name: clean_text(value) for name, value in wanted.items() if value is not None}
        # Only the conditions in use: a plan that must suit every query uses no index.
        where = f"where {' and '.join(_CONDITIONS[name] for name in values)}" if values else ""
        found = f"select id, {', '.join(_SHOWN)} from audit_log {where} order by id desc limit %(limit)s"  # noqa: S608
        with self._database.transaction() as connection:
            rows = connection.execute(
                within_bytes(found, "id desc", _SIZE), {**values, "limit": rows_wanted(limit)}
            ).fetchall()
        return make_page(
            rows,
            limit,
            lambda row: AuditEntry(**{name: row[name] for name in _SHOWN}),
            lambda row: pack_cursor(str(row["id"])),
            more=bool(rows and rows[-1]["more"]),
        )


def _below(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    (text,) = unpack_cursor(cursor, 1)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidCursor("this cursor was not made by this list")
    return int(text)


def write_audit(
    connection: Connection, actor: str, action: str, subject: str, before: Any, after: Any
) -> None:
    """Log a change in its own transaction. `before` and `after` are JSON values."""
    connection.execute(
        "insert into audit_log (actor, action, subject, before, after) values (%s, %s, %s, %s, %s)",
        (clean_text(actor), action, subject, _json(before), _json(after)),
    )


def _json(value: Any) -> Json | None:
    return None if value is None else Json(clean_text(value), dumps=lambda data: json.dumps(data, default=str))
