"""Calls that came by SIP, run by the same channels as scripted ones. In the switch's thread.

The channel writes its story as notes; each note that the caller would hear or see becomes a command to the caller's
leg.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import gevent

from devswitch.causes import sip_status_of
from devswitch.channel import ChannelNote
from devswitch.dialplan import Dialplan, digitree_dialplan
from devswitch.sip.crossing import Crossing
from devswitch.sip.dialer import dial
from devswitch.sip.endpoint import SipEndpoint, SipLimits
from devswitch.sip.hearing import LegHearing
from devswitch.sip.invitation import Invitation
from devswitch.sip.leg_in import LegIn
from devswitch.sip.rtp import open_leg
from devswitch.sip.silent_caller import SilentCaller, answered, silent_setup
from devswitch.sip.sounds import frames_of
from devswitch.sip.tls import TlsKeys
from devswitch.sip.trunks import SwitchTrunks
from devswitch.switch import CallResult, CallSetup, DevSwitch, SwitchCall
from devswitch.trunk_files import Gateway
from ivr.storage.disk.switch_trunks import TrunkFiles

log = logging.getLogger(__name__)

SAMPLE_AGENT = "sample-agent"
# As in dialplan/freeswitch/dialplan.xml.
_BETWEEN = r"(?:[() ./_-]|%[0-9A-Fa-f]{2}){0,8}"
_NUMBER = re.compile(
    r"(?:[+() ./_-]|%[0-9A-Fa-f]{2}){0,8}"
    rf"(?:[0-9]{_BETWEEN}){{3,20}}"
    r"(?:;[0-9A-Za-z+()\[\] ._~*%:;=,!?@&/-]{0,400})?"
)
_START_TIMEOUT_S = 5.0
_STOP_TIMEOUT_S = 3.0
# The tones that dialplan/freeswitch/dialplan.xml plays if the prompt is missing.
_TROUBLE_TONES = "tone_stream://%(330,15,950);%(330,15,1400);%(330,1000,1800);loops=2"
_AGENT_TONES = "tone_stream://%(300,100,660);%(300,100,880);%(600,0,990)"


@dataclass(frozen=True)
class SipSettings:
    """address: where SIP is received. esl_targets: our server, `host:port|host:port`. secret: what proves our calls
    to it. prompts: their directory. trunks: the files that the keeper writes. keys, tls_port: as of SipEndpoint."""

    address: tuple[str, int]
    esl_targets: str
    secret: str
    prompts: Path
    limits: SipLimits = field(default_factory=SipLimits)
    trunks: TrunkFiles | None = None
    keys: TlsKeys | None = None
    tls_port: int = 0

    def find_system_prompt(self, name: str) -> str:
        """The path of a system prompt; empty if there is none."""
        path = self.prompts / "system" / f"{name}.wav"
        return str(path) if path.is_file() else ""


class SipSwitch:
    """`start` listens; every call then runs by itself. `calls` are those under way, by channel UUID.

    extensions: dialplans by the dialled user, which take precedence over Digitree's.
    """

    def __init__(self, settings: SipSettings, extensions: Mapping[str, Dialplan] | None = None) -> None:
        self.calls: dict[str, SwitchCall] = {}
        self._settings = settings
        self._crossing = Crossing()
        self._endpoint = SipEndpoint(
            self._crossing, self._incoming, settings.limits, settings.keys, settings.tls_port
        )
        self._extensions = dict(extensions or {})
        files = settings.trunks
        self.trunks = SwitchTrunks(self._crossing, self._endpoint, files) if files is not None else None

    @property
    def address(self) -> tuple[str, int]:
        """The address it listens on, with the real port even if 0 was requested."""
        return self._endpoint.host, self._endpoint.port

    @property
    def endpoint(self) -> SipEndpoint:
        """The endpoint, which belongs to SIP's thread: only to be read here."""
        return self._endpoint

    def start(self) -> None:
        """OSError if the address is taken."""
        self._crossing.start()
        self._crossing.await_sip(self._endpoint.start(*self._settings.address)).result(_START_TIMEOUT_S)
        if self.trunks is not None:
            self.trunks.start()

    def stop(self) -> None:
        """Send BYE on every leg, end the registrations, and take no more calls."""
        if self.trunks is not None:
            self.trunks.stop()
        for live in list(self.calls.values()):
            live.hang_up()
        self._crossing.await_sip(self._endpoint.stop()).result(_STOP_TIMEOUT_S)
        self._crossing.stop()

    def ring(self, ticket: str, channel_uuid: str, longest_s: int) -> SwitchCall:
        """Begin a call of the switch's own, whose caller is silent, to this ticket."""
        endpoint = self._endpoint
        opened = open_leg(endpoint.host, endpoint.pacer, lambda key: None, endpoint.limits.rtp_ports)
        caller = SilentCaller(self._crossing.await_sip(opened).result(_START_TIMEOUT_S))
        switch = DevSwitch(
            answered(self._menu()),
            dial=functools.partial(dial, self._crossing, endpoint, caller, self._find_gateway),
            strict=False,
        )
        live = self.calls[channel_uuid] = switch.start(silent_setup(ticket, channel_uuid))
        gevent.spawn_later(longest_s, live.kill, "ALLOTTED_TIMEOUT")
        gevent.spawn(self._follow, live, lambda: self._crossing.to_sip(caller.rtp.close))
        return live

    # -- one call ----------------------------------------------------------------------------------------------------

    def _incoming(self, invitation: Invitation, leg: LegIn) -> None:
        if invitation.did in self._extensions:
            dialplan = self._extensions[invitation.did]
        elif invitation.did == SAMPLE_AGENT:
            dialplan = self._sample_agent()
        elif not _NUMBER.fullmatch(invitation.did):
            self._crossing.to_sip(leg.end, 404)
            return
        elif _is_hand_off(invitation) and invitation.source[0] == self.address[0]:
            # A transfer that comes back to this switch would loop forever.
            self._crossing.to_sip(leg.end, 482)
            return
        else:
            dialplan = self._menu()
        story = _Story(self._crossing, leg)
        setup = CallSetup(
            did=invitation.did,
            ani=invitation.ani,
            name=invitation.name,
            extra_variables={**invitation.variables, "dtmf_type": leg.dtmf_type},
            header_overrides=dict.fromkeys(("Channel-Network-Addr", "Caller-Network-Addr"), invitation.source[0]),
            on_note=story,
        )
        switch = DevSwitch(
            dialplan,
            dial=functools.partial(dial, self._crossing, self._endpoint, leg, self._find_gateway),
            strict=False,
        )
        live = switch.start(setup)
        live.channel.hear = functools.partial(LegHearing, leg)
        story.live = live
        leg.listener = live
        self.calls[live.channel.who.channel_uuid] = live
        gevent.spawn(self._follow, live, lambda: self._crossing.to_sip(leg.end, 500))

    def _find_gateway(self, name: str) -> Gateway | None:
        return None if self.trunks is None else self.trunks.find(name)

    def _follow(self, live: SwitchCall, end: Callable[[], None]) -> None:
        uuid = live.channel.who.channel_uuid
        try:
            _log_result(live.wait())
        except Exception:
            log.exception("call %s failed", uuid)
        finally:
            del self.calls[uuid]
            end()

    def _menu(self) -> Dialplan:
        trouble = self._settings.find_system_prompt("trouble") or _TROUBLE_TONES
        return digitree_dialplan(self._settings.esl_targets, self._settings.secret, trouble)

    def _sample_agent(self) -> Dialplan:
        says = self._settings.find_system_prompt("sample_agent") or _AGENT_TONES
        return Dialplan((("answer", ""), ("sleep", "500"), ("playback", says), ("sleep", "1500"), ("hangup", "")))


