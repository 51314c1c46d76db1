"""Ring it now: a test that rings a real agent, on the way that calls take.

The switch calls itself and leads that silent caller to the call server with a ticket for a menu of one transfer; from
there on it is any other call: dial strings, prepare URL, headers, resting targets. Its record is a test call's, and
says what came.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from admin.agents.ring_board import RingBoard
from admin.live.errors import SwitchAway
from admin.test_calls.service import TicketIssuer
from ivr.clients.ringing import CallLost, NoCallsOut, Ringing
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.agent_rings import AgentRing, RingState, longest_s, new_agent_ring_id, ring_menu
from ivr.domain.call_records import CallRecord, utc_now
from ivr.domain.errors import IvrError, StorageError
from ivr.domain.menu.published import cache_pointer
from ivr.domain.tickets import Ticket, new_ring_ticket
from ivr.ports.agents import AgentStore
from ivr.ports.audit import AuditLog
from ivr.ports.calls import CallStore

log = logging.getLogger(__name__)

_TICKET_S = 120


class AgentRingNotFound(IvrError):
    """No such test."""

    code = "agent_ring_not_found"

    def __init__(self) -> None:
        super().__init__("there is no such test, or it was more than an hour ago")


def _beside(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="agent-ring", daemon=True).start()


@dataclass(frozen=True)
class AgentRings:
    """`profile` and `address`: of the switch's SIP. `hang_up_channel`: False when the switch has no such channel
    (SwitchUnavailable). `host_exists`: of a SIP address. `start` runs a test beside the request that makes it."""

    agents: AgentStore
    board: RingBoard
    cache: TicketIssuer
    calls: CallStore
    audit: AuditLog
    ringer: Ringing
    hang_up_channel: Callable[[str], bool]
    profile: str
    address: str
    host_exists: Callable[[str], bool]
    start: Callable[[Callable[[], None]], object] = _beside

    def ring(self, name: str, *, actor: str) -> RingState | None:
        """None when there is no such agent. Raises AgentBeingRung, RingLimitReached, StorageUnavailable."""
        stored = self.agents.find(name)
        if stored is None:
            return None
        agent, began = stored.agent, utc_now().isoformat()
        state = RingState(new_agent_ring_id(), name, str(uuid.uuid4()), began)
        lasts_s = longest_s(agent)
        self.board.begin(state, lasts_s)
        ticket, menu = new_ring_ticket(), ring_menu(agent)
        try:
            pointer = cache_pointer(menu.ivr_id, menu.version)
            self.cache.issue(ticket, Ticket(pointer), menu, ttl_s=_TICKET_S + lasts_s)
            self.audit.add(actor, "agent.ring", f"agent/{name}", after={"ring": state.id})
        except IvrError:
            self.board.put(replace(state, ended_at=began, reason="it was not rung"))
            raise
        call = AgentRing(state.channel_uuid, self.profile, self.address, ticket, lasts_s)

        def work() -> None:
            try:
                self._run(state, call)
            finally:
                try:
                    self.cache.withdraw(ticket, menu)
                except StorageError as error:
                    log.debug("a ticket ends by itself: %s", error)

        self.start(work)
        return state

    def get(self, ring_id: str) -> tuple[RingState, CallRecord | None]:
        """The test, and its record some moments after its end. Raises AgentRingNotFound, StorageUnavailable."""
        state = self.board.find(ring_id)
        if state is None:
            raise AgentRingNotFound
        record = self.calls.find(state.call_id) if state.call_id else None
        return state, record if record is not None and record.ended_at is not None else None

    def stop(self, ring_id: str, *, actor: str) -> None:
        """Hang up; a test that is over stays over. Raises AgentRingNotFound, SwitchAway, StorageUnavailable."""
        state, _ = self.get(ring_id)
        if state.ended_at is not None:
            return
        self.audit.add(actor, "agent.ring.stop", f"agent/{state.agent}", after={"ring": ring_id})
        self.board.put(replace(state, by_us=True))
        try:
            self.hang_up_channel(state.channel_uuid)
        except SwitchUnavailable as error:
            raise SwitchAway(f"the switch's event socket: {error}") from None

    def _run(self, state: RingState, call: AgentRing) -> None:
        call_id, reason = None, None
        try:
            said = self.ringer.ring(call, lambda _: None)
            call_id = said.call_id
            if call_id is None:
                reason = f"the call did not reach the call server ({said.cause})"
        except NoCallsOut:
            reason = "this switch makes no calls of its own; agents are rung for a test on FreeSWITCH"
        except CallLost as error:
            log.warning("the switch was lost while an agent was rung for a test: %s", error)
            reason = "the switch was lost, and what came of the call is not known"
        except SwitchUnavailable as error:
            log.warning("the switch cannot be told to ring an agent: %s", error)
            reason = "the switch's event socket cannot be reached"
        except ValueError as error:
            log.error("an agent cannot be rung: %s", error)
            reason = "the switch's address cannot be called"
        try:
            now = self.board.find(state.id) or state
            self.board.put(replace(now, ended_at=utc_now().isoformat(), call_id=call_id, reason=reason))
        except StorageError as error:
            log.warning("what came of ringing an agent was not kept: %s", error)
