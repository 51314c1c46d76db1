"""Attempts of calls that we make: claimed before they are dialled, settled once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from ivr.domain.outgoing.model import DAY, Attempt, NewOrder, Order, OutgoingLimits
from ivr.domain.telephones.model import RingEnd, cost_usd
from ivr.ports.outgoing import CallOfAttempt, OpenAttempt
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.outgoing import COLUMNS, attempts_of, end_order, order_of_row

_WRITERS_LOCK = 0x6F75_7467
_ATTEMPT = (
    "channel_uuid, started_at, state, usd, answered_at, ended_at, result, reason, sip_status, call_id, answered_by"
)
_COUNT = """
    select count(*) filter (where trunk = %(trunk)s) as calls,
        coalesce(sum(usd) filter (where trunk = %(trunk)s), 0) as usd,
        count(*) filter (where number = %(number)s) as there,
        count(*) filter (where trunk = %(trunk)s and state <> 'ended') as under_way
    from outgoing_attempt
    where (trunk = %(trunk)s or number = %(number)s) and started_at > clock_timestamp() - %(day)s
"""
# A call's record may begin a little before the clock of Postgres says so.
_SKEW = timedelta(minutes=5)
UNKNOWN = "unknown"


class PostgresAttempts:
    """An AttemptStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, limit: int) -> Sequence[Order]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {COLUMNS} from outgoing_call"  # noqa: S608
                " where state = 'waiting' and due_at <= clock_timestamp() order by due_at, id limit %s",
                (limit,),
            ).fetchall()
            attempts = attempts_of(connection, [row["id"] for row in rows])
        return [order_of_row(row, attempts.get(row["id"], ())) for row in rows]

    def put_off(self, order_id: str, due_at: datetime, reason: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "update outgoing_call set due_at = %s, reason = %s where id = %s and state = 'waiting'",
                (due_at, reason, order_id),
            )

    def end(self, order_id: str, result: str, reason: str) -> None:
        with self._database.transaction() as connection:
            row = connection.execute(
                "select state from outgoing_call where id = %s for update", (order_id,)
            ).fetchone()
            if row is not None and row["state"] == "waiting":
                end_order(connection, order_id, result, reason)

    def why_not(self, order: Order, limits: OutgoingLimits) -> str | None:
        with self._database.transaction() as connection:
            return _why_not(connection, order.order, limits)

    def claim(self, order: Order, owner: str, limits: OutgoingLimits) -> Attempt | str:
        it = order.order
        with self._database.transaction() as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", (_WRITERS_LOCK,))
            row = connection.execute(
                "select 1 from outgoing_call where id = %s and state = 'waiting' for update", (it.order_id,)
            ).fetchone()
            if row is None:
                return "it is not waiting any more"
            if (why := _why_not(connection, it, limits)) is not None:
                return why
            (made,) = connection.execute(
                "insert into outgoing_attempt (channel_uuid, order_id, number, trunk, owner, usd)"  # noqa: S608
                f" values (%s, %s, %s, %s, %s, %s) returning {_ATTEMPT}",
                (str(uuid.uuid4()), it.order_id, it.to, it.trunk, owner, limits.reserved_usd),
            ).fetchall()
            connection.execute(
                "update outgoing_call set state = 'dialling', reason = null where id = %s", (it.order_id,)
            )
            return Attempt(**made)

    def note(self, channel_uuid: str, state: str) -> None:
        with self._database.transaction() as connection:
            row = connection.execute(
                "update outgoing_attempt set state = %(state)s,"
                " answered_at = case when %(state)s = 'answered' then clock_timestamp() end"
                " where channel_uuid = %(uuid)s and state in ('dialling', 'ringing') returning order_id",
                {"state": state, "uuid": channel_uuid},
            ).fetchone()
            if row is not None:
                connection.execute(
                    "update outgoing_call set state = %s where id = %s and state in ('dialling', 'ringing')",
                    (state, row["order_id"]),
                )

    def settle(self, channel_uuid: str, end: RingEnd, limits: OutgoingLimits, retry_at: datetime | None) -> None:
        with self._database.transaction() as connection:
            order_id = _end_attempt(connection, channel_uuid, end, limits)
            if order_id is None:
                return
            waits = retry_at is not None and connection.execute(
                "update outgoing_call set state = 'waiting', due_at = %s, reason = %s"
                " where id = %s and state <> 'ended' and until >= %s",
                (retry_at, end.reason, order_id, retry_at),
            ).rowcount
            if not waits:
                end_order(connection, order_id, end.result, end.reason)

    def open_attempts(self) -> Sequence[OpenAttempt]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select order_id, owner, {_ATTEMPT} from outgoing_attempt"  # noqa: S608
                " where state <> 'ended' order by started_at limit 1000"
            ).fetchall()
        return [OpenAttempt(row.pop("order_id"), owner=row.pop("owner"), attempt=Attempt(**row)) for row in rows]

    def give_up(self, channel_uuid: str, reason: str) -> None:
        """The price that was reserved stays: nobody knows how long it lasted."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "update outgoing_attempt set state = 'ended', ended_at = clock_timestamp(), result = %s, reason = %s"
                " where channel_uuid = %s and state <> 'ended' returning order_id",
                (UNKNOWN, reason, channel_uuid),
            ).fetchone()
            if row is not None:
                end_order(connection, row["order_id"], UNKNOWN, reason)

    def take_back(self, channel_uuid: str, due_at: datetime, reason: str) -> None:
        with self._database.transaction() as connection:
            row = connection.execute(
                "delete from outgoing_attempt where channel_uuid = %s and state = 'dialling' returning order_id",
                (channel_uuid,),
            ).fetchone()
            if row is not None:
                connection.execute(
                    "update outgoing_call set state = 'waiting', due_at = %s, reason = %s"
                    " where id = %s and state <> 'ended'",
                    (due_at, reason, row["order_id"]),
                )

    def call_of(self, channel_uuid: str, since: datetime) -> CallOfAttempt | None:
        with self._database.transaction() as connection:
            row = connection.execute(
                "select call_id, ended_at is not null or outcome is not null as ended, duration_ms, answered_by"
                " from call_record where started_at >= %s and channel_uuid = %s limit 1",
                (since - _SKEW, channel_uuid),
            ).fetchone()
        return CallOfAttempt(**row) if row is not None else None


def _why_not(connection: Connection, it: NewOrder, limits: OutgoingLimits) -> str | None:
    counted = connection.execute(_COUNT, {"trunk": it.trunk, "number": it.to, "day": DAY}).fetchone()
    assert counted is not None  # noqa: S101 - an aggregate has a row
    if counted["calls"] >= limits.calls_day:
        return f"{limits.calls_day:,} calls in 24 hours went over the trunk {it.trunk}, which is the limit"
    if counted["usd"] + limits.reserved_usd > limits.usd_day:
        return f"calls over the trunk {it.trunk} may cost ${limits.usd_day:.2f} in 24 hours, which is used up"
    if counted["there"] >= limits.number_day:
        return f"this number was called {limits.number_day} times in 24 hours, which is the limit"
    if counted["under_way"] >= limits.at_once:
        return f"{limits.at_once} calls over the trunk {it.trunk} are under way"
    return None


def _end_attempt(connection: Connection, channel_uuid: str, end: RingEnd, limits: OutgoingLimits) -> str | None:
    """The id of its order; None: it was over before."""
    row = connection.execute(
        "update outgoing_attempt set state = 'ended', ended_at = clock_timestamp(), usd = %s, result = %s,"
        " reason = %s, sip_status = %s, call_id = %s, answered_by = %s"
        " where channel_uuid = %s and state <> 'ended' returning order_id",
        (cost_usd(end.talked_s, limits.usd_min), end.result, end.reason, end.sip_status, end.call_id,
         end.answered_by, channel_uuid),
    ).fetchone()
    return row["order_id"] if row is not None else None
