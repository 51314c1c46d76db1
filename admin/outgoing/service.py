"""Orders for calls that we make: what is refused at once, and what waits for the keeper (keeper/dialler.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from admin.live.errors import SwitchAway
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.call_records import utc_now
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.variables import NOTHING_KNOWN
from ivr.domain.outgoing.errors import HoursNeverRight, MenuNotForCalls, NumberListed, OrderNotFound
from ivr.domain.outgoing.hours import EARLIEST, LATEST, zones_of
from ivr.domain.outgoing.menu_rules import find_lacking
from ivr.domain.outgoing.model import LASTS, LONGEST_WAIT, UNDER_WAY, NewOrder, Order, OutgoingLimits
from ivr.domain.problems import Problem
from ivr.domain.telephones.destinations import find_refusal
from ivr.domain.telephones.errors import DestinationRefused, NoWayOut
from ivr.domain.telephones.way_out import find_way_from_ours
from ivr.domain.time_zones import find_zone
from ivr.ports.menus import MenuStore
from ivr.ports.outgoing import CallLists, OrderStore
from ivr.ports.trunks import TrunkStore

_NO_MOMENT = "there is no moment between at and until at which this number may be called"


@dataclass(frozen=True)
class OutgoingDesk:
    """`hang_up_channel`: False when the switch has no such channel (SwitchUnavailable)."""

    store: OrderStore
    trunks: TrunkStore
    menus: MenuStore
    listed: CallLists
    hang_up_channel: Callable[[str], bool]
    limits: OutgoingLimits
    clock: Callable[[], datetime] = utc_now

    def add(self, order: NewOrder) -> tuple[Order, Sequence[Problem]]:
        """The order, and what its menu lacks. Raises MenuNotFound, NoWayOut, DestinationRefused, HoursNeverRight,
        MenuNotForCalls, NumberListed, TooManyOrders, ListNotFound."""
        lacking = self._check_menu(order)
        self._check_way(order)
        due_at = self._first_moment(order)
        where = self.listed.find(order.to, order.dnc_list, order.lists, actor=order.actor)
        if where is not None:
            raise NumberListed(order.to, where)
        return self.store.add(order, due_at), lacking

    def get(self, order_id: str) -> Order:
        """Raises OrderNotFound."""
        order = self.store.find(order_id)
        if order is None:
            raise OrderNotFound
        return order

    def cancel(self, order_id: str, *, actor: str) -> None:
        """End it, and hang up if it is under way. Raises OrderNotFound, OrderOver, SwitchAway."""
        order = self.store.cancel(order_id, actor=actor)
        if order.state in UNDER_WAY and order.attempts:
            try:
                self.hang_up_channel(order.attempts[-1].channel_uuid)
            except SwitchUnavailable as error:
                raise SwitchAway(f"the switch's event socket: {error}") from None

    def _check_menu(self, order: NewOrder) -> Sequence[Problem]:
        menu = parse_menu(self.menus.get(order.ivr_id).document)
        known = NOTHING_KNOWN.with_values(order.variables)
        lacking = tuple(find_lacking(menu, order.on_behalf_of, known))
        if order.purpose == "advertising" and order.on_behalf_of is None:
            raise MenuNotForCalls("say on whose behalf the call is made; the menu begins with it, too")
        if order.purpose == "advertising" and lacking:
            raise MenuNotForCalls("; ".join(each.message for each in lacking))
        return lacking

    def _check_way(self, order: NewOrder) -> None:
        trunks = {each.name: each for each in self.trunks.all()}
        trunk = trunks.get(order.trunk)
        if trunk is None:
            raise NoWayOut(f"there is no trunk {order.trunk[:64]}; give the name of one")
        refusal = find_refusal(order.to, self.limits.countries | {trunk.country})
        if refusal is not None:
            raise DestinationRefused(refusal)
        if any(order.to in each.numbers for each in trunks.values()):
            raise DestinationRefused(f"{order.to} comes by a trunk of this installation; it would call itself")
        find_way_from_ours(trunk, order.to, order.caller)

    def _first_moment(self, order: NewOrder) -> datetime:
        """Raises HoursNeverRight."""
        hours, now = order.hours, self.clock()
        if order.purpose == "advertising" and not EARLIEST <= hours.first < hours.last <= LATEST:
            raise HoursNeverRight(
                f"advertising calls are made between {EARLIEST:%H:%M} and {LATEST:%H:%M} of the called person's day; "
                "give hours within these"
            )
        zone = find_zone(hours.zone) if hours.zone else None
        if hours.zone and zone is None:
            raise HoursNeverRight("there is no such time zone; names are those of IANA, such as America/New_York")
        zones = (zone,) if zone else zones_of(order.to)
        if not zones:
            raise HoursNeverRight(f"the time zone of {order.to} is not known; give the zone of the hours")
        if not max(now, order.not_before) <= order.until <= now + LONGEST_WAIT + LASTS:
            raise HoursNeverRight("until is not after at and now, or more than a year ahead; give another time")
        when = hours.next_allowed(max(now, order.not_before), zones)
        if when is None or when > order.until:
            raise HoursNeverRight(_NO_MOMENT)
        return when
