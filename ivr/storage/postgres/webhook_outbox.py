"""Events for webhooks: noted in the transaction that causes them, claimed by a sender, settled after the attempt."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ivr.domain.retention import DEAD_WEBHOOKS_DAYS
from ivr.domain.webhooks import DeliveryState, WebhookNote, state_after
from ivr.storage.postgres.database import Connection, Database, clean_text
from ivr.storage.postgres.outbox import Outbox, old

_NOTE = """
    with given as (
        select * from rows from (json_to_recordset(%s::json) as (
            message_id text, event text, subject text, ivr_id text, data json, wait_s int, order_key text,
            unless_noted text)) with ordinality
    ), wanted as (
        select g.message_id, w.webhook_id, g.wait_s, g.order_key, g.ordinality from given g join webhook w
        on w.active and g.event = any(w.events) and (w.ivr_id is null or g.ivr_id is null or w.ivr_id = g.ivr_id)
        where not exists (select from webhook_message m where m.message_id = g.unless_noted)
    ), noted as (
        insert into webhook_message (message_id, event, subject, ivr_id, data)
        select message_id, event, subject, ivr_id, data from given g
        where exists (select from wanted w where w.message_id = g.message_id)
        on conflict do nothing returning message_id
    )
    insert into webhook_delivery (webhook_id, message_id, next_at, order_key)
    select w.webhook_id, w.message_id, clock_timestamp() + make_interval(secs => w.wait_s), w.order_key
    from wanted w join noted using (message_id) order by w.ordinality
"""
# `heads`: the first that waits of each order, found by jumps in the index: those behind it are not looked at.
_CLAIM = """
    with recursive heads as (
        (select webhook_id, order_key, message_id, next_at from webhook_delivery
            where state = 'waiting' and order_key is not null
            order by webhook_id, order_key, order_no limit 1)
        union all
        select next.* from heads h, lateral (
            select d.webhook_id, d.order_key, d.message_id, d.next_at from webhook_delivery d
            where d.state = 'waiting' and d.order_key is not null
                and (d.webhook_id, d.order_key) > (h.webhook_id, h.order_key)
            order by d.webhook_id, d.order_key, d.order_no limit 1
        ) next
    ), free as (
        select webhook_id, message_id, next_at from webhook_delivery where state = 'waiting' and order_key is null
        union all
        select webhook_id, message_id, next_at from heads
    ), due as (
        select webhook_id, message_id, row_number() over (partition by webhook_id order by next_at) as place
        from free where next_at <= clock_timestamp()
    ), mine as (
        select d.webhook_id, d.message_id from webhook_delivery d join due using (webhook_id, message_id)
        where due.place <= %(at_once)s and d.state = 'waiting' and d.next_at <= clock_timestamp()
        and not d.webhook_id = any(%(busy)s)
        limit %(limit)s for update of d skip locked
    )
    update webhook_delivery d set attempts = attempts + 1, tried_at = clock_timestamp(),
        next_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
    from mine, webhook w, webhook_message m
    where d.webhook_id = mine.webhook_id and d.message_id = mine.message_id
        and w.webhook_id = d.webhook_id and m.message_id = d.message_id
    returning d.webhook_id, d.message_id, d.attempts, w.url, w.secret,
        case when w.previous_until > clock_timestamp() then w.previous_secret end as previous_secret,
        m.event, m.subject, m.at, m.data, m.body, d.order_key is not null as ordered,
        extract(epoch from clock_timestamp() - d.waits_since)::float8 as waited_s
"""
_OLD_DELIVERY = old("d", "created_at")
# Without a delivery that is younger, or still on its way.
_OLD_MESSAGE = f"""
    where m.at < clock_timestamp() - make_interval(days => %(delivered)s)
        and not exists (select from webhook_delivery d where d.message_id = m.message_id and not {_OLD_DELIVERY})
