"""Calls that we make, as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.numbers import E164
from ivr.domain.outgoing.model import Attempt, NewOrder, Order, OutgoingLimits
from ivr.domain.telephones.model import RingEnd
from ivr.ports.pages import ListPage


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """None: any."""

    state: str | None = None
    to: E164 | None = None
    ivr_id: str | None = None


class OrderStore(Protocol):
    """Orders in Postgres. Changes by people are written to the audit log in their transaction."""

    def add(self, order: NewOrder, due_at: datetime) -> Order:
        """Raises TooManyOrders."""

    def find(self, order_id: str) -> Order | None: ...

    def list(self, wanted: OrderFilter, *, limit: int, cursor: str | None = None) -> ListPage[Order]:
        """Newest first. Raises InvalidCursor."""

    def cancel(self, order_id: str, *, actor: str) -> Order:
        """End an order that waits; one that is under way is marked, so that it is not tried again. Raises
        OrderNotFound, OrderOver."""


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt whose end is not written; `order_id` is that of its order."""

    order_id: str
    attempt: Attempt
    owner: str


@dataclass(frozen=True, slots=True)
class CallOfAttempt:
    """`ended`: nothing more is to come of it."""

    call_id: str
    ended: bool
    duration_ms: int | None
    answered_by: str | None


class AttemptStore(Protocol):
    """What the process that dials asks of Postgres. Raises StorageUnavailable."""

    def due(self, limit: int) -> Sequence[Order]:
        """Orders whose time has come, the longest waiting first."""

    def put_off(self, order_id: str, due_at: datetime, reason: str) -> None:
        """Try an order that waits again at this time."""

    def end(self, order_id: str, result: str, reason: str) -> None:
        """An order that waits is over without another attempt."""

    def why_not(self, order: Order, limits: OutgoingLimits) -> str | None:
        """Why the order may not be dialled at this moment; None: there is room."""

    def claim(self, order: Order, owner: str, limits: OutgoingLimits) -> Attempt | str:
        """The attempt that is to be dialled now, counted at the price of the longest call; or why there may be none
        at this moment. Whatever process asks, one after the other; an order is claimed once."""

    def note(self, channel_uuid: str, state: str) -> None:
        """It rings, or was answered just now."""

    def settle(self, channel_uuid: str, end: RingEnd, limits: OutgoingLimits, retry_at: datetime | None) -> None:
        """The attempt is over; its order waits for `retry_at`, or is over, too. What was reserved and is not needed
        may be spent again. Once only: a second end changes nothing."""

    def open_attempts(self) -> Sequence[OpenAttempt]:
        """Those without an end, oldest first."""

    def give_up(self, channel_uuid: str, reason: str) -> None:
        """Nobody will see the end of the attempt: its order is over as `unknown`."""

    def take_back(self, channel_uuid: str, due_at: datetime, reason: str) -> None:
        """Nothing was dialled: there was no such attempt, and its order waits again."""

    def call_of(self, channel_uuid: str, since: datetime) -> CallOfAttempt | None:
        """What the call record of this channel says."""


class CallLists(Protocol):
    """Raises StorageUnavailable; `find` ListNotFound for a do-not-call list that does not exist."""

    def find(self, number: E164, dnc_list: str | None, lists: Sequence[str], *, actor: str) -> str | None:
        """The list that forbids a call to this number, in words: a do-not-call list that counts for all calls, this
        one, or one of these lists of numbers. Do-not-call lists log that they were asked."""
