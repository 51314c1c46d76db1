"""bridge: connect the caller to an agent, with the ways in which it succeeds or fails on FreeSWITCH.

Facts: `audio_bridge_function` (mod_dptools.c), `switch_ivr_originate`, `switch_channel_handle_cause`
(switch_channel.c), `switch_ivr_multi_threaded_bridge` of FreeSWITCH 1.10.12; what each failure leaves in the
variables was measured (tests/devswitch/measured.json).
"""

from __future__ import annotations

import math
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from devswitch.apps import Application, AppSurroundings, BridgeAttempt
from devswitch.caller import LiveAgent, Referral, ScriptedAgent
from devswitch.causes import NUMBERS_TO_CAUSES, sip_status_of
from devswitch.channel import Channel
from devswitch.confirm import confirmed
from devswitch.dial_string import BadDialString, DialLeg, read_legs
from devswitch.expand import atoi, has_variable, is_true, separate_string
from devswitch.media import HeardSound
from devswitch.talk import REFERRED, converse, converse_live, note_talk_over, talk_limits

_DEFAULT_RING_S = 60
# Dialling reads the caller's media, so it ends on a 20 ms frame.
_LEAST_DIAL_MS = 3.0
_CAUSE_TO_DIALSTATUS = {
    "ORIGINATOR_CANCEL": "CANCEL",
    "USER_BUSY": "BUSY",
    "NO_ANSWER": "NOANSWER",
    "DESTINATION_OUT_OF_ORDER": "INVALIDARGS",
    "INVALID_PROFILE": "INVALIDARGS",
    "CALL_REJECTED": "DONTCALL",
}
_ALWAYS_GO_ON = frozenset({"NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL"})
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass
class Race:
    """One leg while it rings: when it will answer or fail, and how."""

    leg: DialLeg
    agent: ScriptedAgent
    attempt: BridgeAttempt
    leg_uuid: str
    ends_ms: float
    cause: str  # empty: it answers
    by_sip: bool = True  # the far side ended it with a SIP message
    disposition: str = ""  # the cause that FreeSWITCH reports, if it differs from the leg's
    live: LiveAgent | None = None

    @property
    def is_settled(self) -> bool:
        return self.live is not None and (self.live.is_answered or bool(self.live.cause))

    @property
    def has_ended(self) -> bool:
        """Whether the far end of an answered leg has hung up."""
        return self.live is not None and bool(self.live.cause)

    def settle(self) -> None:
        """Take over the result of a live leg that ended before any limit was reached."""
        if self.live is not None and self.is_settled:
            self.cause, self.by_sip, self.disposition = self.live.cause, bool(self.live.sip_status), ""
            self.agent = replace(self.agent, sip_status=self.live.sip_status)


