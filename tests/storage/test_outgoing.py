"""Calls that we make, from the order to its end: claimed once, within their limits, and never dialled twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ivr.clients.ringing import CallLost, CallOut
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.call_records import CallRecord, Outcome
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.numbers import E164
from ivr.domain.outgoing.model import LASTS, Attempt, NewOrder, Order, OutgoingLimits, Retries, new_order_id
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import SwitchWord
from ivr.domain.tickets import Ticket
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk
from ivr.storage.postgres.outgoing import prune_outgoing
from ivr.storage.postgres.outgoing_attempts import PostgresAttempts
from ivr.storage.postgres.stores import PostgresStores
from keeper.dialler import Dialler, World

TO, OURS = E164("+14805550123"), E164("+14155550100")
TRUNK = Trunk("carrier", hosts=(Host("sip.example.com"), Host("sip2.example.com")), numbers=(OURS,))
MENU = PublishedMenu("ivr_abc123", 3, parse_menu({"name": "m", "nodes": {"bye": {"action": "hangup"}}}), {})
# Noon in Arizona.
NOON = datetime(2026, 3, 9, 19, tzinfo=UTC)
LIMITS = OutgoingLimits(usd_min=Decimal("0.10"), usd_day=Decimal(100), at_once=100, number_day=100)
ANSWERED = SwitchWord("NORMAL_CLEARING", talked_s=30, call_id="call_1", answered_by="person")
BUSY, ILL = SwitchWord("USER_BUSY", 486), SwitchWord("NETWORK_OUT_OF_ORDER")


class Switch:
    """Answers each call with the next of `says`; what is raised is raised. `channels` are those that it still has."""

    def __init__(self, *says: SwitchWord | Exception) -> None:
        self.says = list(says)
        self.dialled: list[Dialled] = []
        self.channels: set[str] = set()

    def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord:
        assert isinstance(call, Dialled)
        self.dialled.append(call)
        says = self.says.pop(0)
        if isinstance(says, Exception):
            raise says
        if says.talked_s is not None:
            told("answered")
        return says


class Tickets:
    def __init__(self) -> None:
        self.issued: list[Ticket] = []

    def issue(self, dialled: str, ticket: Ticket, published: PublishedMenu, *, ttl_s: int) -> None:
        self.issued.append(ticket)

    def withdraw(self, dialled: str, published: PublishedMenu) -> None: ...


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def attempts(stores: PostgresStores) -> PostgresAttempts:
    return PostgresAttempts(stores.database)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def ordered(stores: PostgresStores, **more: Any) -> str:
    made = NewOrder(new_order_id(), TO, "carrier", "ivr_abc123", "Ada", NOON, NOON + LASTS)
    # Due by the clock of Postgres, whatever the dialler's own is.
    return stores.orders.add(replace(made, **more), datetime(2020, 1, 1, tzinfo=UTC)).order.order_id


def dialler(
    attempts: PostgresAttempts,
    switch: Switch,
    clock: Clock,
    *,
    limits: OutgoingLimits = LIMITS,
    trunks: Sequence[Trunk] = (TRUNK,),
    menu: PublishedMenu | None = MENU,
    listed: str | None = None,
    tickets: Tickets | None = None,
) -> Dialler:
    world = World(lambda: trunks, lambda _: menu, lambda _: listed, switch.channels.__contains__)
    return Dialler(attempts, world, tickets or Tickets(), switch, limits, clock)


def made(one: Dialler) -> None:
    one.look()
    one.wait(20)


def found(stores: PostgresStores, order_id: str) -> Order:
    order = stores.orders.find(order_id)
    assert order is not None
    return order


def test_a_call_is_made_with_what_its_order_says_and_its_end_is_kept(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id = ordered(stores, variables={"call.id": "A7"}, detects=False)
    switch, tickets = Switch(ANSWERED), Tickets()
    one = dialler(attempts, switch, clock, tickets=tickets)
    made(one)
    assert one.results == {"answered": 1}
    order = found(stores, order_id)
    (attempt,) = order.attempts
    assert (order.state, order.result) == ("ended", "answered")
    assert (attempt.state, attempt.answered_by, attempt.call_id, attempt.usd) == (
        "ended", "person", "call_1", Decimal("0.10"),
    )  # fmt: skip
    (call,), (ticket,) = switch.dialled, tickets.issued
    assert (call.number, call.telephone, call.channel_uuid) == (TO, TO, attempt.channel_uuid)
    assert (ticket.pointer, ticket.did) == ("ivr_abc123:3", OURS)
    assert ticket.outgoing is not None
    assert (ticket.outgoing.order_id, ticket.outgoing.variables, ticket.outgoing.detects) == (
        order_id, {"call.id": "A7"}, False,
    )  # fmt: skip


def test_a_busy_line_is_tried_again_as_often_as_the_order_says(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id = ordered(stores, retries=Retries(2, busy_s=300))
    one = dialler(attempts, Switch(BUSY, BUSY), clock)
    made(one)
    order = found(stores, order_id)
    assert (order.state, order.due_at, order.reason) == (
        "waiting", NOON + timedelta(seconds=300), "the telephone is busy (SIP 486)",
    )  # fmt: skip
    due(stores)
    clock.now += timedelta(seconds=300)
    made(one)
    order = found(stores, order_id)
    assert (order.state, order.result, len(order.attempts)) == ("ended", "busy", 2)


def due(stores: PostgresStores) -> None:
    with stores.database.transaction() as connection:
        connection.execute("update outgoing_call set due_at = '2020-01-01Z' where state = 'waiting'")


def test_the_other_host_of_a_trunk_is_tried_in_the_same_attempt(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id = ordered(stores)
    switch = Switch(ILL, ANSWERED)
    made(dialler(attempts, switch, clock))
    assert len({call.gateway for call in switch.dialled}) == 2
    assert len(found(stores, order_id).attempts) == 1


@pytest.mark.parametrize(
    ("more", "world", "result"),
    [
        ({"until": NOON - timedelta(seconds=1)}, {}, "expired"),
        ({}, {"listed": "the do-not-call list default"}, "listed"),
        ({}, {"trunks": ()}, "refused"),
        ({"to": E164("+4930123456")}, {}, "refused"),
        ({}, {"menu": None}, "refused"),
    ],
)
def test_what_must_not_be_dialled_any_more_is_not(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock,
    more: dict[str, Any], world: dict[str, Any], result: str,
) -> None:  # fmt: skip
    order_id = ordered(stores, **more)
    switch = Switch()
    made(dialler(attempts, switch, clock, **world))
    order = found(stores, order_id)
    assert (order.state, order.result, order.attempts, switch.dialled) == ("ended", result, (), [])


def test_a_call_waits_for_the_hours_of_its_number(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id = ordered(stores)
    clock.now = NOON - timedelta(hours=5)
    made(dialler(attempts, Switch(), clock))
    order = found(stores, order_id)
    assert (order.state, order.due_at) == ("waiting", NOON - timedelta(hours=4))


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"calls_day": 1}, "1 calls in 24 hours"),
        ({"usd_day": Decimal("1.05")}, "may cost $1.05"),
        ({"number_day": 1}, "was called 1 times"),
    ],
)
def test_what_a_day_has_no_room_for_waits(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock, limits: dict[str, Any], why: str
) -> None:
    first, second = ordered(stores), ordered(stores)
    one = dialler(attempts, Switch(ANSWERED, ANSWERED), clock, limits=replace(LIMITS, **limits))
    made(one)
    states = {found(stores, each).state for each in (first, second)}
    assert states == {"ended", "waiting"}
    waits = next(each for each in (first, second) if found(stores, each).state == "waiting")
    assert why in str(found(stores, waits).reason)


def test_a_call_that_waits_for_room_asks_no_list(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id = ordered(stores)
    made(dialler(attempts, Switch(), clock, limits=replace(LIMITS, calls_day=0), listed="a list"))
    assert found(stores, order_id).state == "waiting"


def test_an_order_that_fails_holds_up_no_other(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    ill, well = ordered(stores, to=E164("erased")), ordered(stores)
    made(dialler(attempts, Switch(ANSWERED), clock))
    assert (found(stores, ill).result, found(stores, well).result) == ("refused", "answered")


def test_no_more_calls_are_under_way_than_there_may_be(
    stores: PostgresStores, attempts: PostgresAttempts
) -> None:
    one, other = (found(stores, ordered(stores)) for _ in range(2))
    narrow = replace(LIMITS, at_once=1)
    assert isinstance(attempts.claim(one, "m:1", narrow), Attempt)
    assert "1 calls over the trunk carrier are under way" in str(attempts.claim(other, "m:1", narrow))


def test_whoever_asks_at_once_only_one_has_the_call(stores: PostgresStores, attempts: PostgresAttempts) -> None:
    order = found(stores, ordered(stores))
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: attempts.claim(order, f"m:{n}", LIMITS), range(8)))
    assert sum(isinstance(each, Attempt) for each in claims) == 1
    assert len(found(stores, order.order.order_id).attempts) == 1


def test_where_the_switch_is_away_nothing_was_dialled_and_the_call_waits(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id = ordered(stores)
    made(dialler(attempts, Switch(SwitchUnavailable("refused")), clock))
    order = found(stores, order_id)
    assert (order.state, order.attempts) == ("waiting", ())
    assert order.due_at == NOON + timedelta(seconds=60)


def lost(stores: PostgresStores, attempts: PostgresAttempts, clock: Clock) -> tuple[str, Attempt]:
    """A call whose end nobody has seen; the process that dialled it is gone."""
    order_id = ordered(stores)
    made(dialler(attempts, Switch(CallLost("the switch closed the connection")), clock))
    (attempt,) = found(stores, order_id).attempts
    return order_id, attempt


def test_a_lost_call_is_left_alone_while_the_switch_has_its_channel(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id, attempt = lost(stores, attempts, clock)
    switch = Switch()
    switch.channels.add(attempt.channel_uuid)
    clock.now = attempt.started_at + timedelta(minutes=5)
    dialler(attempts, switch, clock).settle_lost()
    assert found(stores, order_id).state == "dialling"


def test_a_lost_call_has_the_end_of_its_record(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id, attempt = lost(stores, attempts, clock)
    began = attempt.started_at + timedelta(seconds=4)
    stores.calls.ended(
        CallRecord(
            "call_9", attempt.channel_uuid, OURS, OURS, TO, TO, began, "ivr_abc123", 3, began + timedelta(seconds=70),
            70_000, Outcome.HUNG_UP, outgoing=order_id, answered_by="machine",
        )
    )  # fmt: skip
    clock.now = attempt.started_at + timedelta(seconds=80)
    dialler(attempts, Switch(), clock).settle_lost()
    order = found(stores, order_id)
    (now,) = order.attempts
    assert (order.result, now.call_id, now.answered_by, now.usd) == ("answered", "call_9", "machine", Decimal("0.20"))


def test_a_lost_call_without_a_record_is_given_up_and_dialled_no_more(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id, attempt = lost(stores, attempts, clock)
    switch = Switch()
    one = dialler(attempts, switch, clock)
    clock.now = attempt.started_at + timedelta(seconds=30)
    one.settle_lost()
    assert found(stores, order_id).state == "dialling"
    clock.now = attempt.started_at + timedelta(seconds=61)
    one.settle_lost()
    made(one)
    order = found(stores, order_id)
    assert (order.state, order.result, switch.dialled) == ("ended", "unknown", [])
    assert order.attempts[0].usd == LIMITS.reserved_usd


def test_a_call_that_was_cancelled_while_it_rang_is_tried_no_more(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    order_id = ordered(stores, retries=Retries(3))

    class Cancelled(Switch):
        def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord:
            told("ringing")
            stores.orders.cancel(order_id, actor="Ada")
            return BUSY

    clock.now = datetime.now(UTC)
    with stores.database.transaction() as connection:
        connection.execute(
            """update outgoing_call set until = now() + interval '1 day',
            document = jsonb_set(document, '{hours,zone}', '"UTC"')"""
        )
        connection.execute(
            """update outgoing_call set document = jsonb_set(jsonb_set(document, '{hours,from}', '"00:00"'),
            '{hours,to}', '"23:59:59.999999"')"""
        )
    made(dialler(attempts, Cancelled(), clock))
    order = found(stores, order_id)
    assert (order.state, order.result, len(order.attempts)) == ("ended", "busy", 1)


def test_old_orders_go_with_their_attempts_and_those_that_wait_stay(
    stores: PostgresStores, attempts: PostgresAttempts, clock: Clock
) -> None:
    over = ordered(stores)
    made(dialler(attempts, Switch(ANSWERED), clock))
    waits = ordered(stores)
    later = datetime.now(UTC) + timedelta(days=1)
    assert prune_outgoing(stores.database, later, dry=True) == 1
    assert prune_outgoing(stores.database, later, dry=False) == 1
    assert stores.orders.find(over) is None
    assert found(stores, waits).state == "waiting"
    assert attempts.open_attempts() == []
