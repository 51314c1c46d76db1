"""Notices for services: written from the journal, claimed by a sender, settled after the attempt.

One waits behind those that its call left for the same service before it. What it says goes once it was delivered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ivr.domain.notices import Notice
from ivr.domain.retention import DEAD_WEBHOOKS_DAYS
from ivr.domain.service_definition import Service, parse_service
from ivr.domain.services import ServiceAnswer
from ivr.domain.webhooks import DeliveryState, state_after
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.outbox import Outbox, old

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
        extract(epoch from clock_timestamp() - coalesce(n.waits_since, n.left_at))::float8 as waited_s
"""
_SETTLE = """
    update service_notice set state = %(state)s, status = %(status)s, error = %(error)s,
        sealed = case when %(state)s = 'delivered' then null else sealed end,
        next_at = clock_timestamp() + make_interval(secs => %(wait_s)s)
    where message_id = %(message_id)s
"""
_OLD = old("n", "left_at")


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

    @property
    def receiver(self) -> str:
        return self.service


def write_notice(connection: Connection, notice: Notice) -> None:
    """Doing it twice is harmless."""
    connection.execute(
        "insert into service_notice (message_id, service, call_id, sealed, left_at) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        (notice.message_id, notice.service, notice.call_id, notice.sealed, notice.left_at),
    )


class NoticeOutbox(Outbox[DueNotice]):
    """The notices of all services."""

    table, claiming, lease_s, at_once = "service_notice", _CLAIM, 30, 4

    def settle(self, due: DueNotice, answer: ServiceAnswer) -> DeliveryState:
        """Record the attempt; returns the state after it. A 2xx takes the notice, whatever it answers; everything
        else is tried again until a day is over."""
        taken = answer.status is not None and 200 <= answer.status < 300
        state, wait_s = state_after(due.attempts, taken=taken, ordered=True, waited_s=due.waited_s)
        with self._database.transaction() as connection:
            connection.execute(
                _SETTLE,
                {
                    "state": state, "status": answer.status, "error": None if taken else answer.failure,
                    "wait_s": wait_s, "message_id": due.message_id,
                },
            )  # fmt: skip
        return state

    def prune(self, delivered_days: int = DELIVERED_DAYS, *, dry: bool = False, limit: int = 5000) -> int:
        """Delete old notices, some at a time; returns their number. With `dry` it counts all of them."""
        dead_days = max(delivered_days, DEAD_WEBHOOKS_DAYS)
        days: dict[str, Any] = {"delivered": delivered_days, "dead": dead_days, "limit": limit}
        with self._database.transaction() as connection:
            if dry:
                counted = f"select count(*) as n from service_notice n where {_OLD}"  # noqa: S608
                row = connection.execute(counted, days).fetchone()
                return int(row["n"]) if row else 0
            done = connection.execute(
                "delete from service_notice where message_id in ("  # noqa: S608
                f"select message_id from service_notice n where {_OLD} limit %(limit)s)",
                days,
            )
        return done.rowcount

    def _due(self, row: dict[str, Any]) -> DueNotice:
        document = row.pop("document")
        return DueNotice(**row, definition=document and parse_service(row["service"], document))
