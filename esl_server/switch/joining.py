"""A talk of more than two: the caller in a conference of the switch (mod_conference), with all who answer.

FreeSWITCH does it by itself, so a lost worker changes nothing. Each leg is dialled in the background and joins when
it is answered, or taken by a key; `bgapi expand` runs the API commands of one command from the inside out:

    originate, which returns when the leg has joined or failed -> a variable of the caller's channel with the result
    -> and when that was the last of all legs, and none has joined, the caller leaves the conference

`mintwo` ends the conference when only one is left, `endconf` when the caller leaves, by hang-up or key. A leg makes
no conference of its own (`join-only`): one that answers before the caller is there tries again, one that answers too
late is hung up, and `hupall` ends those that ring. `conference_set_auto_outcall` would dial, too, but says nothing of
who failed, and a bridge connects one leg alone.

Facts: mod_conference.c, conference_member.c, switch_ivr_originate.c (`origination_nested_vars`), mod_commands.c.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from esl_server.switch.bridged import read_report
from esl_server.switch.bridging import RINGING, without_bridge
from esl_server.switch.commands import checked_file, checked_uuid, checked_variable, execute, getvar
from esl_server.switch.leg import TALK_S, Leg
from esl_server.switch.session import ChannelData, is_unset
from ivr.domain.errors import CallerHungUp

PROFILE = "digitree"
_FALLEN_S = 2
# What a leg does when it has answered; an asterisk stands for entering the conference.
_LEAD = "*,sleep:250,*,sleep:1000,*"
_LEAVES = "ORIGINATOR_CANCEL"
_ENDS = "conference_name"
_RINGING = f"tone_stream://{RINGING}"
_END_KEYS = {"*": "star", "#": "hash"}
_JOINED = re.compile(r"OK;([0-9]{10,19}|-)", re.ASCII)
_FAILED = re.compile(r"([A-Z_]{1,48});", re.ASCII)
_LEFT = re.compile(r"([A-Z_]{1,48});([0-9]{10,19})(?:;(.*))?", re.ASCII | re.DOTALL)
_REPORTS = re.compile(r"(?P<in_bye>[^;]*);(?P<in_answer>[^;]*)", re.DOTALL)


class JoiningLeg(NamedTuple):
    """Somebody to be rung: the id of their channel, its variables (`bridging.leg_variables`), what is dialled, and
    the path of what all hear when they join (None: two tones)."""

    channel_uuid: str
    variables: str
    dialled: str
    heard: str | None


class Joining(NamedTuple):
    """`name`: of the conference, one of its own for each of a call. `hold`: what the caller hears until somebody has
    joined; `recorded`: a path for the sound of the talk."""

    name: str
    legs: Sequence[JoiningLeg]
    ring_s: int
    hold: str
    end_key: str | None = None
    recorded: str | None = None


class Joined(NamedTuple):
    """What became of a leg. `cause` is None where it had not answered when the talk was over; times are epoch
    milliseconds, `left_ms` None of who stayed to the end. `reported`: the X-IVR-Result of who left before that."""

    has_joined: bool
    cause: str | None
    answered_ms: int | None = None
    left_ms: int | None = None
    reported: str | None = None


def conference_name(channel_uuid: str, rung_before: int) -> str:
    """Of the conference of a call that has rung so many before: another worker finds the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{channel_uuid}.{rung_before}.conference"))


def join(leg: Leg, joining: Joining, *, dials: bool = True) -> list[Joined]:
    """Put the caller into the conference, and return when it is over; the call state is stored before (`with_next`).
    `dials`: False where an earlier worker had all dialled. Raises CallerHungUp."""
    leg.flush_pending()
    if leg.hung_up:
        raise CallerHungUp
    commands = [*_prepare(leg.channel_uuid, joining), _guard(leg.channel_uuid, joining)]
    if dials:
        commands += [_dial(leg.channel_uuid, joining, number) for number in range(len(joining.legs))]
    commands.append(execute("conference", f"{_checked_name(joining)}@{PROFILE}+flags{{mintwo|endconf}}"))
    commands += [
        f"api hupall {_LEAVES} ivr_join {joining.name}\n\n".encode(),
        f"api uuid_setvar {leg.channel_uuid} api_hangup_hook\n\n".encode(),
    ]
    names = [each for number in range(len(joining.legs)) for each in _variables(joining, number)]
    commands += [getvar(each) for each in names]
    timeout_s = joining.ring_s + TALK_S
    values = leg.session.request(b"".join(commands), len(commands), timeout_s, "conference", wanted=len(names))
    return _read([None if is_unset(each) else each for each in values])


def find_earlier(channel: ChannelData, joining: Joining) -> list[Joined] | None:
    """What became of the legs of a conference that ended while no worker was connected; None: it did not begin."""
    if channel.find(f"variable_{_ENDS}") != joining.name:
        return None
    names = [each for number in range(len(joining.legs)) for each in _variables(joining, number)]
    return _read([channel.find(f"variable_{each}") for each in names])


