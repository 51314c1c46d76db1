"""aiosipua with its missing parts added: transactions that survive lost and doubled packets, INFO, limits.

The library has no server transactions (a doubled INVITE would be a second call), retransmits neither requests nor
refusals, and does not acknowledge a refusal. RFC 3261 sections 17.1 and 17.2 require all of this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiosipua import transaction
from aiosipua.dialog import DialogState, dialog_matches
from aiosipua.headers import CSeq, parse_via, stringify_cseq, stringify_uri
from aiosipua.incoming_call import IncomingCall
from aiosipua.message import SipRequest, SipResponse
from aiosipua.outgoing_call import OutgoingCall
from aiosipua.uac import SipUAC
from aiosipua.uas import SipUAS

from devswitch.sip.intake import find_fault
from devswitch.sip.sdp import BadSdp, read_sdp
from devswitch.sip.transports import Tcp, Udp

log = logging.getLogger(__name__)

# As in dialplan/freeswitch/sofia.xml.
_SESSION_S, _SHORTEST_SESSION_S = 300, 120
USER_AGENT = "Digitree development switch"


class Uas(SipUAS):
    """The server side: handles each INVITE once, and INFO; answers faulty requests with 400."""

    def __init__(self, transport: Udp | Tcp, uac: SipUAC | None = None) -> None:
        # A 200 is repeated over TCP, too: the ACK may be lost beyond a proxy (RFC 3261 13.3.1.4).
        super().__init__(transport, user_agent=USER_AGENT, uac=uac, retransmit_2xx=True, min_se=_SHORTEST_SESSION_S)
        transport.dress = self._dress
        self.on_info: Callable[[IncomingCall | None, SipRequest], None] | None = None
        self.on_ack: Callable[[IncomingCall, SipRequest], None] | None = None
        self._last: dict[str, SipResponse] = {}
        acknowledge = self._handlers["ACK"]

        def ack(request: SipRequest, addr: tuple[str, int]) -> None:
            call = self._calls.get(request.call_id or "")
            acknowledge(request, addr)
            if call is not None and self.on_ack is not None and dialog_matches(call.dialog, request):
                self.on_ack(call, request)
            if (request.call_id or "") not in self._calls:
                self._last.pop(request.call_id or "", None)

        self._handlers["ACK"] = ack
        self._handlers["INFO"] = self._info
        self._handlers["CANCEL"] = self._cancel
        for method in ("REFER", "NOTIFY"):
            # A caller's REFER could redirect our leg anywhere.
            del self._handlers[method]

    def _dress(self, response: SipResponse) -> None:
        """Add Record-Route (RFC 3261 12.1.1), and the session timer to the answer of a refresh."""
        call = self._calls.get(response.call_id or "")
        method = (response.get_header("cseq") or "").rpartition(" ")[2]
        if call is None or not 100 < response.status_code < 300:
            return
        if method == "UPDATE" and call.session_interval:
            refresher = "uas" if call.session_refresher_us else "uac"
            response.headers.set_single("Session-Expires", f"{call.session_interval};refresher={refresher}")
        if method != "INVITE":
            return
        response.headers.remove("Record-Route")
        for route in call.invite.headers.get("record-route"):
            response.headers.append("Record-Route", route)

    def _on_message(self, msg: SipRequest | SipResponse, addr: tuple[str, int]) -> None:
        if isinstance(msg, SipResponse) and isinstance(self.transport, Udp):
            self.transport.answered(msg)
        super()._on_message(msg, addr)

    def _handle_request(self, request: SipRequest, addr: tuple[str, int]) -> None:
        _forget_received(request, addr)
        fault = ""
        if all(request.headers.get(name) for name in ("via", "from", "to", "call-id", "cseq")):
            fault = find_fault(request)
        if fault:
            log.warning("malformed %.16r from %s: %s", request.method, addr[0], fault)
            if fault != "Via" and request.method.upper() != "ACK":
                self._send_error(request, 400, f"Bad {fault}")
            return
        super()._handle_request(request, addr)

    def _handle_invite(self, request: SipRequest, addr: tuple[str, int]) -> None:
        call_id = request.call_id or ""
        if self.transactions.match_request(request) is not None:
            last = self._last.get(call_id)
            if last is not None:
                self.transport.send_reply(last)
            return
        if request.body and request.content_type == "application/sdp":
            try:
                read_sdp(request.text)
            except BadSdp as error:
                log.warning("session description from %s: %s", addr[0], error)
                self._send_error(request, 488, "Not Acceptable Here")
                return
        existing = self._calls.get(call_id)
        if existing is not None and existing.dialog.state is DialogState.EARLY:
            self._send_error(request, 482, "Loop Detected")
            return
        cseq = request.cseq
        if (
            existing is not None
            and existing.dialog.state is DialogState.CONFIRMED
            and dialog_matches(existing.dialog, request)
            and cseq is not None
            and cseq.seq == existing.dialog.remote_cseq
        ):
            return  # a doubled re-INVITE: our 200 to it is being repeated
        to = request.to_addr
        if existing is None and to is not None and to.tag and not (self.uac and self.uac.get_call(call_id)):
            self._send_error(request, 481, "Call/Transaction Does Not Exist")
            return
        if existing is None and (unknown := _unknown_extensions(request)):
            self._send_error(request, 420, "Bad Extension", extra_headers={"Unsupported": ", ".join(unknown)})
            return
        wants_timer = existing is None and _keeps_sessions(request)
        self.session_expires = _SESSION_S if wants_timer else None
        super()._handle_invite(request, addr)
        call = self._calls.get(call_id)
        if existing is None and call is not None:
            # The library orders the route set as the calling side must (RFC 3261 12.1.1 and 12.1.2).
            call.dialog.route_set.reverse()
            if call.session_interval:
                # The library takes what the caller asks for.
                call.session_interval = min(call.session_interval, _SESSION_S)
            if wants_timer and "refresher=uas" not in (request.get_header("session-expires") or ""):
                call.session_refresher_us = False

    def respond(self, call: IncomingCall, status: int, reason: str = "", body: str = "") -> None:
        """Send any response to an INVITE but 200; a refusal is repeated until it is acknowledged."""
        kind = "application/sdp" if body else ""
        response = call._send_response(status, reason, body=body, content_type=kind)
        if response is None:
            return
        self._last[call.call_id] = response
        if status >= 300:
            call._stop_retransmissions()
            call.dialog.terminate()
            call._retrans_task = asyncio.get_running_loop().create_task(
                call._retransmit_loop(response, lambda: self.forget(call))
            )

    def forget(self, call: IncomingCall) -> None:
        """Drop the state of a call that is over."""
        call._stop_retransmissions()
        self._calls.pop(call.call_id, None)
        self._last.pop(call.call_id, None)
        self._remove_invite_transaction(call.invite)

    def _cancel(self, request: SipRequest, addr: tuple[str, int]) -> None:
        """Cancel an unanswered INVITE. The library sends 487 only once, and forgets a call whose 200 it crossed."""
        vias = request.via
        invite = self.transactions.get_server(vias[0].branch or "", "INVITE") if vias else None
        call = self._calls.get((invite.request.call_id or "") if invite and invite.request else "")
        if call is None or call.dialog.state is DialogState.CONFIRMED:
            self._send_error(request, 481, "Call/Transaction Does Not Exist")
            return
        self.transport.send_reply(call.dialog.create_response(request, 200, "OK"))
        if call.dialog.state is DialogState.EARLY:
            self.respond(call, 487, "Request Terminated")
            if self.on_cancel is not None:
                self.on_cancel(request, addr)

    def take_referrals(self, on_refer: Callable[[str], None]) -> None:
        """Accept REFER in a dialog; `on_refer` gets its Refer-To. The library would send a NOTIFY at once."""

        def refer(request: SipRequest, addr: tuple[str, int]) -> None:
            _, dialog = self._find_dialog(request.call_id or "")
            if dialog is None:
                self._send_error(request, 481, "Call/Transaction Does Not Exist")
                return
            if not self._validate_in_dialog(dialog, request):
                return
            refer_to = request.get_header("refer-to")
            if not refer_to:
                self._send_error(request, 400, "Missing Refer-To")
                return
            self.transport.send_reply(dialog.create_response(request, 202, "Accepted"))
            on_refer(refer_to)

        self._handlers["REFER"] = refer

    def _info(self, request: SipRequest, addr: tuple[str, int]) -> None:
        call, dialog = self._find_dialog(request.call_id or "")
        if dialog is None:
            self._send_error(request, 481, "Call/Transaction Does Not Exist")
            return
        if not self._validate_in_dialog(dialog, request):
            return
        self.transport.send_reply(dialog.create_response(request, 200, "OK"))
        if self.on_info is not None:
            self.on_info(call, request)


def _unknown_extensions(request: SipRequest) -> list[str]:
    asked = [tag.strip() for value in request.headers.get("require") for tag in value.split(",")]
    return [tag for tag in asked if tag.lower() not in ("", "timer")]


def _keeps_sessions(request: SipRequest) -> bool:
    """Whether the sender supports session timers (RFC 4028), and so an UPDATE that refreshes the session."""
    tags = [tag.strip() for value in request.headers.get("supported") for tag in value.lower().split(",")]
    allowed = ",".join(request.headers.get("allow")).upper()
    asked = (request.get_header("session-expires") or "0").partition(";")[0].strip()
    return "timer" in tags and "UPDATE" in (allowed or "UPDATE") and asked.isdigit() and len(asked) < 7


def _forget_received(request: SipRequest, addr: tuple[str, int]) -> None:
    """Remove a `received` parameter from the sender, who could redirect our response with it."""
    raw = request.headers.get("via")
    if not raw:
        return
    try:
        via = parse_via(raw[0])
    except (ValueError, IndexError):
        return
    if via.received not in (None, addr[0]):
        via.received = addr[0]
        rest = raw[1:]
        request.via = [via]
        for value in rest:
            request.headers.append("Via", value)


class Uac(SipUAC):
    """The client side: repeats INVITE until answered, acknowledges refusals, ends a call answered after CANCEL."""

    def __init__(self, transport: Udp | Tcp) -> None:
        super().__init__(transport)
        self.over = transport
        self.on_progress: Callable[[SipResponse], None] | None = None
        self.on_final: Callable[[SipResponse], None] | None = None
        self.our_headers: dict[str, str] = {}
        self._cancelled: OutgoingCall | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.got_response = False

    def _build_invite(self, *args: Any, **more: Any) -> SipRequest:
        """Add our headers to every INVITE, including the one repeated with credentials."""
        invite = super()._build_invite(*args, **more)
        if self.got_response:
            for name, value in self.our_headers.items():
                invite.headers.set_single(name, value)
        return invite

    def repeat_until_answered(self, message: SipRequest, addr: tuple[str, int], give_up: Callable[[], None]) -> None:
        """Repeat after T1, doubled each time, for 64 times T1 (timers A and B); over TCP only wait."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        interval_s = transaction.T1

        def again() -> None:
            nonlocal interval_s
            if self.got_response:
                return
            if loop.time() - began_s >= 64 * transaction.T1:
                give_up()
                return
            if isinstance(self.transport, Udp):
                self.transport.send(message, addr)
            interval_s *= 2
            self._timer = loop.call_later(interval_s, again)

        self._timer = loop.call_later(interval_s, again)

    def close(self) -> None:
        super().close()
        if self._timer is not None:
            self._timer.cancel()

    def send_referred(self, call: OutgoingCall, status: str) -> None:
        """Send a NOTIFY that ends the subscription of a REFER (RFC 3515)."""
        headers = {"Event": "refer", "Subscription-State": "terminated;reason=noresource"}
        kind = "message/sipfrag;version=2.0"
        body = f"SIP/2.0 {status}\r\n"
        self._send_in_dialog(
            call.dialog, "NOTIFY", call.remote_addr, body=body, content_type=kind, extra_headers=headers
        )

    def send_cancel(self, call: OutgoingCall) -> SipRequest:
        self._cancelled = call
        return super().send_cancel(call)

    def handle_response(self, response: SipResponse, addr: tuple[str, int]) -> None:
        cseq = response.cseq
        if cseq is None or cseq.method.upper() != "INVITE":
            super().handle_response(response, addr)
            return
        self.got_response = True
        call = self.get_call(response.call_id or "") or self._cancelled
        if call is None or response.call_id != call.call_id:
            return
        if response.status_code >= 300:
            self._acknowledge_refusal(call, response)
        elif response.status_code >= 200 and call is self._cancelled:
            # Answered while our CANCEL was on its way: acknowledge, then end it.
            self._calls[call.call_id] = call
            call.on_answer = None
            call.dialog.state = DialogState.EARLY
            super().handle_response(response, addr)
            self.send_bye(call.dialog, call.remote_addr)
            return
        elif 180 <= response.status_code < 200 and response.body and self.on_progress is not None:
            self.on_progress(response)
        elif 200 <= response.status_code < 300:
            contact = response.contact
            if contact:
                call.dialog.remote_target = stringify_uri(contact[0].uri)
            call.dialog.route_set = list(reversed(response.headers.get("record-route")))
            if self.on_final is not None:
                self.on_final(response)
        super().handle_response(response, addr)

    def _acknowledge_refusal(self, call: OutgoingCall, response: SipResponse) -> None:
        """Send the ACK of a refusal: the branch of the INVITE, the To of the refusal (RFC 3261 17.1.1.3)."""
        ack = SipRequest(method="ACK", uri=call.invite.uri)
        ack.headers.append("Via", call.invite.headers.get("via")[0])
        for name in ("From", "Call-ID"):
            ack.headers.set_single(name, call.invite.get_header(name) or "")
        ack.headers.set_single("To", response.get_header("to") or "")
        cseq = response.cseq
        ack.headers.set_single("CSeq", stringify_cseq(CSeq(cseq.seq if cseq else 1, "ACK")))
        ack.headers.set_single("Max-Forwards", "70")
        self.transport.send(ack, call.remote_addr)

