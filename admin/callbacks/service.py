"""Call-backs: a person's own, verified telephone is rung over a trunk, then the caller who asked for it.

Both sides cost money: each is checked and paid in advance as every call to a telephone is
(`admin/telephones/service.py`), the caller's number included.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from admin.telephones.service import beside
from ivr.clients.ringing import CallLost, CallOut, NoCallsOut, ring_once_known
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.callbacks import Callback, CallbackNotFound, CallbackOptedOut, CallbackRequest, CallbackSettled
from ivr.domain.errors import StorageError
from ivr.domain.numbers import E164
from ivr.domain.telephones.call_back import CallBack
from ivr.domain.telephones.endings import SwitchWord, end_of, worth_another
from ivr.domain.telephones.model import NewRing, Ring, RingEnd, RingLimits, new_ring_id
from ivr.domain.telephones.way_out import WayOut
from ivr.ports.callbacks import CallbackStore
from ivr.ports.telephones import TelephoneStore

log = logging.getLogger(__name__)

# While Postgres is away the end of a call waits to be written for so long.
_AGAIN_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_TALKED = "they talked"
_NOT_REACHED = "the person answered, and the caller was not reached"
# By why the switch did not connect the two.
_WHY_NOT = {
    "USER_BUSY": "the person answered, and the caller's telephone was busy",
    "NO_ANSWER": "the person answered, and the caller did not",
    "NO_USER_RESPONSE": "the person answered, and the caller did not",
    "ALLOTTED_TIMEOUT": "the person answered, and the caller did not",
    "CALL_REJECTED": "the person answered, and the caller declined the call",
    "ORIGINATOR_CANCEL": "the person hung up before the caller answered",
}


class Rings(Protocol):
    """Raises SwitchUnavailable, CallLost."""

    def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord: ...


@dataclass(frozen=True)
class CallbackDesk:
    """`find_way` is that of the telephones: it raises NoWayOut, DestinationRefused. `opted_out_at` says when a number
    came onto the do-not-call list, None: it is not on it. `start` runs a call beside the request that makes it;
    `pause` waits for a switch that is to learn of a new trunk."""

    store: CallbackStore
    telephones: TelephoneStore
    find_way: Callable[[E164, str], WayOut]
    ringer: Rings
    limits: RingLimits
    opted_out_at: Callable[[E164], datetime | None]
    start: Callable[[Callable[[], None]], object] = beside
    pause: Callable[[float], object] = time.sleep

    def get(self, callback_id: str) -> Callback:
        """Raises CallbackNotFound."""
        found = self.store.find(callback_id)
        if found is None:
            raise CallbackNotFound(callback_id)
        return found

    def add(self, request: CallbackRequest, *, actor: str) -> Callback:
        return self.store.add(request, actor=actor)

    def dial(self, callback_id: str, person: E164, trunk: str, *, actor: str) -> Ring:
        """Ring the person, and then connect the caller. Raises CallbackNotFound, CallbackSettled, CallbackOptedOut,
        NoWayOut, DestinationRefused, TelephoneNotVerified, RingLimitReached, StorageUnavailable."""
        found = self.get(callback_id)
        if found.state != "open":
            raise CallbackSettled(found.state)
        opted_out_at = self.opted_out_at(found.request.number)
        # Who asks for a call after an opt-out wants that call.
        if opted_out_at is not None and opted_out_at > found.request.asked_at:
            raise CallbackOptedOut(found.request.number)
        way, to_person = self.find_way(found.request.number, trunk), self.find_way(person, trunk)
        order = NewRing(new_ring_id(), person, trunk, "callback", actor)
        ring = self.telephones.reserve(order, self.limits, to_person.trunk)
        self.store.dialled(callback_id)
        self.start(lambda: self._dial(callback_id, order, to_person, way))
        return ring

    def _dial(self, callback_id: str, order: NewRing, person: WayOut, way: WayOut) -> None:
        end, said = RingEnd("unreachable", "it was not dialled"), None
        try:
            for gateway in person.gateways:
                call = CallBack(order.channel_uuid, gateway, person, way, self.limits.longest_s)
                note = functools.partial(self._note, order.ring_id)
                said = ring_once_known(self.ringer, call, note, self.pause)
                end = end_of(said)
                if not worth_another(end):
                    break
        except CallLost:
            lasts_s = float(self.limits.longest_s)
            end = RingEnd("unreachable", "the switch was lost, and how the call ended is not known", talked_s=lasts_s)
        except NoCallsOut:
            end = RingEnd("unreachable", "this switch makes no calls out; it takes FreeSWITCH")
        except SwitchUnavailable as error:
            log.warning("the switch cannot be told to call back: %s", error)
            end = RingEnd("unreachable", "the switch's event socket cannot be reached")
        self._end(callback_id, order, end, said)

    def _note(self, ring_id: str, state: str) -> None:
        try:
            self.telephones.note(ring_id, state)
        except StorageError as error:
            log.warning("that a call is %s was not written: %s", state, error)

    def _end(self, callback_id: str, order: NewRing, end: RingEnd, said: SwitchWord | None) -> None:
        is_done = said is not None and said.bridged
        told = end.reason
        if said is not None and end.result == "answered":
            told = _TALKED if is_done else _WHY_NOT.get(said.not_bridged or "", _NOT_REACHED)
        for wait_s in (*_AGAIN_S, None):
            try:
                self.telephones.end(order.ring_id, end, self.limits)
                self.store.ended(callback_id, told, is_done=is_done)
            except StorageError as error:
                if wait_s is None:
                    log.error("the end of the call-back %s was not written: %s", callback_id, error)
                    return
                self.pause(wait_s)
            else:
                return
