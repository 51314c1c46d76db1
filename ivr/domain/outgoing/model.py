"""An order for a call that we make, its attempts, and what such calls may cost.

An order waits until it may be dialled; each attempt dials once and is written down before it dials, so that an
attempt whose end nobody saw is never dialled again. The price of the longest call is reserved with each attempt and
corrected at its end.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

from ivr.domain.menu.answered_by import AnsweredBy
from ivr.domain.menu.variables import Value
from ivr.domain.numbers import E164
from ivr.domain.outgoing.hours import CallingHours
from ivr.domain.telephones.model import RING_S, RingResult, cost_usd

OrderState = Literal["waiting", "dialling", "ringing", "answered", "ended"]
AttemptState = Literal["dialling", "ringing", "answered", "ended"]
# `unknown`: the process or the switch was lost during an attempt, which is not made again.
OrderResult = Literal[RingResult, "cancelled", "expired", "listed", "unknown"]
Purpose = Literal["advertising", "service"]
UNDER_WAY: tuple[OrderState, ...] = ("dialling", "ringing", "answered")
STATES: tuple[OrderState, ...] = get_args(OrderState)
RESULTS: tuple[str, ...] = (*get_args(RingResult), "cancelled", "expired", "listed", "unknown")

DAY = timedelta(hours=24)
MAX_WAITING = 100_000
MOST_ATTEMPTS = 10
# How long an order is tried unless it says so itself.
LASTS = timedelta(hours=24)
LONGEST_WAIT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Retries:
    """`most` attempts in all; seconds to the next one after a busy line, and after no answer or a carrier's
    trouble."""

    most: int = 1
    busy_s: int = 300
    no_answer_s: int = 3600

    def wait_s(self, result: str, attempts: int) -> int | None:
        """Seconds to the next attempt after this many; None: there is none."""
        if attempts >= self.most:
            return None
        return {"busy": self.busy_s, "no_answer": self.no_answer_s, "unreachable": self.no_answer_s}.get(result)


@dataclass(frozen=True, slots=True)
class NewOrder:
    """`caller`: one of the trunk's numbers, which the called telephone shows; None: its first. `not_before` and
    `until` bound its attempts. `lists`: lists of numbers whose numbers are not called; `dnc_list`: a do-not-call list
    that counts beside those that count for all. `detects`: whether a machine is told from a person."""

    order_id: str
    to: E164
    trunk: str
    ivr_id: str
    actor: str
    not_before: datetime
    until: datetime
    caller: E164 | None = None
    variables: Mapping[str, Value] = field(default_factory=dict)
    hours: CallingHours = field(default_factory=CallingHours)
    retries: Retries = field(default_factory=Retries)
    purpose: Purpose = "advertising"
    on_behalf_of: str | None = None
    dnc_list: str | None = None
    lists: Sequence[str] = ()
    detects: bool = True

    def to_json(self) -> dict[str, Any]:
        """What the store keeps in one column; the rest has columns of its own."""
        return {
            "caller": self.caller,
            "variables": dict(self.variables),
            "hours": self.hours.to_json(),
            "retries": {"most": self.retries.most, "busy_s": self.retries.busy_s,
                        "no_answer_s": self.retries.no_answer_s},
            "purpose": self.purpose,
            "on_behalf_of": self.on_behalf_of,
            "dnc_list": self.dnc_list,
            "lists": list(self.lists),
            "detects": self.detects,
        }  # fmt: skip


def order_of(columns: Mapping[str, Any], document: Mapping[str, Any]) -> NewOrder:
    """The inverse of `to_json`."""
    told = {**document, "hours": CallingHours.of_json(document["hours"]), "retries": Retries(**document["retries"])}
    return NewOrder(**columns, **{**told, "lists": tuple(document["lists"])})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that it was dialled. `reason` tells people how it ended; `call_id` is that of the call record."""

    channel_uuid: str
    started_at: datetime
    state: AttemptState
    usd: Decimal
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: str | None = None
    reason: str | None = None
    sip_status: int | None = None
    call_id: str | None = None
    answered_by: AnsweredBy | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands. `due_at`: when it is tried next; `reason`: why it waits, or how it ended."""

    order: NewOrder
    state: OrderState
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None = None
    result: str | None = None
    reason: str | None = None
    attempts: Sequence[Attempt] = ()


@dataclass(frozen=True, slots=True)
class OutgoingLimits:
    """What a trunk is used for at most: calls in DAY, dollars in DAY, calls at once; and calls to one number in DAY.
    `countries`: where else than in the trunk's own country a number may be."""

    countries: frozenset[str] = frozenset()
    usd_min: Decimal = Decimal("0.02")
    usd_day: Decimal = Decimal(20)
    calls_day: int = 1000
    at_once: int = 5
    number_day: int = 3
    longest_s: int = 600

    @property
    def reserved_usd(self) -> Decimal:
        """The price of the longest call."""
        return cost_usd(self.longest_s, self.usd_min)

    @property
    def over_after(self) -> timedelta:
        """No call can still be under way when it is older than this."""
        return timedelta(seconds=RING_S + self.longest_s + 120)


def new_order_id() -> str:
    return f"out_{secrets.token_hex(16)}"
