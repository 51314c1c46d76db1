"""Notices as calls leave them, written into Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ivr.domain.notices import Notice
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.notice_outbox import write_notice

_BEGAN = datetime(2026, 7, 1, tzinfo=UTC)


def leave(database: Database, *notices: tuple[str, str]) -> None:
    """Notices of (id, service), each a second after the one before it, of the calls call_0, call_1 and so on."""
    with database.transaction() as connection:
        for number, (message_id, name) in enumerate(notices):
            left_at = _BEGAN + timedelta(seconds=number)
            write_notice(connection, Notice(message_id, name, f"call_{number}", "x" * 80, left_at))


def give_up(database: Database) -> None:
    """All that wait are dead."""
    with database.transaction() as connection:
        connection.execute("update service_notice set state = 'dead', attempts = 11, status = 500")
