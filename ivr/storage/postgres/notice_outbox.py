"""Notices for services and messages for channels: written from the journal, claimed by a sender, settled after the
attempt. Both wait in one table: where one goes, `service` says, and the reference of a channel has a colon in it.

One waits behind those that its call left for the same receiver before it. What it says goes once it was delivered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from ivr.domain.channels.definition import Channel, parse_channel
from ivr.domain.channels.message import MessageState, SentMessage
from ivr.domain.notices import Notice
from ivr.domain.retention import DEAD_WEBHOOKS_DAYS
from ivr.domain.service_definition import Service, parse_service
from ivr.domain.services import ServiceAnswer
from ivr.domain.webhooks import DeliveryState, state_after
from ivr.ports.pages import SYSTEM
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.dnc_checks import check_numbers
from ivr.storage.postgres.outbox import DueMessage, Outbox, old

DELIVERED_DAYS = 7

FOR_SERVICES, FOR_CHANNELS = "strpos(n.service, ':') = 0", "strpos(n.service, ':') > 0"

_CLAIM = """
    with due as (
        select message_id, service, row_number() over (partition by service order by next_at) as place
        from service_notice n where state = 'waiting' and next_at <= clock_timestamp() and {whose}
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
    returning n.message_id, n.service, n.call_id, n.attempts, n.sealed, n.left_at, {definition} as document,
        extract(epoch from clock_timestamp() - coalesce(n.waits_since, n.left_at))::float8 as waited_s
"""
_SETTLE = """
    update service_notice set state = %(state)s, status = %(status)s, error = %(error)s,
        sealed = case when %(state)s in ('delivered', 'not_sent') then null else sealed end,
        next_at = clock_timestamp() + make_interval(secs => %(wait_s)s)
    where message_id = %(message_id)s
"""
_OLD = old("n", "left_at")


@dataclass(frozen=True, slots=True)
class _Left:
    message_id: str
    service: str
    call_id: str
    attempts: int
    sealed: str
    left_at: datetime
    waited_s: float

    @property
    def receiver(self) -> str:
        return self.service


@dataclass(frozen=True, slots=True)
class DueNotice(_Left):
    """`definition` None: there is no such service now."""

    definition: Service | None


@dataclass(frozen=True, slots=True)
class DueMessageOut(_Left):
    """A message for a channel; `channel` None: there is no such channel now."""

    channel: Channel | None


def write_notice(connection: Connection, notice: Notice) -> None:
    """Doing it twice is harmless."""
    connection.execute(
        "insert into service_notice (message_id, service, call_id, sealed, left_at) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        (notice.message_id, notice.service, notice.call_id, notice.sealed, notice.left_at),
    )


Due = TypeVar("Due", bound=DueMessage)


class _LeftOutbox(Outbox[Due]):
    """Of the table that both share; `whose` are the rows of this one."""

    table = "service_notice"
    whose: ClassVar[str]

    def waiting(self) -> int:
        query = f"select count(*) as n from service_notice n where state = 'waiting' and {self.whose}"  # noqa: S608
        row = self._database.fetch_one(query)
        return int(row["n"]) if row else 0

    def _settle(self, message_id: str, state: str, status: int | None, error: str | None, wait_s: float) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                _SETTLE,
                {"state": state, "status": status, "error": error, "wait_s": wait_s, "message_id": message_id},
            )


class NoticeOutbox(_LeftOutbox[DueNotice]):
    """The notices of all services."""

    whose, lease_s, at_once = FOR_SERVICES, 30, 4
    claiming = _CLAIM.format(
        whose=FOR_SERVICES, definition="(select s.document from service s where s.name = n.service)"
    )

    def settle(self, due: DueNotice, answer: ServiceAnswer) -> DeliveryState:
        """Record the attempt; returns the state after it. A 2xx takes the notice, whatever it answers; everything
        else is tried again until a day is over."""
        taken = answer.status is not None and 200 <= answer.status < 300
        state, wait_s = state_after(due.attempts, taken=taken, ordered=True, waited_s=due.waited_s)
        self._settle(due.message_id, state, answer.status, None if taken else answer.failure, wait_s)
        return state

    def prune(self, delivered_days: int = DELIVERED_DAYS, *, dry: bool = False, limit: int = 5000) -> int:
        """Delete old notices and messages, some at a time; returns their number. With `dry` it counts all of them."""
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


class MessageOutbox(_LeftOutbox[DueMessageOut]):
    """The messages of all channels. An attempt may take a minute: a mail server is given time, as a recording may be
    large."""

    whose, lease_s, at_once = FOR_CHANNELS, 120, 4
    claiming = _CLAIM.format(
        whose=FOR_CHANNELS,
        definition="(select c.document from channel c where c.name = split_part(n.service, ':', 2))",
    )

    def settle(self, due: DueMessageOut, sent: SentMessage) -> MessageState:
        """Record the attempt; returns the state after it."""
        if sent.failure == "opted_out":
            self._settle(due.message_id, "not_sent", None, sent.failure, 0)
            return "not_sent"
        taken, refused = sent.attempted == "taken", sent.attempted == "refused"
        state, wait_s = state_after(
            due.attempts, taken=taken, refused=refused, ordered=True, waited_s=due.waited_s
        )
        wait_s = max(wait_s, sent.rests_s)
        self._settle(due.message_id, state, sent.status, None if taken else sent.failure, wait_s)
        return state

    def is_opted_out(self, number: str) -> bool:
        """Whether the number is on a do-not-call list that counts in every check. This one is logged, too."""
        with self._database.transaction() as connection:
            _, listed = check_numbers(connection, [number], None, None, SYSTEM)
        return bool(listed)

    def _due(self, row: dict[str, Any]) -> DueMessageOut:
        document = row.pop("document")
        channel = document and parse_channel(row["service"].partition(":")[2], document)
        is_known = channel is not None and channel.reference == row["service"]
        return DueMessageOut(**row, channel=channel if is_known else None)