"""
_PRUNE_S = 30.0
_SETTLE = """
    update webhook_delivery set state = %(state)s, status = %(status)s, error = %(error)s, took_ms = %(took_ms)s,
        next_at = clock_timestamp() + make_interval(secs => %(wait_s)s)
    where webhook_id = %(webhook_id)s and message_id = %(message_id)s
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is due; `body` is None before the first attempt. The secrets are sealed. `ordered`: others may
    wait for it; `waited_s` is the time since it was noted."""

    webhook_id: str
    message_id: str
    attempts: int
    url: str
    secret: str
    previous_secret: str | None
    event: str
    subject: str
    at: datetime
    data: Any
    body: str | None
    ordered: bool
    waited_s: float

    @property
    def receiver(self) -> str:
        return self.webhook_id


def note(connection: Connection, *notes: WebhookNote) -> None:
    """Note events in the transaction that causes them; one that no webhook wants leaves no trace."""
    if notes:
        connection.execute(_NOTE, (json.dumps([clean_text(asdict(each)) for each in notes], default=str),))


def note_events(database: Database, notes: Sequence[WebhookNote]) -> None:
    """Note events that no other write causes. Raises StorageError."""
    with database.transaction() as connection:
        note(connection, *notes)


class WebhookOutbox(Outbox[Due]):
    """The deliveries to all webhooks."""

    table, claiming, lease_s, at_once = "webhook_delivery", _CLAIM, 120, 2

    def body_of(self, due: Due, make: Callable[[], str]) -> str:
        """The message's body, made now when it has none and the same from then on."""
        if due.body is not None:
            return due.body
        made = clean_text(make())
        with self._database.transaction() as connection:
            row = connection.execute(
                "update webhook_message set body = coalesce(body, %s) where message_id = %s returning body",
                (made, due.message_id),
            ).fetchone()
        return str(row["body"]) if row else ""

    def settle(self, due: Due, *, status: int | None, error: str | None, took_ms: int) -> DeliveryState:
        """Record the attempt; returns the state after it. 2xx is delivered, 410 ends the webhook, everything else is
        tried again until nothing is left of the day."""
        taken = error is None and status is not None and 200 <= status < 300
        state, wait_s = state_after(
            due.attempts, taken=taken, refused=status == 410, ordered=due.ordered, waited_s=due.waited_s
        )
        with self._database.transaction() as connection:
            connection.execute(
                _SETTLE,
                {
                    "state": state, "status": status, "error": error, "took_ms": took_ms, "wait_s": wait_s,
                    "webhook_id": due.webhook_id, "message_id": due.message_id,
                },
            )  # fmt: skip
            if status == 410:
                connection.execute(
                    "update webhook set active = false, why_inactive = 'its receiver answered 410 Gone',"
                    " updated_at = clock_timestamp() where webhook_id = %s",
                    (due.webhook_id,),
                )
        return state

    def is_wanted(self, events: Sequence[str]) -> bool:
        """Whether a webhook wants any of these events."""
        row = self._database.fetch_one("select 1 from webhook where active and events && %s limit 1", (list(events),))
        return row is not None

    def prune(self, delivered_days: int = 7, *, dry: bool = False, limit: int = 5000) -> int:
        """Delete old messages, some at a time; returns their number. With `dry` it counts all of them."""
        days = {"delivered": delivered_days, "dead": max(delivered_days, DEAD_WEBHOOKS_DAYS), "limit": limit}
        with self._database.transaction(budget_s=_PRUNE_S) as connection:
            if dry:
                counted = f"select count(*) as n from webhook_message m {_OLD_MESSAGE}"  # noqa: S608
                row = connection.execute(counted, days).fetchone()
                return int(row["n"]) if row else 0
            connection.execute(
                "delete from webhook_delivery where (webhook_id, message_id) in ("  # noqa: S608
                f"select webhook_id, message_id from webhook_delivery d where {_OLD_DELIVERY} limit %(limit)s)",
                days,
            )
            done = connection.execute(
                "delete from webhook_message where message_id in ("  # noqa: S608
                f"select message_id from webhook_message m {_OLD_MESSAGE} limit %(limit)s)",
                days,
            )
        return done.rowcount

    def _due(self, row: dict[str, Any]) -> Due:
        return Due(**row)
