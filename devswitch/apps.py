"""Applications that read no media, and the table of all of them.

An application is a function of the channel, the surroundings and its argument (already expanded). It may let the
call's time pass and sets variables; it returns nothing, as on FreeSWITCH: `execute` is answered with +OK whatever
its result.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from devswitch.caller import AgentBook, LiveAgent, Referral
from devswitch.causes import CAUSES, cause_of, sip_status_of
from devswitch.channel import Channel
from devswitch.expand import atoi, separate_string
from devswitch.media import ChannelSound, find_sound


@dataclass
class BridgeAttempt:
    """One leg that a bridge dialled."""

    target: str  # user@host:port as dialled
    dial_string: str
    headers: dict[str, str]  # SIP headers that the call server adds to the INVITE, without the sip_h_ prefix
    variables: dict[str, str]
    started_ms: float
    answered_ms: float | None = None
    ended_ms: float | None = None
    cause: str = ""  # why it failed, or how it ended


@dataclass
class AppSurroundings:
    """What applications need besides the channel. `referral`: an agent has just sent a REFER; `referrer`: it waits
    while the call server does what it wants."""

    agents: AgentBook
    find_sound: Callable[[str], ChannelSound | None] = find_sound
    bridges: list[BridgeAttempt] = field(default_factory=list)
    dial: Callable[[Channel, BridgeAttempt], LiveAgent | None] | None = None  # None from it: `agents` are asked
    referral: Referral | None = None
    referrer: Referral | None = None


Application = Callable[[Channel, AppSurroundings, str], None]


def answer(channel: Channel, around: AppSurroundings, arg: str) -> None:
    channel.take_up()


def pre_answer(channel: Channel, around: AppSurroundings, arg: str) -> None:
    if not channel.is_answered:
        channel.start_media("EARLY MEDIA")


def ring_ready(channel: Channel, around: AppSurroundings, arg: str) -> None:
    channel.note("ring")


def set_variable(channel: Channel, around: AppSurroundings, arg: str) -> None:
    if not arg:
        channel.violation("set without a variable's name")
        return
    name, equals, value = arg.partition("=")
    if not equals:
        name, _, value = arg.partition(",")
    channel.set(name, channel.expand(value))


def multiset(channel: Channel, around: AppSurroundings, arg: str) -> None:
    for pair in separate_string(arg):
        set_variable(channel, around, pair)


def unset(channel: Channel, around: AppSurroundings, arg: str) -> None:
    if not arg:
        channel.violation("unset without a variable's name")
    channel.set(arg, None)


def multiunset(channel: Channel, around: AppSurroundings, arg: str) -> None:
    for name in separate_string(arg):
        channel.set(name, None)


def export(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Like `set`, and the far leg of a later bridge gets the variable, too; `nolocal:` sets it only there."""
    name, _, value = arg.partition("=")
    if not name:
        channel.violation("export without a variable's name")
        return
    channel.set_checked(name, value)
    exported = channel.find_variable("export_vars")
    channel.set("export_vars", f"{exported},{name}" if exported else name)


def send_dtmf(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Queue keys to the other side, which go out while something is played: it takes no time by itself."""
    keys, _, length = arg.partition("@")
    if not re.fullmatch(r"[0-9*#A-DwW]{1,99}", keys) or not (not length or length.isdigit()):
        channel.violation(f"send_dtmf {arg!r}: not modelled")
        return
    if not channel.media_ready:
        channel.start_media("EARLY MEDIA")
    channel.note("send_keys", keys)


def flush_dtmf(channel: Channel, around: AppSurroundings, arg: str) -> None:
    channel.flush_dtmf()


def hangup(channel: Channel, around: AppSurroundings, arg: str) -> None:
    cause = arg.strip().upper() or "NORMAL_CLEARING"
    if cause not in CAUSES:
        channel.violation(f"hangup {arg!r}: no such cause")
        cause = "NORMAL_CLEARING"
    if not channel.is_answered:
        channel.sip_status = sip_status_of(cause)
    channel.hang_up(cause, "switch")


def respond(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Refuse with a SIP status; 180 and 183 only inform."""
    status = atoi(arg) or 488
    if not re.match(r"\d{3}(\s|$)", arg):
        channel.violation(f"respond {arg!r}: FreeSWITCH would make it {status}")
    if channel.is_answered:
        channel.violation(f"respond {arg} on an answered call hangs it up")
        channel.hang_up(cause_of(status), "switch")
        return
    if status < 200:
        channel.note("ring")
        return
    if not 300 <= status < 700:
        channel.violation(f"respond {arg!r}: no refusal")
        return
    channel.sip_status = status
    channel.hang_up(cause_of(status), "switch")


def nothing(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """log, info, eval and the like: no effect that the caller or our server would notice."""


QUIET_APPLICATIONS: dict[str, Application] = {
    "answer": answer,
    "pre_answer": pre_answer,
    "ring_ready": ring_ready,
    "set": set_variable,
    "multiset": multiset,
    "unset": unset,
    "multiunset": multiunset,
    "export": export,
    "flush_dtmf": flush_dtmf,
    "send_dtmf": send_dtmf,
    "hangup": hangup,
    "respond": respond,
    "log": nothing,
    "info": nothing,
    "eval": nothing,
    "start_dtmf": nothing,
    "stop_dtmf": nothing,
}

# These run even after the hang-up (SAF_ZOMBIE_EXEC); all others are skipped then.
RUN_AFTER_HANGUP = frozenset({"set", "multiset", "unset", "multiunset", "export", "log", "info", "eval"})

# FreeSWITCH has these (mod_dptools.c), this switch does not: running one is a violation.
_KNOWN_TO_FREESWITCH_WORDS = """
blind_transfer_ack bind_digit_action capture clear_digit_action digit_action_set_realm privacy set_audio_level
set_mute hold unhold mutex page transfer check_acl verbose_events novideo cng_plc early_hangup delay_echo
strftime phrase set_media_stats stop set_zombie_exec wait_for_answer wait_for_video_ready set_name presence
event sound_test bridge_export push unshift set_global set_profile_var capture_text acknowledge_call
remove_bugs break detect_speech play_and_detect_speech ivr redirect video_refresh video_decode send_info
jitterbuffer send_display deflect recovery_refresh reuse_caller_profile queue_dtmf send_dtmf sched_cancel
sched_hangup sched_broadcast sched_transfer execute_extension sched_heartbeat enable_heartbeat filter_codecs
enable_keepalive media_reset mkdir rename transfer_vars soft_hold bind_meta_app unbind_meta_app block_dtmf
unblock_dtmf intercept eavesdrop native_eavesdrop three_way set_user stop_dtmf_generate start_dtmf_generate
stop_tone_detect fax_detect tone_detect park park_state gentones broadcast endless_playback loop_playback
att_xfer read record_session stop_record_session record preprocess
speak clear_speech_cache system bgsystem say detect_audio detect_silence wait_for_silence session_loglevel
limit limit_hash limit_execute limit_hash_execute pickup deduplicate_dtmf vad_test debug_media socket
"""
KNOWN_TO_FREESWITCH = frozenset(_KNOWN_TO_FREESWITCH_WORDS.split())
