"""The SIP endpoint: one port for UDP and TCP, one for TLS, a leg for each caller. In SIP's thread."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv4Network

from aiosipua.dialog import DialogState
from aiosipua.incoming_call import IncomingCall
from aiosipua.message import SipRequest
from aiosipua.sdp import SdpMessage

from devswitch.sip.crossing import Crossing
from devswitch.sip.intake import Bucket, Sources
from devswitch.sip.invitation import Invitation, read_invitation
from devswitch.sip.keys import key_from_info
from devswitch.sip.leg_in import LegIn
from devswitch.sip.pacer import Pacer
from devswitch.sip.rtp import open_leg
from devswitch.sip.sdp import BadSdp
from devswitch.sip.stack import Uac, Uas
from devswitch.sip.tls import Tls, TlsKeys
from devswitch.sip.transports import Tcp, Udp
from ivr.domain.srtp import Srtp

log = logging.getLogger(__name__)

_MESSAGES_PER_S = 500.0
_CALLS_PER_S = 50.0
_WATCH_EVERY_S = 5.0
_PORT_TRIES = 10

# Each transport has its own Call-IDs.
_Key = tuple[Uas, str]


@dataclass(frozen=True)
class SipLimits:
    """max_calls: legs at once. media_timeout_s: silence after which a caller is gone (on hold: ten times that).
    callers: networks that may call, loopback if none is named; rtp_ports: the system chooses if None.
    vouching: networks whose assertion of a caller's number is trusted. encrypted: clear sound is refused."""

    max_calls: int = 100
    media_timeout_s: float = 120.0
    rtp_ports: range | None = None
    callers: tuple[IPv4Network, ...] = field(default=(IPv4Network("127.0.0.0/8"),))
    vouching: tuple[IPv4Network, ...] = ()
    encrypted: bool = False


