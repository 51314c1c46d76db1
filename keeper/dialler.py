"""Makes the calls that are ordered: looks what is due, claims it, dials it over its trunk and writes how it ended.

An attempt is in Postgres before it is dialled. Whoever is killed then, keeper, switch or call server, leaves an
attempt without an end: it is settled by what its call record says, or given up as unknown, and never dialled again.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from ivr.clients.ringing import CallLost, Ringing, ring_once_known
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError
from ivr.domain.menu.published import PublishedMenu, cache_pointer
from ivr.domain.numbers import E164
from ivr.domain.outgoing.hours import zones_of
from ivr.domain.outgoing.model import Attempt, NewOrder, Order, OutgoingLimits
from ivr.domain.outgoing_ticket import Outgoing
from ivr.domain.telephones.destinations import find_refusal
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import end_of, worth_another
from ivr.domain.telephones.errors import NoWayOut
from ivr.domain.telephones.model import RING_S, RingEnd
from ivr.domain.telephones.way_out import WayOut, find_way_from_ours
from ivr.domain.tickets import Ticket, new_outgoing_ticket
from ivr.domain.time_zones import find_zone
from ivr.domain.trunks.model import Trunk
from ivr.ports.outgoing import AttemptStore, OpenAttempt
from ivr.storage.disk.journal import machine_name

log = logging.getLogger(__name__)

POLL_S = 0.5
SETTLE_EVERY_S = 5.0
# Threads of calls under way; each follows one.
MOST_AT_ONCE = 50
# A limit that is reached, or a store that cannot tell, is asked again after so long.
AGAIN_S = 30
# The switch was not reached, so nothing was dialled.
SWITCH_AGAIN_S = 60
_STORE_AGAIN_S = 2.0
# So long after a channel is gone its call record may still be on its way.
_RECORD_S = 60
_LOST = (
    "the process that dialled it, or the switch, was lost: whether somebody answered is not known, and it is not "
    "dialled again"
)


class Tickets(Protocol):
    """`ivr.storage.redis.menu_cache.CacheWriter`. Raises StorageUnavailable."""

    def issue(self, dialled: str, ticket: Ticket, published: PublishedMenu, *, ttl_s: int) -> None: ...

    def withdraw(self, dialled: str, published: PublishedMenu) -> None: ...


class World(NamedTuple):
    """What is asked before a call is made. `menu_of`: the menu as it is now, None when it is gone. `listed`: where a
    number is listed that is not to be called, in words. All raise StorageUnavailable."""

    trunks: Callable[[], Sequence[Trunk]]
    menu_of: Callable[[str], PublishedMenu | None]
    listed: Callable[[NewOrder], str | None]
    has_channel: Callable[[str], bool]


class Dialler:
    """`run` in a thread of its own; `clock` tells the time of day."""

    def __init__(
        self,
        store: AttemptStore,
        world: World,
        tickets: Tickets,
        ringer: Ringing,
        limits: OutgoingLimits,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._world = world
        self._tickets = tickets
        self._ringer = ringer
        self._limits = limits
        self._clock = clock
        self._owner = f"{machine_name()}:{secrets.token_hex(8)}"
        self._following: dict[str, threading.Thread] = {}
        # Attempts by how they ended, since the start.
        self.results: Counter[str] = Counter()

    def run(self, stopping: threading.Event) -> None:
        settled_at = float("-inf")
        while not stopping.wait(POLL_S):
            try:
                if time.monotonic() - settled_at > SETTLE_EVERY_S:
                    settled_at = time.monotonic()
                    self.settle_lost()
                self.look()
            except StorageError as error:
                log.error("calls that are ordered wait: %s", error)
                stopping.wait(_STORE_AGAIN_S)

    def look(self) -> None:
        """Make the calls that are due, as far as there is room. Raises StorageUnavailable."""
        self._following = {uuid: thread for uuid, thread in self._following.items() if thread.is_alive()}
        free = MOST_AT_ONCE - len(self._following)
        for order in self._store.due(free) if free > 0 else ():
            try:
                self._take(order)
            except StorageError:
                raise
            except Exception:
                # One order that cannot be made must not hold up the others.
                log.exception("the call %s cannot be made", order.order.order_id)
                self._store.end(order.order.order_id, "refused", "it could not be made; the keeper's log says why")

    def wait(self, timeout_s: float) -> None:
        """For the calls under way."""
        for thread in list(self._following.values()):
            thread.join(timeout_s)

    def _take(self, order: Order) -> None:
        it, now = order.order, self._clock()
        if now > it.until:
            self._store.end(it.order_id, "expired", "its time was over before it could be made")
            return
        zone = find_zone(it.hours.zone) if it.hours.zone else None
        when = it.hours.next_allowed(now, (zone,) if zone else zones_of(it.to))
        if when is None or when > it.until:
            self._store.end(it.order_id, "expired", "the hours in which it may be made begin after its time is over")
        elif when > now:
            self._store.put_off(it.order_id, when, "it is outside the hours in which this number may be called")
        elif (why := self._store.why_not(order, self._limits)) is not None:
            self._store.put_off(it.order_id, now + timedelta(seconds=AGAIN_S), why)
        elif (where := self._world.listed(it)) is not None:
            # Asked last, since each question is logged.
            self._store.end(it.order_id, "listed", f"the number is on {where}; it was not called")
        else:
            self._claim(order, now)

    def _claim(self, order: Order, now: datetime) -> None:
        it = order.order
        try:
            way = self._find_way(it)
        except NoWayOut as error:
            self._store.end(it.order_id, "refused", str(error))
            return
        published = self._world.menu_of(it.ivr_id)
        if published is None:
            self._store.end(it.order_id, "refused", "its menu is gone")
            return
        attempt = self._store.claim(order, self._owner, self._limits)
        if isinstance(attempt, str):
            self._store.put_off(it.order_id, now + timedelta(seconds=AGAIN_S), attempt)
            return
        thread = threading.Thread(
            target=self._dial, args=(order, attempt, way, published), name="outgoing", daemon=True
        )
        self._following[attempt.channel_uuid] = thread
        thread.start()

    def _find_way(self, it: NewOrder) -> WayOut:
        """Raises NoWayOut."""
        trunks = {each.name: each for each in self._world.trunks()}
        trunk = trunks.get(it.trunk)
        if trunk is None:
            raise NoWayOut(f"there is no trunk {it.trunk} any more")
        refusal = find_refusal(it.to, self._limits.countries | {trunk.country})
        if refusal is not None:
            raise NoWayOut(refusal)
        return find_way_from_ours(trunk, it.to, it.caller)

    # -- one call, in a thread of its own ----------------------------------------------------------------------------

    def _dial(self, order: Order, attempt: Attempt, way: WayOut, published: PublishedMenu) -> None:
        it, ticket = order.order, new_outgoing_ticket()
        try:
            end = self._ring(it, attempt, way, published, ticket)
        except CallLost as error:
            # Its end is not known: `settle_lost` finds it.
            log.warning("the switch was lost during the call %s: %s", it.order_id, error)
            return
        except (SwitchUnavailable, StorageError) as error:
            log.warning("the call %s was not made: %s", it.order_id, error)
            again_at, why = self._after(SWITCH_AGAIN_S), f"it could not be made: {error}"
            self._insist(lambda: self._store.take_back(attempt.channel_uuid, again_at, why))
            return
        except Exception:
            log.exception("the call %s failed", it.order_id)
            return
        finally:
            self._withdraw(ticket, published)
        self.results[end.result] += 1
        wait_s = it.retries.wait_s(end.result, len(order.attempts) + 1)
        retry_at = None if wait_s is None else self._after(wait_s)
        self._insist(lambda: self._store.settle(attempt.channel_uuid, end, self._limits, retry_at))

    def _ring(
        self, it: NewOrder, attempt: Attempt, way: WayOut, published: PublishedMenu, ticket: str
    ) -> RingEnd:
        brings = Outgoing(it.order_id, it.variables, it.detects)
        pointer = cache_pointer(published.ivr_id, published.version)
        caller = it.caller or self._first_number(it.trunk)
        lasts_s = RING_S * len(way.gateways) + self._limits.longest_s + 120
        self._tickets.issue(ticket, Ticket(pointer, caller, brings), published, ttl_s=lasts_s)
        end = RingEnd("unreachable", "it was not dialled")
        note = functools.partial(self._note, attempt.channel_uuid)
        for gateway in way.gateways:
            call = Dialled(
                *(attempt.channel_uuid, gateway, way.dialled, way.caller, it.to, ticket),
                longest_s=self._limits.longest_s,
            )
            end = end_of(ring_once_known(self._ringer, call, note))
            if not worth_another(end):
                break
        return end

    def _first_number(self, name: str) -> E164 | None:
        numbers = next((each.numbers for each in self._world.trunks() if each.name == name), ())
        return numbers[0] if numbers else None

    def _note(self, channel_uuid: str, state: str) -> None:
        try:
            self._store.note(channel_uuid, state)
        except StorageError as error:
            log.warning("that a call is %s was not written: %s", state, error)

    def _withdraw(self, ticket: str, published: PublishedMenu) -> None:
        try:
            self._tickets.withdraw(ticket, published)
        except StorageError as error:
            log.debug("a ticket ends by itself: %s", error)

    def _insist(self, write: Callable[[], None]) -> None:
        """What is known of an end is written, however long Postgres is away."""
        while True:
            try:
                write()
            except StorageError as error:
                log.error("the end of a call waits to be written: %s", error)
                time.sleep(_STORE_AGAIN_S)
            else:
                return

    def _after(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=seconds)

    # -- attempts that nobody follows --------------------------------------------------------------------------------

    def settle_lost(self) -> None:
        """End what a lost process or a lost switch has left. Raises StorageUnavailable."""
        for each in self._store.open_attempts():
            if each.attempt.channel_uuid not in self._following and not self._may_go_on(each):
                self._settle(each)

    def _may_go_on(self, each: OpenAttempt) -> bool:
        """Whether the call may still be under way, or another keeper follows it."""
        age = self._clock() - each.attempt.started_at
        if age > self._limits.over_after:
            return False
        if each.owner.partition(":")[0] != machine_name():
            return True
        try:
            return self._world.has_channel(each.attempt.channel_uuid)
        except SwitchUnavailable:
            return True

    def _settle(self, each: OpenAttempt) -> None:
        it = each.attempt
        record = self._store.call_of(it.channel_uuid, it.started_at)
        if record is not None and record.ended:
            talked_s = (record.duration_ms or 0) / 1000
            end = RingEnd("answered", "it was answered", None, talked_s, record.call_id, record.answered_by)
            self._store.settle(it.channel_uuid, end, self._limits, None)
        elif record is None and self._clock() - it.started_at > timedelta(seconds=_RECORD_S):
            log.error("the call %s is over and nobody saw its end", each.order_id)
            self._store.give_up(it.channel_uuid, _LOST)
