"""A survey with its answers, and calls that we make, for pictures of the page."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx

from ivr.domain.call_records import CallRecord, Outcome, Step, new_id
from ivr.domain.numbers import E164
from ivr.domain.outgoing.model import LASTS, Attempt, NewOrder, OutgoingLimits, Retries, new_order_id
from ivr.domain.telephones.model import RingEnd
from ivr.storage.postgres.outgoing_attempts import PostgresAttempts
from ivr.storage.postgres.stores import PostgresStores

_SURVEY = {
    "name": "How was it?",
    "nodes": {
        "service": {"text": "How was our service, from 1 to 5?", "gather": {"X": "again"}, "save": "service"},
        "again": {"text": "Would you call us again? 1 yes, 2 no.", "gather": {"1": "year", "2": "year"},
                  "save": "again"},
        "year": {"text": "In which year was your roof made?", "gather": {"XXXX": "bye"}, "save": "year"},
        "bye": {"action": "hangup", "text": "Thank you."},
    },
}  # fmt: skip
_LIMITS = OutgoingLimits(usd_min=Decimal("0.02"), at_once=100)
# How the sample's calls ended; None: it waits.
_ENDS = (
    None, RingEnd("answered", "it was answered", talked_s=34, answered_by="person"),
    RingEnd("answered", "it was answered", talked_s=21, answered_by="machine"), "listed",
    RingEnd("no_answer", "nobody answered within 45 seconds"),
    RingEnd("answered", "it was answered", talked_s=48, answered_by="person"), None,
)  # fmt: skip


def fill_survey(api: httpx.Client, stores: PostgresStores) -> str:
    """The id of its menu."""
    chance = random.Random(11)
    menu: str = api.post("/ivr", json=_SURVEY).raise_for_status().json()["id"]
    now = datetime.now(UTC)
    for number in range(74):
        began = now - timedelta(hours=5 * number + 1)
        ani = E164(f"+1480555{chance.randrange(200, 9999):04}")
        keyed = (
            ("service", "X", chance.choices("12345", (3, 4, 9, 22, 30))[0]),
            ("again", chance.choices("12", (8, 2))[0], None),
            ("year", "XXXX", str(chance.choice((1978, 1985, 1985, 1996, 2004, 2004, 2004, 2011)))),
        )
        path = [
            Step(node, 1, "key", entry, 4000 * at, 3000, value=value)
            for at, (node, entry, value) in enumerate(keyed[: chance.choice((2, 3, 3, 3))])
        ]
        stores.calls.ended(
            CallRecord(
                new_id("call"), "u", E164("+14805550100"), "+14805550100", ani, ani, began, menu, 1,
                began + timedelta(seconds=16), 16_000, Outcome.HUNG_UP, path=path,
            )
        )  # fmt: skip
    return menu


def fill_outgoing(stores: PostgresStores, ivr_id: str) -> str:
    """The id of one that was tried twice."""
    attempts, now, shown = PostgresAttempts(stores.database), datetime.now(UTC), ""
    for number, end in enumerate(_ENDS):
        order = NewOrder(
            new_order_id(), E164(f"+1480555{4100 + number}"), "carrier", ivr_id, "Anna", now, now + LASTS,
            variables={"call.id": f"A{number + 1}", "call.first": "Hill Dental: your visit is tomorrow at ten."},
            retries=Retries(3), purpose="service",
        )  # fmt: skip
        made = stores.orders.add(order, now + timedelta(hours=1 + number))
        if end == "listed":
            attempts.end(order.order_id, "listed", "the number is on the do-not-call list default; it was not called")
        elif isinstance(end, RingEnd):
            for each in (RingEnd("busy", "the telephone is busy (SIP 486)", 486), end) if number == 5 else (end,):
                attempt = attempts.claim(made, "picture:1", _LIMITS)
                assert isinstance(attempt, Attempt)
                again = now + timedelta(hours=1) if each is not end else None
                attempts.settle(attempt.channel_uuid, each, _LIMITS, again)
            shown = order.order_id if number == 5 else shown
    return shown