class SipEndpoint:
    """`on_call` runs in the switch's thread and sets the leg's listener. `keys`: what TLS is spoken with, on
    `tls_port`, if 0 on one that the system chooses; None: there is no TLS."""

    def __init__(
        self,
        crossing: Crossing,
        on_call: Callable[[Invitation, LegIn], None],
        limits: SipLimits,
        keys: TlsKeys | None = None,
        tls_port: int = 0,
    ) -> None:
        self.host, self.port = "", 0
        self.keys, self.tls_port = keys, tls_port
        self.legs: dict[_Key, LegIn] = {}
        self._crossing = crossing
        self._on_call = on_call
        self.limits = limits
        self._refused = 0
        # Because of trunks (`devswitch.sip.trunks`).
        self._lists: Mapping[str, tuple[IPv4Network, ...]] = {}

    async def start(self, host: str, port: int) -> None:
        """OSError if the address is taken."""
        loop = asyncio.get_running_loop()
        self.pacer = Pacer(loop)
        self._new_calls = Bucket(_CALLS_PER_S, 2 * _CALLS_PER_S, time.monotonic())
        sources = Sources(_MESSAGES_PER_S, 2 * _MESSAGES_PER_S, time.monotonic)
        self.udp, self.tcp = await _open_port(host, port, sources)
        self.host, self.port = self.udp.local_addr
        self.uacs = {"udp": Uac(self.udp), "tcp": Uac(self.tcp)}
        self._streams = [self.tcp]
        if self.keys is not None:
            tls = Tls((self.host, self.tls_port), sources=sources, keys=self.keys)
            await tls.start()
            self.tls_port = tls.local_addr[1]
            self.uacs["tls"] = Uac(tls)
            self._streams.append(tls)
        for stream in self._streams:
            stream.admits = self._is_allowed
            stream.on_lost = partial(self._connection_lost, stream)
        self.sides = [self._wire(Uas(uac.over, uac)) for uac in self.uacs.values()]
        self._watch = loop.create_task(self._watch_sound())

    def _wire(self, uas: Uas) -> Uas:
        uas.transport.on_message = uas._on_message
        uas.on_invite = partial(self._invited, uas)
        uas.on_reinvite = lambda call: self._with_leg(uas, call, LegIn.reinvited)
        uas.on_update = lambda call, request: self._updated(uas, call, request)
        uas.on_session_expired = partial(self._ended, uas)
        uas.on_bye = lambda call, request: self._ended(uas, call)
        uas.on_ack_timeout = partial(self._unacknowledged, uas)
        uas.on_ack = lambda call, request: self._with_leg(uas, call, lambda leg: leg.acknowledged(request))
        uas.on_cancel = partial(self._cancelled, uas)
        uas.on_info = partial(self._informed, uas)
        return uas

    async def stop(self) -> None:
        """Send BYE on every leg."""
        self._watch.cancel()
        for leg in list(self.legs.values()):
            leg.end(503)
        await asyncio.sleep(0)
        for uas in self.sides:
            await uas.stop()

    def _with_leg(self, uas: Uas, call: IncomingCall, act: Callable[[LegIn], None]) -> None:
        leg = self.legs.get((uas, call.call_id))
        if leg is not None:
            act(leg)
            self._tidy()

    def _ended(self, uas: Uas, call: IncomingCall) -> None:
        uas.forget(call)
        self._with_leg(uas, call, LegIn.gone)

    def _unacknowledged(self, uas: Uas, call: IncomingCall) -> None:
        """End a call whose 200 was repeated for 32 s without an ACK. The BYE is for a peer that did get the 200."""
        call.dialog.state = DialogState.CONFIRMED
        call.hangup()
        uas.forget(call)
        self._with_leg(uas, call, lambda leg: leg.gone("NORMAL_UNSPECIFIED"))

    def _updated(self, uas: Uas, call: IncomingCall, request: SipRequest) -> SdpMessage | None:
        leg = self.legs.get((uas, call.call_id))
        return leg.updated(request) if leg is not None else None

    def _tidy(self) -> None:
        for key in [key for key, leg in self.legs.items() if leg.is_over]:
            del self.legs[key]

    # -- incoming requests -------------------------------------------------------------------------------------------

    def _is_allowed(self, host: str) -> bool:
        return self._is_in(host, self.limits.callers, "trunk-callers")

    def _vouches(self, host: str) -> bool:
        return self._is_in(host, self.limits.vouching, "trunk-vouching")

    def _is_in(self, host: str, networks: tuple[IPv4Network, ...], name: str) -> bool:
        return any(IPv4Address(host) in network for network in (*networks, *self._lists.get(name, ())))

    def _must_be_encrypted(self, host: str) -> bool:
        """A call of this machine to itself is nowhere to be heard."""
        return host != self.host and (self.limits.encrypted or self._is_in(host, (), "trunk-encrypted"))

    def take_lists(self, lists: Mapping[str, tuple[IPv4Network, ...]]) -> None:
        """The access lists of trunks, from now on."""
        self._lists = lists

    def _invited(self, uas: Uas, call: IncomingCall) -> None:
        self._tidy()
        if not self._is_allowed(call.source_addr[0]):
            log.warning("a call from %s refused: not in DIGITREE_SIP_ALLOW", call.source_addr[0])
            uas.respond(call, 403, "Forbidden")
            return
        if len(self.legs) >= self.limits.max_calls or not self._new_calls.take(time.monotonic()):
            self._refused += 1
            log.warning("a call from %s refused: too many", call.source_addr[0])
            uas.respond(call, 503, "Service Unavailable")
            return
        if call.invite.headers.get("replaces"):
            uas.respond(call, 481, "Call/Transaction Does Not Exist")
            return
        try:
            source = call.source_addr[0]
            invitation = read_invitation(
                call.invite,
                call.source_addr,
                vouches=self._vouches(source),
                dialled_in_to=self._is_in(source, (), "trunk-dialled-in-to"),
            )
        except ValueError:
            uas.respond(call, 400, "Bad Request")
            return
        task = asyncio.get_running_loop().create_task(self._open(uas, call, invitation))
        task.add_done_callback(_log_failure)

    async def _open(self, uas: Uas, call: IncomingCall, invitation: Invitation) -> None:
        leg: LegIn | None = None
        try:
            rtp = await open_leg(
                self.host, self.pacer, lambda key: leg.key(key) if leg else None, self.limits.rtp_ports
            )
        except OSError as error:
            log.error("no port for sound: %s", error)
            uas.respond(call, 503, "Service Unavailable")
            return
        try:
            must = self._must_be_encrypted(call.source_addr[0])
            srtp: Srtp = "required" if must else "optional"
            leg = LegIn(uas, call, rtp, self.host, self._crossing, call.sdp_offer, srtp)
        except BadSdp as error:
            log.warning("a call from %s refused: %s", call.source_addr[0], error)
            rtp.close()
            uas.respond(call, 488, "Not Acceptable Here")
            return
        if call.dialog.state is not DialogState.EARLY:
            rtp.close()  # cancelled meanwhile
            return
        self.legs[(uas, call.call_id)] = leg
        self._crossing.to_switch(self._on_call, invitation, leg)

    def _connection_lost(self, stream: Tcp, addr: tuple[str, int]) -> None:
        """End the calls that can no longer be answered; an answered call continues, since its sound does."""
        for (uas, _), leg in list(self.legs.items()):
            if leg.call.source_addr == addr and uas.transport is stream and leg.is_early:
                self._ended(uas, leg.call)

    def _cancelled(self, uas: Uas, request: SipRequest, addr: tuple[str, int]) -> None:
        leg = self.legs.get((uas, request.call_id or ""))
        if leg is not None:
            leg.gone()
            self._tidy()

    def _informed(self, uas: Uas, call: IncomingCall | None, request: SipRequest) -> None:
        leg = self.legs.get((uas, request.call_id or ""))
        key = key_from_info(request.content_type or "", request.text)
        if leg is None or not key:
            return
        media = leg.rtp.media
        if media is not None and media.event_payload is not None:
            # As on FreeSWITCH: the same key comes as an event, too, and must not count twice.
            log.info("a key by INFO from %s ignored: telephone-event was agreed", request.call_id)
            return
        leg.key_by_info(key)

    async def _watch_sound(self) -> None:
        loop = asyncio.get_running_loop()
        seen: dict[_Key, float] = {}
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            self._tidy()
            for stream in self._streams:
                stream.close_idle({leg.call.source_addr for leg in self.legs.values()})
            seen = {key: seen.get(key, loop.time()) for key in self.legs}
            for key, leg in list(self.legs.items()):
                limit_s = self.limits.media_timeout_s * (10 if leg.is_on_hold else 1)
                if loop.time() - max(seen[key], leg.rtp.last_heard_s or 0.0) > limit_s:
                    log.warning("nothing heard from %s for %.0f s: hung up", leg.call.source_addr[0], limit_s)
                    leg.call.hangup()
                    key[0].forget(leg.call)
                    leg.gone("MEDIA_TIMEOUT")


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a call could not be set up", exc_info=task.exception())


async def _open_port(host: str, port: int, sources: Sources) -> tuple[Udp, Tcp]:
    """Open one port for both; if the system chooses it, one that is free for both. OSError if there is none."""
    for last in range(_PORT_TRIES, 0, -1):
        udp, tcp = Udp((host, port), sources=sources), Tcp((host, port), sources=sources)
        await udp.start()
        tcp.local_addr = udp.local_addr
        try:
            await tcp.start()
        except OSError:
            await udp.stop()
            if port or last == 1:
                raise
            continue
        return udp, tcp
    raise OSError("no port is free")
