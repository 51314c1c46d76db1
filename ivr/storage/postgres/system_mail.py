"""The channel of the installation's own mail, and its way into the outbox of messages."""

from __future__ import annotations

from ivr.domain.call_records import utc_now
from ivr.domain.channels.names import reference
from ivr.domain.notices import Notice
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.notice_outbox import write_notice

CHOSEN = (
    "select c.name from system_mail s join channel c on c.name = s.channel where c.document ->> 'kind' = 'mail'"
)


class PostgresSystemMail:
    """A SystemMailStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def channel(self) -> str | None:
        row = self._database.fetch_one(CHOSEN)
        return row["name"] if row else None

    def choose(self, channel: str | None, *, actor: str) -> None:
        with self._database.transaction() as connection:
            connection.execute("insert into system_mail (channel) values (null) on conflict do nothing")
            before = connection.execute("select channel from system_mail for update").fetchone()
            connection.execute("update system_mail set channel = %s, updated_at = clock_timestamp()", (channel,))
            was = before["channel"] if before else None
            if was != channel:
                write_audit(connection, actor, "system_mail.choose", "system_mail", was, channel)

    def post(self, channel: str, message_id: str, sealed: str) -> None:
        with self._database.transaction() as connection:
            # Each stands alone: none waits for another as those of a call do.
            write_notice(connection, Notice(message_id, reference("mail", channel), message_id, sealed, utc_now()))
