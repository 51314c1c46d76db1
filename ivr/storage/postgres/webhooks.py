"""Webhooks in Postgres: their settings and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.call_records import new_id
from ivr.domain.webhooks import PING, ROTATION_S, Delivery, DeliveryState, Webhook
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.ports.webhooks import Check
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_COLUMNS = "webhook_id, url, events, ivr_id, active, why_inactive, created_at, updated_at"
_DELIVERY = """
    select d.message_id, m.event, m.subject, d.state, d.attempts, d.created_at, d.tried_at, d.status, d.error,
        d.took_ms, case when d.state = 'waiting' then d.next_at end as next_at
    from webhook_delivery d join webhook_message m using (message_id)
"""
_AGAIN = """
    update webhook_delivery set state = 'waiting', attempts = 0, next_at = clock_timestamp(),
        waits_since = clock_timestamp()
    where webhook_id = %(webhook_id)s and state <> 'waiting'
"""


class PostgresWebhooks:
    """Secrets are passed sealed. Each change is audited in its transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, url: str, events: list[str], ivr_id: str | None, secret: str, *, actor: str) -> Webhook:
        with self._database.transaction() as connection:
            row = connection.execute(
                "insert into webhook (webhook_id, url, events, ivr_id, secret) values (%s, %s, %s, %s, %s)"  # noqa: S608
                f" returning {_COLUMNS}",
                (new_id("hook"), url, events, ivr_id, secret),
            ).fetchone()
            assert row is not None  # noqa: S101
            write_audit(connection, actor, "webhook.create", row["webhook_id"], None, _shown(row))
        return Webhook(**row)

    def find(self, webhook_id: str) -> Webhook | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from webhook where webhook_id = %s", (webhook_id,))  # noqa: S608
        return Webhook(**row) if row else None

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[Webhook]:
        after = unpack_time_cursor(cursor)
        where = "where (created_at, webhook_id) < (%(at)s, %(id)s)" if after else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {_COLUMNS} from webhook {where}"  # noqa: S608
                " order by created_at desc, webhook_id desc limit %(limit)s",
                {"limit": rows_wanted(limit), **({"at": after[0], "id": after[1]} if after else {})},
            ).fetchall()
        return make_page(
            rows, limit, lambda row: Webhook(**row),
            lambda row: pack_cursor(row["created_at"].isoformat(), row["webhook_id"]),
        )  # fmt: skip

    def edit(
        self, webhook_id: str, changes: Mapping[str, Any], *, actor: str, check: Check = accept
    ) -> Webhook | None:
        """`changes`: url, events, ivr_id, active."""
        with self._database.transaction() as connection:
            before = _locked(connection, webhook_id)
            if before is None:
                return None
            check(Webhook(**before))
            wanted = {name: changes.get(name, before[name]) for name in ("url", "events", "ivr_id", "active")}
            row = connection.execute(
                "update webhook set url = %(url)s, events = %(events)s, ivr_id = %(ivr_id)s, active = %(active)s,"  # noqa: S608
                " why_inactive = case when %(active)s then null when active then 'switched off' else why_inactive"
                " end,"
                f" updated_at = clock_timestamp() where webhook_id = %(webhook_id)s returning {_COLUMNS}",
                {**wanted, "webhook_id": webhook_id},
            ).fetchone()
            assert row is not None  # noqa: S101
            write_audit(connection, actor, "webhook.change", webhook_id, _shown(before), _shown(row))
        return Webhook(**row)

    def rotate(self, webhook_id: str, secret: str, *, actor: str, check: Check = accept) -> Webhook | None:
        """The new secret signs from now on, the old one along with it for ROTATION_S."""
        with self._database.transaction() as connection:
            before = _locked(connection, webhook_id)
            if before is None:
                return None
            check(Webhook(**before))
            row = connection.execute(
                "update webhook set previous_secret = secret, secret = %s, updated_at = clock_timestamp(),"  # noqa: S608
                " previous_until = clock_timestamp() + make_interval(secs => %s) where webhook_id = %s"
                f" returning {_COLUMNS}",
                (secret, ROTATION_S, webhook_id),
            ).fetchone()
            assert row is not None  # noqa: S101
            write_audit(connection, actor, "webhook.rotate", webhook_id, None, None)
        return Webhook(**row)

    def delete(self, webhook_id: str, *, actor: str, check: Check = accept) -> bool:
        with self._database.transaction() as connection:
            before = _locked(connection, webhook_id)
            if before is None:
                return False
            check(Webhook(**before))
            connection.execute("delete from webhook where webhook_id = %s", (webhook_id,))
            write_audit(connection, actor, "webhook.delete", webhook_id, _shown(before), None)
        return True

    def ping(self, webhook_id: str, *, actor: str) -> str | None:
        """Send a test message to this webhook, whatever its events; returns the message's id."""
        message_id = new_id("msg_ping")
        with self._database.transaction() as connection:
            if _locked(connection, webhook_id) is None:
                return None
            connection.execute(
                "insert into webhook_message (message_id, event, subject, data) values (%s, %s, %s, '{}')",
                (message_id, PING, webhook_id),
            )
            connection.execute(
                "insert into webhook_delivery (webhook_id, message_id, next_at) values (%s, %s, clock_timestamp())",
                (webhook_id, message_id),
            )
            write_audit(connection, actor, "webhook.ping", webhook_id, None, {"message_id": message_id})
        return message_id

    def deliveries(
        self,
        webhook_id: str,
        state: DeliveryState | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ListPage[Delivery]:
        """Newest first."""
        after = unpack_time_cursor(cursor)
        conditions = ["d.webhook_id = %(webhook_id)s"]
        if state is not None:
            conditions.append("d.state = %(state)s")
        if after is not None:
            conditions.append("(d.created_at, d.message_id) < (%(at)s, %(id)s)")
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"{_DELIVERY} where {' and '.join(conditions)}"
                " order by d.created_at desc, d.message_id desc limit %(limit)s",
                {
                    "webhook_id": webhook_id, "state": state, "limit": rows_wanted(limit),
                    "at": after and after[0], "id": after and after[1],
                },
            ).fetchall()  # fmt: skip
        return make_page(
            rows, limit, lambda row: Delivery(**row),
            lambda row: pack_cursor(row["created_at"].isoformat(), row["message_id"]),
        )  # fmt: skip

    def replay(self, webhook_id: str, message_id: str, *, actor: str) -> Delivery | None:
        """Send it again, also when it was delivered before; one that waits is left as it is."""
        wanted = {"webhook_id": webhook_id, "message_id": message_id}
        with self._database.transaction() as connection:
            if connection.execute(_AGAIN + " and message_id = %(message_id)s", wanted).rowcount:
                write_audit(connection, actor, "webhook.replay", webhook_id, None, {"message_id": message_id})
            row = connection.execute(
                _DELIVERY + " where d.webhook_id = %(webhook_id)s and d.message_id = %(message_id)s", wanted
            ).fetchone()
        return Delivery(**row) if row else None

    def replay_dead(self, webhook_id: str, *, actor: str) -> int:
        """Send all dead ones again; returns their number."""
        with self._database.transaction() as connection:
            count = connection.execute(_AGAIN + " and state = 'dead'", {"webhook_id": webhook_id}).rowcount
            if count:
                write_audit(connection, actor, "webhook.replay", webhook_id, None, {"replayed": count})
        return count


def _locked(connection: Connection, webhook_id: str) -> dict[str, Any] | None:
    return connection.execute(
        f"select {_COLUMNS} from webhook where webhook_id = %s for update",  # noqa: S608
        (webhook_id,),
    ).fetchone()


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("url", "events", "ivr_id", "active")}
