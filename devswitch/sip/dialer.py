"""An agent called by SIP, as the bridge sees it. In the switch's thread."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from gevent.event import Event

from devswitch.apps import BridgeAttempt
from devswitch.causes import cause_of
from devswitch.channel import Channel
from devswitch.sip.confirming import Confirming
from devswitch.sip.crossing import Crossing
from devswitch.sip.endpoint import SipEndpoint
from devswitch.sip.leg_out import UNREACHABLE, UNTRUSTED, Dialled, LegOut, Reports
from devswitch.sip.mixing import Mixer
from devswitch.sip.rtp import RtpLeg, open_leg
from devswitch.sip.srtp import POLICIES
from devswitch.trunk_files import Gateway

log = logging.getLogger(__name__)

_TARGET = re.compile(r"(?:(?P<user>[^@\s<>\"]{1,128})@)?(?P<host>[A-Za-z0-9.-]{1,253})(?::(?P<port>\d{1,5}))?")
_TRANSPORT = re.compile(r";transport=([a-z]+)", re.IGNORECASE)
_ROUTE = re.compile(r"sip:(?P<name>[A-Za-z0-9.*-]{1,253})(?=[:;])")
_SRTP = "rtp_secure_media_outbound"
_CALLER = re.compile(r"[A-Za-z0-9+_.*#-]{1,64}")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")  # as the dialplan has it (agent-said)
_CODECS = {"PCMU": 0, "PCMA": 8}
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,1000}")

# FreeSWITCH reports no status for a target that challenges the caller and then rejects the password.
_CHALLENGES = (401, 407)
# Of a leg that was answered, at the agent's BYE.
HUNG_UP = 200


class CallerLeg(Protocol):
    """Of the caller whom an agent is connected to; `payload`: the codec that frames are made for."""

    rtp: RtpLeg
    mixer: Mixer

    @property
    def payload(self) -> int: ...


class SipAgent:
    """devswitch.caller.LiveAgent, over SIP."""

    def __init__(self, crossing: Crossing, endpoint: SipEndpoint, caller: CallerLeg, wake: Event) -> None:
        self.is_ringing = False
        self.is_answered = False
        self.cause = ""
        self.sip_status = 0
        self.said: dict[str, str] = {}
        self.refer_to = ""
        self._crossing = crossing
        self._endpoint = endpoint
        self._caller = caller
        self._wake = wake
        self._leg: LegOut | None = None  # SIP's thread's
        self._is_given_up = False  # SIP's thread's
        self._knows_a_password = False
        self._answered_s = 0.0
        self._confirming: Confirming | None = None  # SIP's thread's

    def dial(self, dialled: Dialled, variables: Mapping[str, str]) -> None:
        self._confirming = Confirming.of(variables, self._confirmed)
        self._knows_a_password = bool(dialled.username)
        self._crossing.await_sip(self._dial(dialled))

    @property
    def has_sounded(self) -> bool:
        return self._leg is not None and self._leg.rtp.has_sounded

    @property
    def unheard_s(self) -> float:
        leg = self._leg
        return 0.0 if leg is None else time.monotonic() - max(self._answered_s, leg.rtp.last_heard_s or 0.0)

    @property
    def is_on_hold(self) -> bool:
        media = self._leg.rtp.media if self._leg is not None else None
        return media is not None and not media.listens

    def connect(self) -> None:
        self._crossing.to_sip(self._connect)

    def join(self, sound: str) -> None:
        self._crossing.to_sip(self._join, sound)

    def part(self) -> None:
        self._crossing.to_sip(self._part)

    def tell_referred(self, status: str) -> None:
        self.refer_to = ""
        self._crossing.to_sip(self._tell_referred, status)

    def hang_up(self) -> None:
        self._crossing.to_sip(self._hang_up)

    # -- in SIP's thread ---------------------------------------------------------------------------------------------

    async def _dial(self, dialled: Dialled) -> None:
        endpoint = self._endpoint
        try:
            rtp = await open_leg(endpoint.host, endpoint.pacer, self._keyed, endpoint.limits.rtp_ports)
            reports = Reports(
                ringing=lambda: self._crossing.to_switch(self._rings),
                answered=self._picked_up,
                ended=lambda status: self._crossing.to_switch(self._ends, status),
                referred=lambda refer_to: self._crossing.to_switch(self._refers, refer_to),
            )
            self._leg = LegOut(dialled, rtp, endpoint.host, reports, endpoint.keys)
            if self._is_given_up:
                rtp.close()
                return
            await self._leg.open()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("an agent could not be dialled")
            self._crossing.to_switch(self._ends, UNREACHABLE)

    def _picked_up(self) -> None:
        if self._confirming is None or self._leg is None or self._leg.rtp.media is None:
            self._crossing.to_switch(self._answers)
        else:
            self._confirming.begin(self._leg.rtp, self._leg.rtp.media.payload)

    def _keyed(self, key: str) -> None:
        if self._confirming is not None:
            self._confirming.press(key)

    def _confirmed(self, has_call: bool) -> None:
        if has_call:
            self._crossing.to_switch(self._answers)
        elif self._leg is not None:
            self._leg.hang_up()
            self._crossing.to_switch(self._is_late)

    def _connect(self) -> None:
        if self._leg is not None:
            self._caller.rtp.stop()
            self._caller.rtp.bridge(self._leg.rtp)
            self._leg.rtp.bridge(self._caller.rtp)

    def _join(self, sound: str) -> None:
        if self._leg is not None:
            mixer = self._caller.mixer
            for each in (self._caller.rtp, self._leg.rtp):
                mixer.add(each)
            mixer.announce(sound)

    def _part(self) -> None:
        self._caller.rtp.bridge(None)
        if self._leg is not None:
            self._leg.rtp.bridge(None)

    def _tell_referred(self, status: str) -> None:
        if self._leg is not None:
            self._leg.tell_referred(status)

    def _hang_up(self) -> None:
        self._is_given_up = True
        if self._confirming is not None:
            self._confirming.stop()
        self._caller.rtp.bridge(None)
        if self._leg is not None:
            self._caller.mixer.remove(self._leg.rtp)
            self._leg.hang_up()

    # -- reports, in the switch's thread -----------------------------------------------------------------------------

    def _rings(self) -> None:
        self.is_ringing = True
        self._wake.set()

    def _answers(self) -> None:
        if self._leg is not None and self._leg.in_answer:
            self.said["sip_rh_X-IVR-Result"] = self._leg.in_answer
        self._answered_s = time.monotonic()
        self.is_ringing = self.is_answered = True
        self._wake.set()

    def _is_late(self) -> None:
        self.cause = "ALLOTTED_TIMEOUT"
        self._wake.set()

    def _refers(self, refer_to: str) -> None:
        self.refer_to = refer_to
        self._wake.set()

    def _ends(self, status: int) -> None:
        if self._leg is not None and _PLAIN_WORD.fullmatch(self._leg.in_bye):
            self.said["ivr_agent_result"] = self._leg.in_bye
        if status in _CHALLENGES:
            self.cause = "NORMAL_UNSPECIFIED" if self._knows_a_password else "MANDATORY_IE_MISSING"
        elif status == UNTRUSTED:
            self.cause = "PROGRESS_TIMEOUT"  # which FreeSWITCH waits for
        elif status == HUNG_UP and not self.is_answered:
            self.cause = "NORMAL_CLEARING"  # before it was confirmed
        else:
            self.sip_status, self.cause = status, cause_of(status)
        self._wake.set()


def dial(
    crossing: Crossing,
    endpoint: SipEndpoint,
    caller: CallerLeg,
    find_gateway: Callable[[str], Gateway | None],
    channel: Channel,
    attempt: BridgeAttempt,
) -> SipAgent | None:
    """Begin to call the target of a bridge; None if it is neither a SIP address nor a number at a gateway."""
    kind, _, profile = attempt.dial_string.partition("/")
    gateway = None
    target = attempt.target
    if profile.startswith("gateway/"):
        gateway = find_gateway(target.partition("@")[2])
        if gateway is None:
            unknown = SipAgent(crossing, endpoint, caller, channel.wake)
            unknown.cause = "INVALID_GATEWAY"
            return unknown
        target = f"{target.partition('@')[0]}@{':'.join(map(str, gateway.sent_to))}"
    match = _TARGET.fullmatch(target)
    if match is None or kind != "sofia":
        return None
    named = _TRANSPORT.search(attempt.dial_string)
    transport = gateway.transport if gateway else named[1].lower() if named else "udp"
    route = _ROUTE.match(attempt.variables.get("sip_route_uri", ""))
    agent = SipAgent(crossing, endpoint, caller, channel.wake)
    ani = attempt.variables.get("origination_caller_id_number", channel.who.ani)
    agent.dial(
        Dialled(
            user=match["user"] or "",
            host=match["host"],
            port=int(match["port"] or (5061 if transport == "tls" else 5060)),
            caller=ani if _CALLER.fullmatch(ani) else "anonymous",
            headers=_safe_headers(channel, attempt) | _identity(attempt.variables, endpoint.host),
            transport=transport,
            name=route["name"] if route else match["host"],
            payloads=_payloads(attempt.variables.get("absolute_codec_string", ""), caller.payload),
            username=gateway.auth_username or gateway.username if gateway else _given(attempt, "username"),
            password=gateway.password if gateway else _given(attempt, "password"),
            srtp=POLICIES.get(gateway.srtp if gateway else attempt.variables.get(_SRTP, ""), "off"),
            # As in dialplan/freeswitch/sofia.xml: of one profile alone.
            may_refer=profile.partition("/")[0].endswith("-agents"),
        ),
        attempt.variables,
    )
    return agent


def _given(attempt: BridgeAttempt, name: str) -> str:
    return attempt.variables.get(f"sip_auth_{name}", "")


def _payloads(codecs: str, of_caller: int) -> tuple[int, ...]:
    """The payload types to offer: from a list such as `^^:PCMA:PCMU`, else the caller's codec first."""
    wanted = [_CODECS[name] for name in codecs.removeprefix("^^:").split(":") if name in _CODECS]
    return tuple(wanted) or ((0, 8) if of_caller == 0 else (8, 0))


def _safe_headers(channel: Channel, attempt: BridgeAttempt) -> dict[str, str]:
    headers = {}
    for name, value in attempt.headers.items():
        if _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value):
            headers[name] = value
        else:
            channel.violation(f"bridge: header {name!r} with {value!r} left out")
    return headers


def _identity(variables: dict[str, str], host: str) -> dict[str, str]:
    """The caller's number as an asserted identity, as requested by `sip_cid_type=pid` (RFC 3325)."""
    number = variables.get("origination_caller_id_number", "")
    if variables.get("sip_cid_type") != "pid" or not _CALLER.fullmatch(number):
        return {}
    return {"P-Asserted-Identity": f'"{number}" <sip:{number}@{host}>'}
