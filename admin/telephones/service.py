"""Telephones: verified by a code that a call says, and rung over a trunk so that they hear a menu.

The switch dials; the answered channel goes to the call server with a ticket, as a test call of the page does, and its
record is marked as one. Calls out cost money, so each is checked and paid in advance (`TelephoneStore.reserve`)
before anything is dialled.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from admin.live.errors import SwitchAway
from admin.telephones.spoken_code import AUDIO, SpokenCodes, code_menu
from admin.test_calls.service import Callee, TestCallService
from ivr.clients.ringing import CallLost, NoCallsOut, Ringing, ring_once_known
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.call_records import CallRecord
from ivr.domain.errors import IvrError, StorageError
from ivr.domain.numbers import E164
from ivr.domain.telephones.destinations import find_refusal
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import end_of, worth_another
from ivr.domain.telephones.errors import DestinationRefused, NoWayOut, RingNotFound, TelephoneVerified
from ivr.domain.telephones.model import (
    NewRing,
    Purpose,
    Ring,
    RingEnd,
    RingLimits,
    Telephone,
    code_digest,
    new_code,
    new_ring_id,
)
from ivr.domain.telephones.way_out import WayOut, find_way_out, where_it_goes
from ivr.ports.audit import AuditLog
from ivr.ports.calls import CallStore
from ivr.ports.telephones import TelephoneStore
from ivr.ports.trunks import TrunkStore

log = logging.getLogger(__name__)


def beside(work: Callable[[], None]) -> None:
    """Run it in a thread of its own."""
    threading.Thread(target=work, name="telephone-call", daemon=True).start()


@dataclass(frozen=True)
class TelephoneDesk:
    """`hang_up_channel`: False when the switch has no such channel (SwitchUnavailable). `secret` keys the digests of
    codes. `start` runs a call beside the request that makes it."""

    store: TelephoneStore
    trunks: TrunkStore
    test_calls: TestCallService
    codes: SpokenCodes
    calls: CallStore
    audit: AuditLog
    ringer: Ringing
    hang_up_channel: Callable[[str], bool]
    limits: RingLimits
    secret: Callable[[], bytes]
    start: Callable[[Callable[[], None]], object] = beside
    pause: Callable[[float], object] = time.sleep

    def add(self, number: E164, trunk: str, *, actor: str) -> tuple[Telephone, Ring]:
        """Add a telephone and call it with a code. Raises what `send_code` raises, and TooManyTelephones."""
        self.find_way(number, trunk)
        known = self.store.add(number, actor=actor)
        return known, self.send_code(number, trunk, actor=actor)

    def find_ringable(self) -> Callable[[Telephone], list[str]]:
        """What names the trunks over which a telephone may be rung for a menu now."""
        now = {where_it_goes(each) for each in self.trunks.all()}
        return lambda known: [each.trunk for each in known.verified_over if each in now]

    def send_code(self, number: E164, trunk: str, *, actor: str) -> Ring:
        """Call a telephone with a new code. Raises TelephoneNotFound, TelephoneVerified, NoWayOut,
        DestinationRefused, RingLimitReached, TtsUnavailable, StorageUnavailable."""
        way = self.find_way(number, trunk)
        known = self.store.find(number)
        if known is not None and way.trunk in known.verified_over:
            raise TelephoneVerified(number)
        code = new_code()
        callee = self.test_calls.draft(code_menu(), speak=False)
        sound = self.codes.say(code)
        callee = replace(callee, published=replace(callee.published, prompts={AUDIO: sound}))
        digest = code_digest(self.secret(), number, code)
        over = functools.partial(self.codes.forget, sound)
        try:
            reserved = functools.partial(self.store.set_code, number, digest, way.trunk)
            return self._ring(number, way, callee, "code", reserved, actor, over)
        except IvrError:
            over()
            raise

    def verify(self, number: E164, code: str, *, actor: str) -> Telephone:
        """Raises TelephoneNotFound, TelephoneVerified, WrongCode, NoCode."""
        return self.store.verify(number, code_digest(self.secret(), number, code), actor=actor)

    def ring(self, number: E164, trunk: str, callee: Callee, *, actor: str) -> Ring:
        """Call a verified telephone, which hears the menu. Raises TelephoneNotVerified, NoWayOut, DestinationRefused,
        RingLimitReached, StorageUnavailable."""
        return self._ring(number, self.find_way(number, trunk), callee, "menu", lambda: None, actor)

    def get(self, ring_id: str) -> tuple[Ring, CallRecord | None]:
        """The call, and its call record some moments after its end. Raises RingNotFound."""
        ring = self.store.find_ring(ring_id, self.limits)
        if ring is None:
            raise RingNotFound
        record = self.calls.find(ring.call_id) if ring.call_id else None
        return ring, record if record is not None and record.ended_at is not None else None

    def hang_up(self, ring_id: str, *, actor: str) -> None:
        """End the call; one that is over stays over. Raises RingNotFound, SwitchAway."""
        ring, _ = self.get(ring_id)
        if ring.state not in ("ended", "lost"):
            self.audit.add(actor, "telephone.hangup", f"telephone/{ring.order.number}", after={"call": ring_id})
            try:
                self.hang_up_channel(ring.order.channel_uuid)
            except SwitchUnavailable as error:
                raise SwitchAway(f"the switch's event socket: {error}") from None

    def find_way(self, number: E164, name: str) -> WayOut:
        """How the number is dialled over this trunk. Raises NoWayOut, DestinationRefused."""
        trunks = {each.name: each for each in self.trunks.all()}
        trunk = trunks.get(name)
        if trunk is None:
            raise NoWayOut(f"there is no trunk {name[:64]}; give the name of one")
        refusal = find_refusal(number, self.limits.countries | {trunk.country})
        if refusal is not None:
            raise DestinationRefused(refusal)
        if any(number in each.numbers for each in trunks.values()):
            raise DestinationRefused(f"{number} comes by a trunk of this installation; it would call itself")
        if self.store.is_own(number):
            raise DestinationRefused(f"{number} leads to a menu of this installation; it would call itself")
        return find_way_out(trunk, number)

    def _ring(
        self,
        number: E164,
        way: WayOut,
        callee: Callee,
        purpose: Purpose,
        reserved: Callable[[], None],
        actor: str,
        over: Callable[[], None] = lambda: None,
    ) -> Ring:
        """`reserved`: once the call is paid for; `over`: after a call that was dialled."""
        order = NewRing(new_ring_id(), number, way.trunk.trunk, purpose, actor, callee.ivr_id, callee.version)
        ring = self.store.reserve(order, self.limits, way.trunk)
        try:
            reserved()
            ticket = self.test_calls.issue(callee)
        except IvrError as error:
            self._end(order, RingEnd("unreachable", f"it was not dialled: {error}"))
            raise

        def dial() -> None:
            try:
                self._dial(order, way, ticket, callee)
            finally:
                over()

        self.start(dial)
        return ring

    def _dial(self, order: NewRing, way: WayOut, ticket: str, callee: Callee) -> None:
        end = RingEnd("unreachable", "it was not dialled")
        try:
            for gateway in way.gateways:
                call = Dialled(
                    *(order.channel_uuid, gateway, way.dialled, way.caller, order.number, ticket),
                    longest_s=self.limits.longest_s,
                )
                end = end_of(
                    ring_once_known(
                        self.ringer, call, lambda state: self.store.note(order.ring_id, state), self.pause
                    )
                )
                if not worth_another(end):
                    break
        except CallLost as error:
            log.warning("the switch was lost during a call to a telephone: %s", error)
            # Nobody knows how long it lasts.
            lasts_s = float(self.limits.longest_s)
            end = RingEnd("unreachable", "the switch was lost, and how the call ended is not known", talked_s=lasts_s)
        except NoCallsOut:
            end = RingEnd("unreachable", "this switch makes no calls out; it takes FreeSWITCH")
        except SwitchUnavailable as error:
            log.warning("the switch cannot be told to call a telephone: %s", error)
            end = RingEnd("unreachable", "the switch's event socket cannot be reached")
        except StorageError as error:
            log.warning("a call to a telephone goes on and cannot be followed: %s", error)
            return
        finally:
            self._withdraw(ticket, callee)
        self._end(order, end)

    def _end(self, order: NewRing, end: RingEnd) -> None:
        try:
            self.store.end(order.ring_id, end, self.limits)
        except StorageError as error:
            log.warning("the end of a call to a telephone was not written; it counts in full: %s", error)

    def _withdraw(self, ticket: str, callee: Callee) -> None:
        try:
            self.test_calls.cache.withdraw(ticket, callee.published)
        except StorageError as error:
            log.debug("a ticket ends by itself: %s", error)
