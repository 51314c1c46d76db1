"""Notices for services: written from the journal, claimed by a sender, settled after the attempt.

One waits behind those that its call left for the same service before it. What it says goes once it was delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ivr.domain.notices import Notice
from ivr.domain.retention import DEAD_WEBHOOKS_DAYS
from ivr.domain.service_definition import Service, parse_service
from ivr.domain.services import Failure, ServiceAnswer
from ivr.domain.webhooks import retry_after_s
from ivr.storage.postgres.database import Connection, Database

# Longer than an attempt may take; a dead sender's notice is claimed after it.
LEASE_S = 30
# Notices of one service at a time: a slow one holds up no other.
AT_ONCE = 4
DELIVERED_DAYS = 7

_CLAIM = """
    with due as (
        select message_id, service, row_number() over (partition by service order by next_at) as place
        from service_notice n where state = 'waiting' and next_at <= clock_timestamp()
            and not service = any(%(busy)s)
            and not exists (
                select from service_notice e where e.state = 'waiting' and e.service = n.service
                    and e.call_id = n.call_id and e.order_no < n.order_no)
    ), mine as (
        select n.message_id from service_notice n join due using (message_id)
        where due.place <= %(at_once)s and n.state = 'waiting' and n.next_at <= clock_timestamp()
        limit %(limit)s for update of n skip locked
    )
    update service_notice n set attempts = attempts + 1, tried_at = clock_timestamp(),
        next_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
    from mine where n.message_id = mine.message_id
    returning n.message_id, n.service, n.call_id, n.attempts, n.sealed,
        (select s.document from service s where s.name = n.service) as document,
        extract(epoch from clock_timestamp() - n.left_at)::float8 as waited_s
"""
_SETTLE = """
    update service_notice set state = %(state)s, status = %(status)s, error = %(error)s,
        sealed = case when %(state)s = 'delivered' then null else sealed end,
        next_at = clock_timestamp() + make_interval(secs => %(wait_s)s)
    where message_id = %(message_id)s
"""
_OLD = """
    (state = 'delivered' and left_at < clock_timestamp() - make_interval(days => %(delivered)s)
        or state = 'dead' and left_at < clock_timestamp() - make_interval(days => %(dead)s))
"""


@dataclass(frozen=True, slots=True)
class DueNotice:
    """`definition` None: there is no such service now."""

    message_id: str
    service: str
    call_id: str
    attempts: int
    sealed: str
    waited_s: float
    definition: Service | None


def write_notice(connection: Connection, notice: Notice) -> None:
    """Doing it twice is harmless."""
    connection.execute(
        "insert into service_notice (message_id, service, call_id, sealed, left_at) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        (notice.message_id, notice.service, notice.call_id, notice.sealed, notice.left_at),
    )


class NoticeOutbox:
    """For the sender. Raises StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, limit: int, busy: Sequence[str] = ()) -> list[DueNotice]:
        """Claim notices that are due, for LEASE_S; none of services that are busy."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                _CLAIM, {"limit": limit, "busy": list(busy), "at_once": AT_ONCE, "lease_s": LEASE_S}
            ).fetchall()
        return [_due(row) for row in rows]

    def settle(self, due: DueNotice, answer: ServiceAnswer) -> str:
        """Record the attempt; returns the state after it. A 2xx takes the notice, whatever it answers; everything
        else is tried again until a day is over."""
        taken = answer.status is not None and 200 <= answer.status < 300
        error: Failure | None = None if taken else answer.failure
        wait_s = None if taken else retry_after_s(due.attempts, ordered=True, waited_s=due.waited_s)
        state = "delivered" if taken else "dead" if wait_s is None else "waiting"
        with self._database.transaction() as connection:
            connection.execute(
                _SETTLE,
                {
                    "state": state, "status": answer.status, "error": error, "wait_s": wait_s or 0,
                    "message_id": due.message_id,
                },
            )  # fmt: skip
        return state

    def waiting(self) -> int:
        row = self._database.fetch_one("select count(*) as n from service_notice where state = 'waiting'")
        return int(row["n"]) if row else 0

    def prune(self, delivered_days: int = DELIVERED_DAYS, *, dry: bool = False, limit: int = 5000) -> int:
        """Delete old notices, some at a time; returns their number. With `dry` it counts all of them."""
        dead_days = max(delivered_days, DEAD_WEBHOOKS_DAYS)
        days: dict[str, Any] = {"delivered": delivered_days, "dead": dead_days, "limit": limit}
        with self._database.transaction() as connection:
            if dry:
                counted = f"select count(*) as n from service_notice where {_OLD}"  # noqa: S608
                row = connection.execute(counted, days).fetchone()
                return int(row["n"]) if row else 0
            done = connection.execute(
                "delete from service_notice where message_id in ("  # noqa: S608
                f"select message_id from service_notice where {_OLD} limit %(limit)s)",
                days,
            )
        return done.rowcount


def _due(row: dict[str, Any]) -> DueNotice:
    document = row.pop("document")
    return DueNotice(**row, definition=document and parse_service(row["service"], document))
