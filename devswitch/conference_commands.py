"""The commands by which the call server has all who answer join a talk (esl_server.switch.joining), read strictly.

FreeSWITCH would run them as nested API commands; this switch takes from them who is to be dialled, and into which
talk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from devswitch.dial_string import DialLeg, read_target, split_variables

_NAME = r"(?P<name>[0-9a-f-]{36})"
_DIAL = re.compile(
    r"expand conference \$\{regex\(m:~\$\{uuid_setvar\((?P<caller>\S+) (?P<joined>[a-z0-9_]+) \$\{regex\(m:~"
    r"\$\{originate\('<(?P<common>[^<>]*)>\[(?P<own>.*)\](?P<dialled>[^\]']+)' "
    rf"conference:{_NAME}@digitree,[a-z0-9:@,-]+,hangup:NORMAL_CLEARING inline digitree none none "
    r"(?P<ring_s>\d+)\)\}.*~(?P=name)~b\)\} hup all"
)
_LEFT = re.compile(
    r"uuid_setvar (\S+) (ivr_left_[a-z0-9_]+) \\?\$\{hangup_cause\};\\?\$\{Caller-Channel-Hangup-Time\};"
    r"\\?\$\{sip_bye_h_X-IVR-Result\};\\?\$\{sip_rh_X-IVR-Result\}"
)
_GUARD = re.compile(rf"\+\d none expand conference \$\{{regex\(m:~.*~{_NAME}~b\)\}} hup all")
_LET_GO = re.compile(rf"ORIGINATOR_CANCEL ivr_join {_NAME}")
_ENTER = re.compile(rf"{_NAME}@digitree\+flags\{{mintwo\|endconf\}}")


@dataclass(frozen=True)
class JoinDial:
    """A leg that is to join a talk; `joined` and `left` are the variables that tell what became of it."""

    name: str
    leg: DialLeg
    joined: str
    left: str


def read_dial(argument: str, caller: str) -> JoinDial | None:
    """Of `bgapi`; None where it is anything else."""
    found = _DIAL.fullmatch(argument)
    if found is None or found["caller"] != caller:
        return None
    own, _ = split_variables(f"[{found['own']}]", "[", "]")
    common, _ = split_variables(f"<{found['common']}>", "<", ">")
    left = _LEFT.fullmatch(own.get("api_hangup_hook", ""))
    if left is None or left[1] != caller or own.get("ivr_join") != found["name"]:
        return None
    variables = {**common, **own, "originate_timeout": found["ring_s"]}
    leg = DialLeg(found["dialled"], read_target(found["dialled"]), variables)
    return JoinDial(found["name"], leg, found["joined"], left[2])


def is_guard(arguments: str) -> bool:
    """Of `sched_api`."""
    return _GUARD.fullmatch(arguments) is not None


def lets_go(arguments: str) -> bool:
    """Of `hupall`."""
    return _LET_GO.fullmatch(arguments) is not None


def read_entry(arguments: str) -> str | None:
    """The name of the conference that the caller enters."""
    found = _ENTER.fullmatch(arguments)
    return found["name"] if found else None
