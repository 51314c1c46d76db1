"""Notices for services and messages for channels in Postgres: looked at and sent again. What one says is sealed, and
no part of this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ivr.domain.channels.message import MessageState
from ivr.domain.channels.names import CHANNEL_KINDS, reference
from ivr.ports.notices import LeftNotice
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.notice_outbox import FOR_CHANNELS
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_LEFT = """
    select message_id, service, call_id, state, attempts, left_at, tried_at, status, error,
        case when state = 'waiting' then next_at end as next_at
    from service_notice n
"""
_NOTICE = f"{_LEFT} where service = any(%(receivers)s)"
_AGAIN = """
    update service_notice set state = 'waiting', attempts = 0, next_at = clock_timestamp(),
        waits_since = clock_timestamp()
    where service = any(%(receivers)s) and state = 'dead'
"""


class PostgresNotices:
    """A NoticeStore."""

    # In the audit log.
    what = "service"

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        service: str,
        state: MessageState | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ListPage[LeftNotice]:
        after = unpack_time_cursor(cursor)
        wanted: dict[str, Any] = {"receivers": self._receivers(service), "state": state, "limit": rows_wanted(limit)}
        found = _NOTICE + (" and state = %(state)s" if state is not None else "")
        if after is not None:
            wanted |= {"at": after[0], "id": after[1]}
            found += " and (left_at, message_id) < (%(at)s, %(id)s)"
        with self._database.transaction() as connection:
            rows = connection.execute(f"{found} order by left_at desc, message_id desc limit %(limit)s", wanted)
            return make_page(
                rows.fetchall(), limit, lambda row: LeftNotice(**row),
                lambda row: pack_cursor(row["left_at"].isoformat(), row["message_id"]),
            )  # fmt: skip

    def replay(self, service: str, message_id: str, *, actor: str) -> LeftNotice | None:
        wanted = {"receivers": self._receivers(service), "message_id": message_id}
        with self._database.transaction() as connection:
            if connection.execute(_AGAIN + " and message_id = %(message_id)s", wanted).rowcount:
                write_audit(connection, actor, *self._replay_of(service), None, {"message_id": message_id})
            row = connection.execute(_NOTICE + " and message_id = %(message_id)s", wanted).fetchone()
        return LeftNotice(**row) if row else None

    def replay_dead(self, service: str, *, actor: str) -> int:
        with self._database.transaction() as connection:
            count = connection.execute(_AGAIN, {"receivers": self._receivers(service)}).rowcount
            if count:
                write_audit(connection, actor, *self._replay_of(service), None, {"replayed": count})
        return count

    def _replay_of(self, name: str) -> tuple[str, str]:
        return f"{self.what}.replay", f"{self.what}/{name}"

    def _receivers(self, name: str) -> Sequence[str]:
        return [name]


class PostgresMessages(PostgresNotices):
    """A MessageStore."""

    what = "channel"

    def of_call(self, call_id: str) -> Sequence[LeftNotice]:
        found = f"{_LEFT} where call_id = %s and {FOR_CHANNELS} order by order_no"
        with self._database.transaction() as connection:
            return [LeftNotice(**row) for row in connection.execute(found, (call_id,)).fetchall()]

    def given_up(self, since: datetime) -> int:
        dead = f"from service_notice n where state = 'dead' and tried_at >= %s and {FOR_CHANNELS}"
        row = self._database.fetch_one(f"select count(*) as n {dead}", (since,))
        return int(row["n"]) if row else 0

    def _receivers(self, name: str) -> Sequence[str]:
        return [reference(kind, name) for kind in CHANNEL_KINDS]
