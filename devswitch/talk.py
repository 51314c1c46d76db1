"""Caller and agent in conversation: its limits, and the ways in which it ends."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from devswitch.apps import AppSurroundings, BridgeAttempt
from devswitch.caller import LiveAgent, ScriptedAgent, TalkLimits
from devswitch.channel import Channel
from devswitch.expand import atoi

_FOREVER_MS = 24 * 3600 * 1000.0
_HANG_UP_AFTER = re.compile(r"sched_hangup \+(\d+) ALLOTTED_TIMEOUT")
# How often it is seen whether a live agent still sends packets.
_WATCH_S = 0.25
# The agent has sent a REFER: the caller is taken away from it, and it waits.
REFERRED = "BLIND_TRANSFER"


def talk_limits(variables: dict[str, str]) -> TalkLimits:
    """The limits that dialplan and call server set on the agent's leg for when it answers."""
    ends = _HANG_UP_AFTER.fullmatch(variables.get("execute_on_answer", ""))
    listens = variables.get("execute_on_answer_listen") == "execute_extension agent-listen"
    media_ms = atoi(variables.get("media_timeout", ""))
    hold_ms = atoi(variables.get("media_hold_timeout", "")) or 10 * media_ms
    return TalkLimits(
        int(ends[1]) if ends else None,
        atoi(variables.get("ivr_silent_s", "")) if listens else None,
        media_ms / 1000 if media_ms > 0 else None,
        hold_ms / 1000,
    )


def converse(channel: Channel, around: AppSurroundings, agent: ScriptedAgent, limits: TalkLimits) -> str:
    channel.give_keys_to_agent(True)
    try:
        began_ms = channel.clock.now_ms
        ends = [(_FOREVER_MS if agent.talk_ms is None else agent.talk_ms, "NORMAL_CLEARING")]
        if limits.talk_s is not None:
            ends.append((limits.talk_s * 1000.0, "ALLOTTED_TIMEOUT"))
        if limits.heard_s is not None and agent.is_silent:
            ends.append((limits.heard_s * 1000.0, "MEDIA_TIMEOUT"))
        talk_ms, cause = min(ends)
        sound = around.find_sound(agent.plays) if agent.plays else None
        if sound is not None:
            channel.play(sound, None, source="agent")
        has_ended = _end_key(channel)
        channel.pass_time(began_ms + talk_ms, has_ended)
        if has_ended():
            return "NORMAL_CLEARING"
        if agent.reports and channel.is_up and cause == "NORMAL_CLEARING":
            channel.set("ivr_agent_result", agent.reports)
        return cause if channel.is_up else "NORMAL_CLEARING"
    finally:
        channel.give_keys_to_agent(False)


def converse_live(channel: Channel, agent: LiveAgent, limits: TalkLimits) -> str:
    """The cause of the end; REFERRED: the agent waits, and the caller is to be sent on."""
    channel.give_keys_to_agent(True)
    agent.connect()
    began_ms = channel.clock.now_ms

    has_ended = _end_key(channel)

    def wait_until(seconds: float) -> bool:
        channel.pass_time(began_ms + seconds * 1000, lambda: bool(agent.cause or agent.refer_to) or has_ended())
        return channel.is_up and not agent.cause and not agent.refer_to and not has_ended()

    try:
        longest_s = _FOREVER_MS / 1000 if limits.talk_s is None else float(limits.talk_s)
        looks_s = math.inf if limits.heard_s is None else float(limits.heard_s)
        at_s = 0.0
        while at_s < longest_s:
            at_s = min(longest_s, at_s + _WATCH_S)
            if not wait_until(at_s):
                return REFERRED if channel.is_up and agent.refer_to and not agent.cause else "NORMAL_CLEARING"
            if at_s >= looks_s:
                looks_s = math.inf
                if not agent.has_sounded:
                    return "MEDIA_TIMEOUT"
            if limits.media_s is not None:
                may_s = limits.hold_s if agent.is_on_hold else limits.media_s
                if agent.unheard_s > may_s:
                    return "MEDIA_TIMEOUT"
        return "ALLOTTED_TIMEOUT"
    finally:
        if channel.is_up and not agent.cause and agent.refer_to:
            agent.part()
        else:
            agent.hang_up()
        for name, value in agent.said.items():
            channel.set(name, value)
        channel.give_keys_to_agent(False)


def _end_key(channel: Channel) -> Callable[[], bool]:
    """Whether the caller has ended this talk by a key (bridge_terminate_key, mod_dptools.c: bridge_on_dtmf)."""
    keys, before = channel.find_variable("bridge_terminate_key") or "", len(channel.dtmf)
    return lambda: any(each.key in keys for each in channel.dtmf[before:])


def note_talk_over(channel: Channel, attempt: BridgeAttempt, cause: str) -> None:
    """Leave on the channel what FreeSWITCH leaves there after a bridge."""
    attempt.ended_ms = channel.clock.now_ms
    attempt.cause = cause
    channel.set("bridge_hangup_cause", cause)
    if not channel.is_up:
        channel.set("last_bridge_role", "originator")
        return
    channel.set("last_bridge_hangup_cause", cause)
    if cause == "NORMAL_CLEARING":  # any other cause: the switch ended it
        channel.set("last_bridge_proto_specific_hangup_cause", "sip:200")