def has_dialled(channel: ChannelData, joining: Joining) -> bool:
    """Whether an earlier worker had the legs dialled: then the caller's channel has the way to end them."""
    return joining.name in (channel.find("variable_api_hangup_hook") or "")


def _read(values: Sequence[str | None]) -> list[Joined]:
    return [_read_one(joined or "", left or "") for joined, left in zip(values[::2], values[1::2], strict=True)]


def _read_one(joined: str, left: str) -> Joined:
    ended = _LEFT.fullmatch(left)
    if (answered := _JOINED.match(joined)) is not None:
        # Those who were there when it was over are hung up by us.
        left_by = "NORMAL_CLEARING" if ended is None or ended[1] == _LEAVES else ended[1]
        at_ms = int(answered[1]) // 1000 if answered[1] != "-" else None
        left_ms, reported = (int(ended[2]) // 1000, _read_report(ended[3] or "")) if ended else (None, None)
        return Joined(True, left_by, at_ms, left_ms, reported)
    failed = _FAILED.match(joined)
    return Joined(False, failed[1] if failed else None)


def _read_report(said: str) -> str | None:
    """A report in the BYE replaces one in the 200. What is no plain word is none, and may have a separator in it."""
    found = _REPORTS.fullmatch(said)
    return (read_report(found["in_bye"]) or read_report(found["in_answer"])) if found else None


def _variables(joining: Joining, number: int) -> tuple[str, str]:
    """Of the caller's channel: how the leg came in, and how it left."""
    mark = joining.name[:8]
    return f"ivr_joined_{mark}_{number}", f"ivr_left_{mark}_{number}"


def _prepare(caller: str, joining: Joining) -> list[bytes]:
    caller = checked_uuid(caller)
    controls = "none" if joining.end_key is None else f"end-{_END_KEYS.get(joining.end_key, joining.end_key)}"
    hold = _RINGING if joining.hold == RINGING else checked_file(joining.hold)
    values = {
        "hangup_after_conference": "false",
        "conference_controls": controls,
        "conference_moh_sound": hold,
        "conference_auto_record": "" if joining.recorded is None else checked_file(joining.recorded),
        # Whatever becomes of the worker, nobody is rung any more for a caller who is gone.
        "api_hangup_hook": f"hupall {_LEAVES} ivr_join {_checked_name(joining)}",
    }
    return [f"api uuid_setvar {caller} {name} {value}".rstrip().encode() + b"\n\n" for name, value in values.items()]


def _guard(caller: str, joining: Joining) -> bytes:
    """All may have failed before the caller was in the conference."""
    return f"api sched_api +{_FALLEN_S} none expand {_leave_if_all_failed(caller, joining)}\n\n".encode()


def _leave_if_all_failed(caller: str, joining: Joining, first: str = "") -> str:
    """`first` is expanded before."""
    names = [_variables(joining, number)[0] for number in range(len(joining.legs))]
    known = " ".join([first, *(f"${{uuid_getvar({caller} {checked_variable(each)})}}" for each in names)])
    return f"conference ${{regex(m:~{known}~(?s)^(?!.*(_undef_|OK;)).*~{joining.name}~b)}} hup all"


def _dial(caller: str, joining: Joining, number: int) -> bytes:
    leg, (joined, left) = joining.legs[number], _variables(joining, number)
    own = checked_uuid(leg.channel_uuid)
    # \$ is expanded when the leg hangs up; what comes of it is a text that is not expanded again (switch_event.c).
    left_with = (
        rf"uuid_setvar {caller} {left} \${{hangup_cause}};\${{Caller-Channel-Hangup-Time}};"
        r"\${sip_bye_h_X-IVR-Result};\${sip_rh_X-IVR-Result}"
    )
    variables = (
        f"{without_bridge(leg.variables)},origination_uuid={own},conference_member_flags=join-only,"
        f"conference_controls=none,hangup_after_conference=false,ivr_join={joining.name},api_hangup_hook={left_with}"
    )
    if leg.heard is not None:
        variables += f",conference_enter_sound={checked_file(leg.heard)}"
    common = "ignore_early_media=true,origination_nested_vars=true,group_confirm_read_timeout=5000"
    enter = f"conference:{joining.name}@{PROFILE}"
    into = f"{_LEAD.replace('*', enter)},hangup:NORMAL_CLEARING inline digitree none none {joining.ring_s}"
    rung = f"${{originate('<{common}>[{variables}]{leg.dialled}' {into})}} ${{uuid_getvar({own} answered_time)}}"
    result = f"${{regex(m:~{rung}~(?s)^(?:[+]|-ERR )([A-Z_]+).* ([0-9]{{16}}|-).*~%1;%2~n)}}"
    kept = f"${{uuid_setvar({caller} {joined} {result})}}"
    return f"bgapi expand {_leave_if_all_failed(caller, joining, kept)}\n\n".encode("ascii")


def _checked_name(joining: Joining) -> str:
    return checked_uuid(joining.name)
