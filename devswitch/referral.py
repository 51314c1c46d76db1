"""A caller whom the agent sends on by REFER: what comes of it, and the talk that goes on when nothing does.

As on FreeSWITCH (mod_sofia with confirm-blind-transfer) the agent waits while the caller's channel runs what the
dialplan has for it. Once somebody else has answered the caller, the agent is told 200 and let go (apps_bridge).
Otherwise it is told that it was refused, and both are connected again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from devswitch.apps import AppSurroundings
from devswitch.channel import Channel
from devswitch.dialplan import SENT_BACK, Action, Dialplan
from devswitch.talk import REFERRED, converse_live, note_talk_over
from ivr.domain.name_addresses import read_name_address

_REFUSED = re.compile(r"sip:([3-6][0-9]{2})")
_FORBIDDEN = "403 Forbidden"


class Perform(Protocol):
    """Runs actions of the dialplan while the call is up, or once it is down."""

    def __call__(self, actions: Sequence[Action], *, is_up: bool = True) -> None: ...


def send_on(channel: Channel, around: AppSurroundings, plan: Dialplan, perform: Perform) -> None:
    """Do what FreeSWITCH does for the caller of an agent that has sent a REFER."""
    around.referrer, around.referral = around.referral, None
    refer_to = channel.find_variable("sip_refer_to") or ""
    channel.note("referred", refer_to)
    # FreeSWITCH transfers the channel to the user that is named.
    channel.header_overrides["Caller-Destination-Number"] = _user_of(refer_to)
    bridges = len(around.bridges)
    perform(plan.referred)
    if not channel.is_up or channel.find_variable(SENT_BACK) != "true":
        _let_go(around)
        perform(plan.server_lost)
        return
    _talk_on(channel, around, has_dialled=len(around.bridges) > bridges)
    perform(plan.after_talk if channel.is_up else plan.caller_left, is_up=channel.is_up)


def _user_of(refer_to: str) -> str:
    address = read_name_address(refer_to)
    return address.uri.partition(":")[2].partition("@")[0] if address is not None else ""


def _let_go(around: AppSurroundings) -> None:
    if around.referrer is not None:
        around.referrer.agent.hang_up()
        around.referrer = None


def _talk_on(channel: Channel, around: AppSurroundings, *, has_dialled: bool) -> None:
    """Tell the waiting agent that it was refused, by whom was dialled if anybody was, and connect the two again until
    one side hangs up or the agent sends another REFER."""
    referral, around.referrer = around.referrer, None
    if referral is None:
        return
    agent, limits, attempt = referral.agent, referral.limits, around.bridges[referral.bridge]
    refused = _REFUSED.fullmatch(channel.find_variable("last_bridge_proto_specific_hangup_cause") or "")
    # FreeSWITCH puts the status in the place of its phrase, too.
    channel.header_overrides["Caller-Caller-ID-Number"] = attempt.target.partition("@")[0]
    agent.tell_referred(f"{refused[1]} {refused[1]}" if refused is not None and has_dialled else _FORBIDDEN)
    talked_s = (channel.clock.now_ms - (attempt.answered_ms or 0.0)) / 1000
    left_s = None if limits.talk_s is None else max(0, round(limits.talk_s - talked_s))
    cause = converse_live(channel, agent, limits._replace(talk_s=left_s, heard_s=None))
    if cause == REFERRED:
        around.referral = referral
        channel.set("sip_refer_to", agent.refer_to)
    else:
        note_talk_over(channel, attempt, cause)
