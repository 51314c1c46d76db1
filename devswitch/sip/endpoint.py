"""Where SIP comes in: one UDP port, a leg for each caller. In SIP's thread."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from aiosipua.incoming_call import IncomingCall
from aiosipua.message import SipRequest

from devswitch.sip.crossing import Crossing
from devswitch.sip.intake import Bucket, Sources
from devswitch.sip.invitation import Invitation, read_invitation
from devswitch.sip.keys import key_from_info
from devswitch.sip.leg_in import LegIn
from devswitch.sip.pacer import Pacer
from devswitch.sip.rtp import open_leg
from devswitch.sip.sdp import BadSdp
from devswitch.sip.stack import Uas, Udp

log = logging.getLogger(__name__)

_MESSAGES_PER_S = 500.0
_CALLS_PER_S = 50.0
_WATCH_EVERY_S = 5.0


@dataclass(frozen=True)
class Limits:
    """max_calls: legs at once. media_timeout_s: a caller not heard for so long is gone (hold: ten times that).
    callers: networks that may call, loopback where none is named; rtp_ports: the system's choice where None."""

    max_calls: int = 100
    media_timeout_s: float = 120.0
    rtp_ports: range | None = None
    callers: tuple[IPv4Network, ...] = field(default=(IPv4Network("127.0.0.0/8"),))


class Endpoint:
    """`on_call` runs in the switch's thread and sets the leg's listener."""

    def __init__(self, crossing: Crossing, on_call: Callable[[Invitation, LegIn], None], limits: Limits) -> None:
        self.host, self.port = "", 0
        self.legs: dict[str, LegIn] = {}
        self._crossing = crossing
        self._on_call = on_call
        self.limits = limits
        self._refused = 0

    async def start(self, host: str, port: int) -> None:
        """OSError if the address is taken."""
        loop = asyncio.get_running_loop()
        self.pacer = Pacer(loop)
        self._new_calls = Bucket(_CALLS_PER_S, 2 * _CALLS_PER_S, time.monotonic())
        self.udp = Udp((host, port), sources=Sources(_MESSAGES_PER_S, 2 * _MESSAGES_PER_S, time.monotonic))
        self.uas = Uas(self.udp)
        self.uas.on_invite = self._invited
        self.uas.on_reinvite = lambda call: self._with_leg(call, LegIn.reinvited)
        self.uas.on_bye = lambda call, request: self._with_leg(call, LegIn.gone)
        self.uas.on_ack_timeout = lambda call: self._with_leg(call, LegIn.gone)
        self.uas.on_ack = lambda call, request: self._with_leg(call, lambda leg: leg.acknowledged(request))
        self.uas.on_cancel = self._cancelled
        self.uas.on_info = self._informed
        await self.uas.start()
        self.host, self.port = self.udp.local_addr
        self._watch = loop.create_task(self._watch_sound())

    async def stop(self) -> None:
        """BYE to everybody."""
        self._watch.cancel()
        for leg in list(self.legs.values()):
            leg.end(503)
        await asyncio.sleep(0)
        await self.uas.stop()

    def _with_leg(self, call: IncomingCall, act: Callable[[LegIn], None]) -> None:
        leg = self.legs.get(call.call_id)
        if leg is not None:
            act(leg)
            self._tidy()

    def _tidy(self) -> None:
        for call_id in [call_id for call_id, leg in self.legs.items() if leg.is_over]:
            del self.legs[call_id]

    # -- what comes in -----------------------------------------------------------------------------------------------

    def _invited(self, call: IncomingCall) -> None:
        self._tidy()
        if not any(IPv4Address(call.source_addr[0]) in network for network in self.limits.callers):
            log.warning("a call from %s refused: not in DIGITREE_SIP_ALLOW", call.source_addr[0])
            self.uas.respond(call, 403, "Forbidden")
            return
        if len(self.legs) >= self.limits.max_calls or not self._new_calls.take(time.monotonic()):
            self._refused += 1
            log.warning("a call from %s refused: too many", call.source_addr[0])
            self.uas.respond(call, 503, "Service Unavailable")
            return
        try:
            invitation = read_invitation(call.invite, call.source_addr)
        except ValueError:
            self.uas.respond(call, 400, "Bad Request")
            return
        task = asyncio.get_running_loop().create_task(self._open(call, invitation))
        task.add_done_callback(_log_failure)

    async def _open(self, call: IncomingCall, invitation: Invitation) -> None:
        leg: LegIn | None = None
        try:
            rtp = await open_leg(
                self.host, self.pacer, lambda key: leg.key(key) if leg else None, self.limits.rtp_ports
            )
        except OSError as error:
            log.error("no port for sound: %s", error)
            self.uas.respond(call, 503, "Service Unavailable")
            return
        try:
            leg = LegIn(self.uas, call, rtp, self.host, self._crossing, call.sdp_offer)
        except BadSdp as error:
            log.warning("a call from %s refused: %s", call.source_addr[0], error)
            rtp.close()
            self.uas.respond(call, 488, "Not Acceptable Here")
            return
        if call.call_id not in self.uas.active_calls:
            rtp.close()  # cancelled meanwhile
            return
        self.legs[call.call_id] = leg
        self._crossing.to_switch(self._on_call, invitation, leg)

    def _cancelled(self, request: SipRequest, addr: tuple[str, int]) -> None:
        leg = self.legs.get(request.call_id or "")
        if leg is not None:
            leg.gone()
            self._tidy()

    def _informed(self, call: IncomingCall | None, request: SipRequest) -> None:
        leg = self.legs.get(request.call_id or "")
        key = key_from_info(request.content_type or "", request.text)
        if leg is None or not key:
            return
        media = leg.rtp.media
        if media is not None and media.event_payload is not None:
            # As FreeSWITCH does: the same key comes as an event, and must not count twice.
            log.info("a key by INFO from %s ignored: telephone-event was agreed", request.call_id)
            return
        leg.key_by_info(key)

    async def _watch_sound(self) -> None:
        loop = asyncio.get_running_loop()
        seen: dict[str, float] = {}
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            self._tidy()
            seen = {call_id: seen.get(call_id, loop.time()) for call_id in self.legs}
            for call_id, leg in list(self.legs.items()):
                limit_s = self.limits.media_timeout_s * (10 if leg.is_on_hold else 1)
                if loop.time() - max(seen[call_id], leg.rtp.last_heard_s or 0.0) > limit_s:
                    log.warning("nothing heard from %s for %.0f s: hung up", leg.call.source_addr[0], limit_s)
                    leg.call.hangup()
                    self.uas.forget(leg.call)
                    leg.gone()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a call could not be set up", exc_info=task.exception())
