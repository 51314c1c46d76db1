"""The audit log: who changed what, and how it was before."""

from __future__ import annotations

import json
from typing import Any

from psycopg.types.json import Json

from ivr.domain.access_ports import AuditEntry
from ivr.domain.errors import InvalidCursor
from ivr.domain.ports import DEFAULT_LIMIT, Page
from ivr.storage.database import Connection, Database, clean_text
from ivr.storage.paging import make_page, pack_cursor, rows_wanted, unpack_cursor, within_bytes

_SHOWN = ("at", "actor", "action", "subject", "before", "after")
_PAGE = within_bytes(
    """
    select id, at, actor, action, subject, before, after from audit_log
    where (%(subject)s::text is null or subject = %(subject)s)
        and (%(actor)s::text is null or actor = %(actor)s)
        and (%(action)s::text is null or action = %(action)s or starts_with(action, %(action)s || '.'))
        and (%(below)s::bigint is null or id < %(below)s)
    order by id desc limit %(limit)s
    """,
    "id desc",
    "coalesce(octet_length(before::text), 0) + coalesce(octet_length(after::text), 0)",
)


class PostgresAuditLog:
    """access_ports.AuditLog."""

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
    ) -> Page[AuditEntry]:
        wanted = clean_text({"subject": subject, "actor": actor, "action": action})
        below = None
        if cursor is not None:
            (text,) = unpack_cursor(cursor, 1)
            if not text.isascii() or not text.isdigit() or len(text) > 18:
                raise InvalidCursor("this cursor was not made by this list")
            below = int(text)
        with self._database.transaction() as connection:
            rows = connection.execute(
                _PAGE, {**wanted, "below": below, "limit": rows_wanted(limit)}
            ).fetchall()
        return make_page(
            rows,
            limit,
            lambda row: AuditEntry(**{name: row[name] for name in _SHOWN}),
            lambda row: pack_cursor(str(row["id"])),
            more=bool(rows and rows[-1]["more"]),
        )


def write_audit(
    connection: Connection, actor: str, action: str, subject: str, before: Any, after: Any
) -> None:
    """In the transaction of the change itself. `before` and `after` are JSON values."""
    connection.execute(
        "insert into audit_log (actor, action, subject, before, after) values (%s, %s, %s, %s, %s)",
        (clean_text(actor), action, subject, _json(before), _json(after)),
    )


def _json(value: Any) -> Json | None:
    return None if value is None else Json(clean_text(value), dumps=lambda data: json.dumps(data, default=str))
