"""Orders for calls that we make, in Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from ivr.domain.outgoing.errors import OrderNotFound, OrderOver, TooManyOrders
from ivr.domain.outgoing.events import ended_note
from ivr.domain.outgoing.model import MAX_WAITING, Attempt, NewOrder, Order, order_of
from ivr.ports.outgoing import OrderFilter
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.call_writes import ERASED
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor
from ivr.storage.postgres.webhook_outbox import note

COLUMNS = (
    "id, number, trunk, ivr_id, actor, not_before, until, document, state, created_at, due_at, ended_at, result,"
    " reason"
)
_CONDITIONS = {"state": "state = %(state)s", "to": "number = %(to)s", "ivr_id": "ivr_id = %(ivr_id)s"}
_ATTEMPT = (
    "channel_uuid, started_at, state, usd, answered_at, ended_at, result, reason, sip_status, call_id, answered_by"
)


class PostgresOrders:
    """An OrderStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, order: NewOrder, due_at: datetime) -> Order:
        with self._database.transaction() as connection:
            row = connection.execute("select count(*) as n from outgoing_call where state = 'waiting'").fetchone()
            if row is not None and row["n"] >= MAX_WAITING:
                raise TooManyOrders(MAX_WAITING)
            (row,) = connection.execute(
                "insert into outgoing_call (id, number, trunk, ivr_id, actor, not_before, until, document, due_at)"  # noqa: S608
                f" values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning {COLUMNS}",
                (order.order_id, order.to, order.trunk, order.ivr_id, order.actor, order.not_before, order.until,
                 Jsonb(order.to_json()), due_at),
            ).fetchall()  # fmt: skip
            after = {"trunk": order.trunk, "ivr_id": order.ivr_id, "call": order.order_id}
            write_audit(connection, order.actor, "outgoing.add", f"number/{order.to}", None, after)
            return order_of_row(row)

    def find(self, order_id: str) -> Order | None:
        with self._database.transaction() as connection:
            return find_order(connection, order_id)

    def list(
        self, wanted: OrderFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[Order]:
        values: dict[str, Any] = {
            name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None
        }
        conditions = [_CONDITIONS[name] for name in values]
        if (after := unpack_time_cursor(cursor)) is not None:
            conditions.append("(created_at, id) < (%(after_at)s, %(after_id)s)")
            values |= {"after_at": after[0], "after_id": after[1]}
        where = f"where {' and '.join(conditions)}" if conditions else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {COLUMNS} from outgoing_call {where}"  # noqa: S608
                " order by created_at desc, id desc limit %(limit)s",
                {**values, "limit": rows_wanted(limit)},
            ).fetchall()
            attempts = attempts_of(connection, [row["id"] for row in rows])
        return make_page(
            rows,
            limit,
            lambda row: order_of_row(row, attempts.get(row["id"], ())),
            lambda row: pack_cursor(row["created_at"].isoformat(), row["id"]),
        )

    def cancel(self, order_id: str, *, actor: str) -> Order:
        with self._database.transaction() as connection:
            row = connection.execute(
                "select state, number, until from outgoing_call where id = %s for update", (order_id,)
            ).fetchone()
            if row is None:
                raise OrderNotFound
            if row["state"] == "ended":
                raise OrderOver
            if row["state"] == "waiting":
                end_order(connection, order_id, "cancelled", "it was cancelled before it was made")
            else:
                connection.execute("update outgoing_call set until = clock_timestamp() where id = %s", (order_id,))
            write_audit(
                connection, actor, "outgoing.cancel", f"number/{row['number']}", None, {"call": order_id}
            )
            found = find_order(connection, order_id)
        assert found is not None  # noqa: S101 - it was there in this transaction
        return found


def find_order(connection: Connection, order_id: str) -> Order | None:
    row = connection.execute(
        f"select {COLUMNS} from outgoing_call where id = %s",  # noqa: S608
        (order_id,),
    ).fetchone()
    return order_of_row(row, attempts_of(connection, [order_id]).get(order_id, ())) if row else None


def attempts_of(connection: Connection, order_ids: Sequence[str]) -> Mapping[str, list[Attempt]]:
    """Oldest first, by order."""
    rows = connection.execute(
        f"select order_id, {_ATTEMPT} from outgoing_attempt where order_id = any(%s) order by started_at",  # noqa: S608
        (list(order_ids),),
    ).fetchall()
    found: dict[str, list[Attempt]] = {}
    for row in rows:
        found.setdefault(row.pop("order_id"), []).append(Attempt(**row))
    return found


def end_order(connection: Connection, order_id: str, result: str, reason: str) -> None:
    """It is over, and webhooks are told; one that is over already stays as it is."""
    done = connection.execute(
        "update outgoing_call set state = 'ended', ended_at = clock_timestamp(), result = %s, reason = %s"
        " where id = %s and state <> 'ended'",
        (result, reason, order_id),
    )
    if done.rowcount and (order := find_order(connection, order_id)) is not None:
        note(connection, ended_note(order))


def erase_outgoing(connection: Connection, number: str) -> int:
    """How many orders for calls to this number no longer have it, nor what their menus were given. Those that wait
    are over, and those under way are tried no more; their attempts stay, since limits count them."""
    waiting = connection.execute(
        "select id from outgoing_call where number = %s and state = 'waiting' for update", (number,)
    ).fetchall()
    for row in waiting:
        end_order(connection, row["id"], "cancelled", "the number was erased before it was called")
    connection.execute("update outgoing_attempt set number = %s where number = %s", (ERASED, number))
    return connection.execute(
        "update outgoing_call set number = %s, document = jsonb_set(document, '{variables}', '{}'),"
        " until = least(until, clock_timestamp()) where number = %s",
        (ERASED, number),
    ).rowcount


def prune_outgoing(database: Database, before: datetime, *, dry: bool) -> int:
    """Delete orders that ended before, with their attempts; their number."""
    with database.transaction() as connection:
        if dry:
            row = connection.execute(
                "select count(*) as n from outgoing_call where ended_at < %s", (before,)
            ).fetchone()
            return int(row["n"]) if row else 0
        connection.execute(
            "delete from outgoing_attempt a using outgoing_call c where c.id = a.order_id and c.ended_at < %s",
            (before,),
        )
        return connection.execute("delete from outgoing_call where ended_at < %s", (before,)).rowcount


def order_of_row(row: Mapping[str, Any], attempts: Sequence[Attempt] = ()) -> Order:
    names = {"order_id": "id", "to": "number"}
    columns = {
        name: row[names.get(name, name)]
        for name in ("order_id", "to", "trunk", "ivr_id", "actor", "not_before", "until")
    }
    rest = {name: row[name] for name in ("state", "created_at", "due_at", "ended_at", "result", "reason")}
    return Order(order_of(columns, row["document"]), **rest, attempts=tuple(attempts))