def bridge(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Dial until an agent answers, then bridge until one side hangs up.

    If it fails, the caller is hung up unless continue_on_fail says otherwise.
    """
    if not arg:
        channel.violation("bridge without a dial string")
        return
    if has_variable(arg):
        channel.violation(f"bridge {arg!r}: a variable is left in the dial string")
    try:
        groups = read_legs(arg)
    except BadDialString as error:
        channel.violation(f"bridge {arg!r}: {error}")
        _fail(channel, error.cause)
        return
    for name in {name for group in groups for leg in group for name in leg.variables}:
        if not _VARIABLE_NAME.fullmatch(name):
            channel.violation(f"bridge: {name!r} is not the name of a variable")
    channel.set("originate_causes", None)
    lost: Race | None = None
    for group in groups:
        won, lost = _dial(channel, around, group)
        if won is not None:
            _talk(channel, around, won)
            return
        if not channel.is_up:
            break
    if lost is not None:
        _fail(channel, lost.cause, lost.disposition)


def _dial(channel: Channel, around: AppSurroundings, legs: list[DialLeg]) -> tuple[Race | None, Race | None]:
    """Dial all legs of a group at once; returns the first to answer, or else the last to fail."""
    races = [start_leg(channel, around, leg) for leg in legs]
    ringback = _play_ringback(channel)
    lost: Race | None = None
    won: Race | None = None
    ringing = list(races)
    while ringing:
        race = _wait_for_one(channel, ringing)
        ringing.remove(race)
        if not channel.is_up:
            race.cause, race.by_sip, race.disposition = "ORIGINATOR_CANCEL", False, ""
        race.attempt.ended_ms = channel.clock.now_ms
        race.attempt.cause = race.cause
        if not race.cause:
            won = race
            break
        lost = race
        note_failed_leg(channel, race)
        if not channel.is_up:
            break
    if won is not None:
        for race in races:
            if race is not won and not race.attempt.cause:
                race.attempt.cause = "LOSE_RACE"
                _add_cause(channel, race.leg_uuid, "LOSE_RACE")
    for race in races:
        if race is not won and race.live is not None:
            race.live.hang_up()
    if ringback is not None:
        ringback.ended_ms = channel.clock.now_ms
        channel.note("ringback_over")
    return won, lost


def _wait_for_one(channel: Channel, races: list[Race]) -> Race:
    """The next leg to answer, to fail, or to reach a limit; the caller may hang up before."""
    while True:
        first = min(races, key=lambda race: race.ends_ms)
        news = [race for race in races if race.live is not None and not race.live.is_ringing]
        _ring_until(
            channel,
            max(first.ends_ms, channel.clock.now_ms),
            lambda: any(race.is_settled for race in races)
            or any(race.live is not None and race.live.is_ringing for race in news),  # noqa: B023 (called here)
        )
        settled = next((race for race in races if race.is_settled), None)
        if settled is not None:
            settled.settle()
            return settled
        if not channel.is_up or channel.clock.now_ms >= first.ends_ms:
            return first
        for race in news:
            if race.live is not None and race.live.is_ringing:
                # It rings: the limits on the time until it rings no longer apply.
                _set_limits(channel, race, 0.0)


def when_settled(channel: Channel, race: Race) -> bool:
    """Whether this leg has answered, failed or reached a limit by now."""
    if race.is_settled:
        race.settle()
        return True
    if race.live is not None and race.live.is_ringing:
        _set_limits(channel, race, 0.0)
    return channel.clock.now_ms >= race.ends_ms


def start_leg(channel: Channel, around: AppSurroundings, leg: DialLeg) -> Race:
    """Begin to dial it."""
    channel.note("dial", leg.target)
    began_ms = channel.clock.now_ms
    attempt = BridgeAttempt(leg.target, leg.dial_string, _headers(channel, leg.variables), leg.variables, began_ms)
    around.bridges.append(attempt)
    if leg.target.startswith("error/"):
        cause = leg.target.removeprefix("error/")
        return Race(leg, ScriptedAgent(), attempt, "", began_ms + 1, cause, by_sip=False)
    live = around.dial(channel, attempt) if around.dial is not None else None
    agent = around.agents.get(leg.target) if live is None else ScriptedAgent.mute()
    own_ms = began_ms + max(agent.ring_ms, _LEAST_DIAL_MS)
    leg_uuid = leg.variables.get("origination_uuid") or str(uuid.uuid4())
    race = Race(leg, agent, attempt, leg_uuid, own_ms, agent.cause, live=live)
    if live is None and not agent.cause and "group_confirm_key" in leg.variables:
        race.ends_ms, race.cause = confirmed(leg.variables, agent, own_ms, around)
        if own_ms < _answer_limit_ms(channel, race):
            return race
        race.ends_ms, race.cause = own_ms, agent.cause
    _set_limits(channel, race, agent.progress_ms)
    return race


def _answer_limit_ms(channel: Channel, race: Race) -> float:
    """When the ringing of a leg is over that is confirmed after its answer."""
    limits = _limits(channel, race.leg, race.agent.progress_ms, race.attempt.started_ms)
    return min(ends_ms for ends_ms, _, _ in limits)


def _set_limits(channel: Channel, race: Race, progress_ms: float) -> None:
    if race.live is not None:
        race.ends_ms = math.inf
    for ends_ms, cause, disposition in _limits(channel, race.leg, progress_ms, race.attempt.started_ms):
        if ends_ms < race.ends_ms:
            race.ends_ms, race.cause, race.by_sip, race.disposition = ends_ms, cause, False, disposition


def _limits(channel: Channel, leg: DialLeg, progress_ms: float, began_ms: float) -> list[tuple[float, str, str]]:
    """Time-outs as (when, the leg's cause, the disposition). FreeSWITCH counts changes of the wall clock's second, so
    a limit of N s may be reached up to a second early; a leg's own limits must be exceeded."""
    into_second_ms = (channel.clock.started_wall_s + began_ms / 1000) % 1 * 1000

    def strikes_ms(seconds: float) -> float:
        return began_ms + seconds * 1000 - into_second_ms

    ring_s = (
        _seconds(leg.variables.get("originate_timeout"))
        or _seconds(channel.find_variable("call_timeout"))
        or _DEFAULT_RING_S
    )
    limits = [(strikes_ms(ring_s), "NO_ANSWER", "")]
    leg_s = _seconds(leg.variables.get("leg_timeout"))
    if leg_s:
        limits.append((strikes_ms(leg_s + 1), "ALLOTTED_TIMEOUT", ""))
    for name, disposition in (("leg_progress_timeout", ""), ("progress_timeout", "NO_ANSWER")):
        progress_s = _seconds(leg.variables.get(name))
        if progress_s and strikes_ms(progress_s + 1) < began_ms + progress_ms:
            limits.append((strikes_ms(progress_s + 1), "PROGRESS_TIMEOUT", disposition))
    return limits


def _seconds(text: str | None) -> int:
    return max(0, atoi(text)) if text else 0


def _ring_until(channel: Channel, until_ms: float, happened: Callable[[], bool]) -> None:
    # The caller's digits are queued meanwhile, for the agent or for the next gather.
    if channel.media_ready:
        channel.read_without_looking(until_ms, happened)
    else:
        channel.pass_time(until_ms, happened)


def note_failed_leg(channel: Channel, race: Race) -> None:
    if not race.leg_uuid or race.agent.no_channel:
        return
    _add_cause(channel, race.leg_uuid, race.cause)
    if channel.is_up:
        channel.set("last_bridge_hangup_cause", race.cause)
        if race.by_sip:
            status = race.agent.sip_status or sip_status_of(race.cause)
            channel.set("last_bridge_proto_specific_hangup_cause", f"sip:{status}")


def _add_cause(channel: Channel, leg_uuid: str, cause: str) -> None:
    known = channel.find_variable("originate_causes")
    entry = f"{leg_uuid};{cause}"
    if known and not known.startswith("ARRAY::"):
        known = f"ARRAY::{known}"
    channel.set("originate_causes", f"{known}|:{entry}" if known else entry)


def _headers(channel: Channel, variables: dict[str, str]) -> dict[str, str]:
    """SIP headers on the INVITE to the agent: ours, and the caller's own X- headers unless that is switched off."""
    headers: dict[str, str] = {}
    copies = channel.find_variable("sip_copy_custom_headers")
    if copies is None or is_true(copies):
        headers.update(_sip_headers(channel.variables, "sip_h_X-"))
    exported = {}
    for name in (channel.find_variable("export_vars") or "").split(","):
        value = channel.find_variable(name)
        if value:
            exported[name.removeprefix("nolocal:")] = value
    return {**headers, **_sip_headers(exported), **_sip_headers(variables)}


def _sip_headers(variables: dict[str, str], prefix: str = "sip_h_") -> dict[str, str]:
    return {name[len("sip_h_") :]: value for name, value in variables.items() if name.startswith(prefix)}


def _play_ringback(channel: Channel) -> HeardSound | None:
    tone = channel.find_variable("transfer_ringback" if channel.is_answered else "ringback")
    if not tone or not channel.media_ready:
        return None
    name = tone if "://" in tone or tone.startswith("/") else f"tone_stream://{tone}"
    ringback = HeardSound(name, channel.clock.now_ms, channel.clock.now_ms, source="ringback")
    channel.heard.append(ringback)
    channel.note("ringback", name)
    return ringback


def _talk(channel: Channel, around: AppSurroundings, race: Race) -> None:
    attempt, agent = race.attempt, race.agent
    channel.answer()
    attempt.answered_ms, attempt.ended_ms = channel.clock.now_ms, None
    _add_cause(channel, race.leg_uuid, "NONE")
    channel.set("originate_disposition", "SUCCESS")
    channel.set("DIALSTATUS", "SUCCESS")
    for name in ("bridge_uuid", "last_bridge_to", "signal_bond"):
        channel.set(name, race.leg_uuid)
    channel.set("bridge_channel", f"sofia/external/{attempt.target}")
    if "answered_time" in separate_string(channel.find_variable("import") or "", ","):
        channel.set("answered_time", str(time.time_ns() // 1000))
    channel.note("agent", attempt.target)
    limits = talk_limits(race.leg.variables)
    if around.referrer is not None:
        # An agent waits for what comes of its REFER: the caller is with somebody else now.
        around.referrer.agent.tell_referred("200 OK")
        around.referrer.agent.hang_up()
        around.referrer = None
    if race.live is not None:
        cause = converse_live(channel, race.live, limits)
    else:
        cause = converse(channel, around, agent, limits)
    if race.live is not None and cause == REFERRED:
        around.referral = Referral(race.live, limits, around.bridges.index(attempt))
        channel.set("sip_refer_to", race.live.refer_to)
        return
    note_talk_over(channel, attempt, cause)
    if channel.is_up and is_true(channel.find_variable("hangup_after_bridge")):
        channel.hang_up("NORMAL_CLEARING", "agent")


def _fail(channel: Channel, cause: str, disposition: str = "") -> None:
    channel.set("originate_disposition", disposition or cause)
    channel.set("DIALSTATUS", _CAUSE_TO_DIALSTATUS.get(disposition or cause, disposition or cause))
    channel.set("originate_failed_cause", cause)
    if channel.is_up and not _goes_on(channel, cause):
        channel.hang_up(cause, "switch")


def _goes_on(channel: Channel, cause: str) -> bool:
    """Whether the call continues after a failed bridge."""
    on_fail = channel.find_variable("continue_on_fail")
    failures = channel.find_variable("failure_causes")
    if not on_fail and not failures:
        return cause in _ALWAYS_GO_ON
    if failures and not _lists(failures, cause):
        return True
    return bool(on_fail) and (is_true(on_fail) or _lists(on_fail or "", cause))


def _lists(names: str, cause: str) -> bool:
    return cause in [NUMBERS_TO_CAUSES.get(name, name.upper()) for name in separate_string(names, ",")]


BRIDGE_APPLICATIONS: dict[str, Application] = {"bridge": bridge}
