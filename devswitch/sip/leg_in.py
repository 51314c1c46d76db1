"""The caller's leg: an INVITE that came to us, and its sound. In SIP's thread.

The switch commands (`ring`, `answer`, `play`, ...); the leg reports what the caller did (`Listener`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Protocol

from aiortp.codecs import get_codec
from aiosipua.dialog import DialogState
from aiosipua.incoming_call import IncomingCall
from aiosipua.message import SipRequest
from aiosipua.sdp import SdpMessage, serialize_sdp

from devswitch.caller import DtmfSource
from devswitch.sip.crossing import Crossing
from devswitch.sip.mixing import Mixer
from devswitch.sip.rtp import RtpLeg
from devswitch.sip.sdp import BadSdp, Media, make_answer, make_offer, match_keys, read_media, read_sdp
from devswitch.sip.srtp import Crypto, LegKeys
from devswitch.sip.stack import Uas
from devswitch.sip.tones import ToneKeys
from ivr.domain.srtp import Srtp

log = logging.getLogger(__name__)

# A tone and an INFO within this time are the same press.
_SAME_KEY_S = 1.0


class Listener(Protocol):
    """The switch's side of the call; called in the switch's thread."""

    def press(self, key: str, source: DtmfSource) -> None: ...

    def hang_up(self) -> None: ...

    def kill(self, cause: str) -> None: ...

    def agree(self, dtmf_type: str) -> None: ...

    def reinvited(self, flow: str) -> None: ...


class LegIn:
    """One caller."""

    def __init__(
        self, uas: Uas, call: IncomingCall, rtp: RtpLeg, host: str, crossing: Crossing, offer: SdpMessage | None,
        srtp: Srtp = "optional",
    ) -> None:  # fmt: skip
        self.call = call
        self.rtp = rtp
        self.payload = 0  # the codec the switch makes frames for
        self.is_over = False
        self.is_on_hold = False
        self.listener: Listener | None = None
        self.mixer = Mixer()  # of a talk of several
        self._uas = uas
        self._host = host
        self._crossing = crossing
        self._offer = offer
        self._version = 0
        self._keys = LegKeys(srtp)
        self._description: SdpMessage | None = None
        self._early = False
        self._last_tone = ("", 0.0)
        if offer is not None:
            self._describe(offer)

    def _describe(self, offer: SdpMessage) -> None:
        media = read_media(offer, clear=self._keys.offers_clear)
        ours = match_keys(self._keys, media)
        self._version += 1
        self._description = make_answer(offer, media, self._host, self.rtp.port, self._version, ours)
        self._take(media, ours)

    def _take(self, media: Media, ours: Crypto | None) -> None:
        self.payload = media.payload
        self.is_on_hold = not media.listens
        self.rtp.agree(media, self.call.source_addr[0], ours)
        self._listen_for_tones(media.event_payload is None)

    def _listen_for_tones(self, yes: bool) -> None:
        if not yes:
            self.rtp.on_sound = None
        elif self.rtp.on_sound is None:
            tones = ToneKeys()

            def hear(sound: bytes, payload: int) -> None:
                for key in tones.feed(get_codec(payload).decode(sound)):
                    self._last_tone = (key, time.monotonic())
                    self.key(key, "INBAND_AUDIO")

            self.rtp.on_sound = hear

    def key_by_info(self, key: str) -> None:
        """Take a key from INFO. A telephone may send its keys as tones as well; each counts once."""
        self._listen_for_tones(False)
        heard, at_s = self._last_tone
        self._last_tone = ("", 0.0)
        if heard != key or time.monotonic() - at_s > _SAME_KEY_S:
            self.key(key, "ENDPOINT")

    # -- commands of the switch --------------------------------------------------------------------------------------

    @property
    def dtmf_type(self) -> str:
        """As FreeSWITCH names what was negotiated; empty before that."""
        media = self.rtp.media
        if media is None:
            return ""
        return "info" if media.event_payload is None else "rfc2833"

    @property
    def is_early(self) -> bool:
        """Whether the call is not answered yet."""
        return not self.is_over and self.call.dialog.state is DialogState.EARLY

    def ring(self) -> None:
        if self.is_early and not self._early:
            self._uas.respond(self.call, 180, "Ringing")

    def early_media(self) -> None:
        if self.is_early and not self._early and self._description is not None:
            self._early = True
            self._uas.respond(self.call, 183, "Session Progress", serialize_sdp(self._description))

    def answer(self) -> None:
        if not self.is_early:
            return
        if self._description is None:
            self._description = self._make_offer((0, 8))
        self.call.accept(self._description)

    def end(self, status: int) -> None:
        """Send BYE, or refuse an unanswered call with that status."""
        if self.is_over:
            return
        self.is_over = True
        if self.call.dialog.state is DialogState.EARLY:
            self._uas.respond(self.call, status, _REASONS.get(status, "Declined"))
        elif self.call.dialog.state is DialogState.CONFIRMED:
            self.call.hangup()
            self._uas.forget(self.call)
        self.rtp.close()

    def play(self, frames: Iterator[bytes]) -> None:
        if not self.is_over:
            self.rtp.play(frames)

    def stop(self) -> None:
        self.rtp.stop()

    def displace(self, frames: Iterator[bytes]) -> None:
        self.rtp.displace(frames)

    def send_keys(self, keys: str) -> None:
        """Send them as events; a caller who takes none gets none."""
        if not self.is_over:
            self.rtp.send_keys(keys)

    def echo(self, yes: bool) -> None:
        """Play the caller's own sound back, or stop it."""
        if not self.is_over:
            self.rtp.bridge(self.rtp if yes else None)

    # -- actions of the caller ---------------------------------------------------------------------------------------

    def gone(self, cause: str = "") -> None:
        """Report that the caller is gone: BYE or CANCEL. With a cause, the switch ended the call: no ACK, or no sound
        for too long."""
        if self.is_over:
            return
        self.is_over = True
        self.rtp.close()
        if self.listener is None:
            return
        if cause:
            self._crossing.to_switch(self.listener.kill, cause)
        else:
            self._crossing.to_switch(self.listener.hang_up)

    def key(self, key: str, source: DtmfSource = "RTP") -> None:
        if self.listener is not None and not self.is_over:
            self._crossing.to_switch(self.listener.press, key, source)

    def acknowledged(self, request: SipRequest) -> None:
        """Take the ACK, which carries the answer if the offer was ours."""
        if self._offer is None and self.rtp.media is None and request.body:
            try:
                media = read_media(read_sdp(request.text), clear=self._keys.offers_clear)
                self._take(media, match_keys(self._keys, media))
                if self.listener is not None:
                    self._crossing.to_switch(self.listener.agree, self.dtmf_type)
            except BadSdp as error:
                log.warning("no usable session description from %s: %s", self.call.source_addr[0], error)
                self.call.hangup()
                self._uas.forget(self.call)
                self.gone()

    def updated(self, request: SipRequest) -> SdpMessage | None:
        """Handle an UPDATE like a re-INVITE; returns the SDP answer, None without an offer (RFC 3311)."""
        if not request.body or self.is_early:
            return None
        try:
            self._describe(read_sdp(request.text))
        except BadSdp as error:
            log.warning("UPDATE from %s: %s", self.call.source_addr[0], error)
            return None
        self._note_direction()
        return self._description

    def reinvited(self) -> None:
        """Handle a re-INVITE: hold, resume, another address or codec; without an offer our SDP is repeated."""
        offer = self.call.sdp_offer if self.call.invite.body else None
        if offer is None:
            media = self.rtp.media
            self.call.accept(self._make_offer((media.payload if media else 0,)))
            return
        try:
            self._describe(offer)
        except BadSdp as error:
            log.warning("re-INVITE from %s: %s", self.call.source_addr[0], error)
            # The call continues unchanged; only this offer is refused.
            self.call._send_response(488, "Not Acceptable Here")
            return
        self._note_direction()
        self.call.accept(self._description)

    def _make_offer(self, payloads: tuple[int, ...]) -> SdpMessage:
        """Encrypted only if it must be: a caller without an offer is asked for nothing unusual."""
        keys = () if self._keys.offers_clear else self._keys.offered()
        return make_offer(self._host, self.rtp.port, payloads, keys, clear=self._keys.offers_clear)

    def _note_direction(self) -> None:
        if self.listener is not None:
            self._crossing.to_switch(self.listener.reinvited, "recvonly" if self.is_on_hold else "sendrecv")


_REASONS = {
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    502: "Bad Gateway",
    503: "Service Unavailable",
    603: "Decline",
}
