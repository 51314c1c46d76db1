"""The agent's leg: an INVITE to the bridge's target. In SIP's thread.

Each leg has its own socket, connected to the agent, so that a closed port is detected at once (over UDP by ICMP) and
a call to ourselves is like any other.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiosipua import headers as sip_headers
from aiosipua.auth import SipDigestAuth
from aiosipua.incoming_call import IncomingCall
from aiosipua.message import SipRequest, SipResponse
from aiosipua.outgoing_call import OutgoingCall
from aiosipua.sdp import SdpMessage

from devswitch.sip.rtp import RtpLeg
from devswitch.sip.sdp import BadSdp, Media, make_answer, make_offer, match_keys, read_media, read_sdp
from devswitch.sip.srtp import LegKeys
from devswitch.sip.stack import USER_AGENT, Uac, Uas
from devswitch.sip.tls import Tls, TlsKeys
from devswitch.sip.transports import Tcp, Udp, Untrusted
from ivr.domain.srtp import Srtp

log = logging.getLogger(__name__)

UNREACHABLE = 503
# By its certificate; no SIP was spoken.
UNTRUSTED = 0
_RESULT = "X-IVR-Result"
NO_RESPONSE = 408


@dataclass(frozen=True)
class Dialled:
    """user, host, port: the target. caller: the user in From. headers: further ones, exactly as sent. name: whose
    certificate it must show over TLS. may_refer: its REFER is taken."""

    user: str
    host: str
    port: int
    caller: str
    headers: Mapping[str, str]
    payloads: tuple[int, ...]  # the caller's codec first, which avoids transcoding
    transport: str = "udp"  # or tcp, tls
    name: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    srtp: Srtp = "off"
    may_refer: bool = False


@dataclass(frozen=True)
class Reports:
    """The leg's reports, in SIP's thread. `ended`: the status of a refusal, or 200 for the agent's BYE; `referred`:
    the Refer-To of its REFER."""

    ringing: Callable[[], None]
    answered: Callable[[], None]
    ended: Callable[[int], None]
    referred: Callable[[str], None]


class LegOut:
    """The agent's leg. `open` sends the INVITE; `ended` is the last report, and none follows `hang_up`."""

    def __init__(
        self, dialled: Dialled, rtp: RtpLeg, local_host: str, reports: Reports, keys: TlsKeys | None = None
    ) -> None:
        self.rtp = rtp
        self._keys = keys
        self._dialled = dialled
        self._host = local_host
        self._reports = reports
        self._call: OutgoingCall | None = None
        self._is_over = False
        self._signalling_host = dialled.host
        self._version = 0
        self._secrets = LegKeys(dialled.srtp)
        self.in_answer = ""  # X-IVR-Result of the 200
        self.in_bye = ""  # and of the BYE

    async def open(self) -> None:
        dialled = self._dialled
        try:
            address = await _resolve(dialled.host, dialled.port)
            self._signalling_host = address[0]
            transport = self._transport(address)
            self._uac = Uac(transport)
            self._uas = Uas(transport, uac=self._uac)
            self._uas.on_bye = self._left
            self._uas.on_reinvite = self._reinvited
            if dialled.may_refer:
                self._uas.take_referrals(self._refers)
            await self._uas.start()
        except (OSError, TimeoutError) as error:
            log.warning("agent %s:%d: %s", dialled.host, dialled.port, error)
            self._end(UNTRUSTED if isinstance(error, Untrusted) else UNREACHABLE)
            return
        if self._is_over:
            await self._uas.stop()
            return
        self._uac.on_progress = self._early_media
        self._uac.our_headers = dict(dialled.headers)
        self._uac.on_final = self._hear_answer
        for name in dialled.headers:
            # The library would write X-Ivr-...; agents may compare the name with its case.
            sip_headers._PRETTY_NAMES.setdefault(name.lower(), name)
        over = "" if dialled.transport == "udp" else f";transport={dialled.transport}"
        self._call = self._uac.send_invite(
            f"sip:{dialled.caller}@{self._host}",
            f"sip:{dialled.user}@{dialled.host}:{dialled.port}{over}",
            address,
            self._make_offer(dialled.payloads),
            extra_headers=dict(dialled.headers),
            user_agent=USER_AGENT,
            auth=SipDigestAuth(dialled.username, dialled.password) if dialled.username else None,
        )
        self._call.on_ringing = lambda call: self._reports.ringing()
        self._call.on_answer = self._answered
        self._call.on_rejected = lambda call, status, reason: self._end(status)
        self._uac.repeat_until_answered(self._call.invite, address, lambda: self._end(NO_RESPONSE))

    def _transport(self, address: tuple[str, int]) -> Udp | Tcp:
        def lost(_: tuple[str, int]) -> None:
            self._unreachable()

        dialled, local = self._dialled, (self._host, 0)
        if dialled.transport == "tcp":
            return Tcp(local, remote_addr=address, on_lost=lost)
        if dialled.transport == "tls":
            return Tls(local, remote_addr=address, remote_name=dialled.name, on_lost=lost, keys=self._keys)
        if dialled.transport != "udp":
            raise OSError(f"no {dialled.transport} here")
        return Udp(local, remote_addr=address, on_unreachable=self._unreachable)

    def tell_referred(self, status: str) -> None:
        """Report what came of the agent's REFER."""
        if self._call is not None and not self._is_over:
            self._uac.send_referred(self._call, status)

    def hang_up(self) -> None:
        """Send CANCEL or BYE, and stop the sound."""
        if self._is_over:
            return
        self._is_over = True
        if self._call is not None and self._uac.got_response:
            # Before any response CANCEL is not allowed; an answer that still comes is ended then.
            self._call.cancel(self._uac)
            self._call.hangup(self._uac)
        self._release()

    def _release(self) -> None:
        self.rtp.close()
        if self._call is not None:
            # Keep waiting for the response to our CANCEL or BYE.
            asyncio.get_running_loop().call_later(5.0, lambda: asyncio.ensure_future(self._uas.stop()))
            self._uac.close()

    def _end(self, status: int) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._release()
        self._reports.ended(status)

    def _unreachable(self) -> None:
        if self._call is not None and not self._uac.got_response:
            self._end(UNREACHABLE)

    # -- messages of the agent ---------------------------------------------------------------------------------------

    def _hear_answer(self, response: SipResponse) -> None:
        self.in_answer = response.get_header(_RESULT) or ""

    def _refers(self, refer_to: str) -> None:
        if not self._is_over:
            self._reports.referred(refer_to)

    def _left(self, call: IncomingCall, request: SipRequest) -> None:
        self.in_bye = request.get_header(_RESULT) or ""
        self._end(200)

    def _early_media(self, response: SipResponse) -> None:
        if response.content_type == "application/sdp":
            try:
                self._agree(read_media(read_sdp(response.text)))
            except BadSdp as error:
                log.info("early media of the agent ignored: %s", error)

    def _answered(self, call: OutgoingCall) -> None:
        if self._is_over:
            call.hangup(self._uac)
            return
        try:
            if call.sdp_answer is None:
                raise BadSdp("the answer has no session description")
            self._agree(read_media(call.sdp_answer))
        except BadSdp as error:
            log.warning("the agent's answer cannot be used: %s", error)
            call.hangup(self._uac)
            self._end(488)
            return
        self._reports.answered()

    def _reinvited(self, call: IncomingCall) -> None:
        offer: SdpMessage | None = call.sdp_offer
        media = self.rtp.media
        try:
            if offer is None:
                answer = self._make_offer((media.payload if media else 0,))
            else:
                agreed = read_media(offer)
                ours = match_keys(self._secrets, agreed)
                self._version += 1
                answer = make_answer(offer, agreed, self._host, self.rtp.port, self._version, ours)
                self.rtp.agree(agreed, self._signalling_host, ours)
        except BadSdp as error:
            log.warning("re-INVITE of the agent refused: %s", error)
            call._send_response(488, "Not Acceptable Here")
            return
        call.accept(answer)


    def _make_offer(self, payloads: tuple[int, ...]) -> SdpMessage:
        keys = self._secrets
        return make_offer(self._host, self.rtp.port, payloads, keys.offered(), clear=keys.offers_clear)

    def _agree(self, media: Media) -> None:
        """BadSdp where the sound would be clear and must not be."""
        self.rtp.agree(media, self._signalling_host, match_keys(self._secrets, media))


async def _resolve(host: str, port: int) -> tuple[str, int]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    return str(found[0][4][0]), int(found[0][4][1])