def _is_hand_off(invitation: Invitation) -> bool:
    return any(name.lower() == "sip_h_x-ivr-call-id" and value for name, value in invitation.variables.items())


class _Story:
    """The channel's notes as commands to the caller's leg."""

    def __init__(self, crossing: Crossing, leg: LegIn) -> None:
        self.live: SwitchCall | None = None
        self._crossing = crossing
        self._leg = leg

    def __call__(self, note: ChannelNote) -> None:
        leg, to_sip = self._leg, self._crossing.to_sip
        if note.kind == "play":
            to_sip(leg.play, frames_of(note.text, leg.payload))
        elif note.kind == "cut":
            to_sip(leg.stop)
        elif note.kind == "ringback":
            to_sip(leg.play, frames_of(note.text, leg.payload, forever=True))
        elif note.kind == "ringback_over":
            to_sip(leg.stop)
        elif note.kind == "displaced":
            to_sip(leg.displace, frames_of(note.text, leg.payload, forever=True))
        elif note.kind == "displaced_no_more":
            to_sip(leg.displace, iter(()))
        elif note.kind in ("echo", "echo_over"):
            to_sip(leg.echo, note.kind == "echo")
        elif note.kind == "send_keys":
            to_sip(leg.send_keys, note.text)
        elif note.kind == "ring":
            to_sip(leg.ring)
        elif note.kind == "early":
            to_sip(leg.early_media)
        elif note.kind == "answer":
            to_sip(leg.answer)
        elif note.kind == "hangup" and self.live is not None:
            channel = self.live.channel
            to_sip(leg.end, channel.sip_status or sip_status_of(channel.hangup_cause))
        elif note.kind in ("violation", "missing"):
            log.warning("%s: %s", note.kind, note.text)


def _log_result(result: CallResult) -> None:
    """How many keys were pressed, and not which: among them may be a secret."""
    log.info(
        "call to %s: %s, ended by %s, %.1f s, %d keys, %d prompts",
        result.setup.did,
        result.hangup_cause,
        result.ended_by,
        result.duration_ms / 1000,
        len(result.dtmf),
        len(result.prompts),
    )
