"""Every byte that we send to FreeSWITCH is made here.

An application's argument is expanded by FreeSWITCH: `${system(...)}` in it runs a program, a newline in it
starts a new header, a blank starts a new argument. So nothing is escaped here; what does not fit a strict
pattern is refused (EslCommandRefused) and the call goes on without it. The builders return ready bytes, so
that a menu can be turned into commands once, when it is read, and not at each step.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from ivr.domain.errors import EslCommandRefused
from ivr.domain.numbers import E164
from ivr.settings import AGENT_URI

CONNECT = b"connect\n\n"
LINGER_S = 5
NO_PROGRESS_S = 4

SILENCE_AFTER_ANSWER_MS = 400
SILENCE_AFTER_ANSWER = f"silence_stream://{SILENCE_AFTER_ANSWER_MS}"
# play_and_get_digits cannot do without a file for the failed attempt; ours is said by the next question.
_NOTHING = "silence_stream://10"
# What is left when every prompt file is gone: two short tones are still a sign of life.
TONE = "tone_stream://%(200,200,440);loops=2"

_STREAMS = frozenset({SILENCE_AFTER_ANSWER, _NOTHING, TONE})
_PATH = re.compile(r"/[A-Za-z0-9_./+=@-]{1,400}\.wav", re.ASCII)
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_STATE = re.compile(r"[A-Za-z0-9_:;.,/*#+-]{1,16000}", re.ASCII)
_CAUSE = re.compile(r"[A-Z_]{1,48}", re.ASCII)
_HEADER = re.compile(r"X-IVR-[A-Za-z-]{1,24}", re.ASCII)
_ENCODED = re.compile(r"[A-Za-z0-9_.~+/:;*%-]{0,600}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.~+/:;*-]{0,600}", re.ASCII)
_PROFILE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)

STATE_VARIABLE = "ivr_state"
KEY_VARIABLE = "ivr_key_"


class Gather(NamedTuple):
    """A gather that lacks only its variable: `head + variable + middle + variable + tail`."""

    head: bytes
    middle: bytes
    tail: bytes


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise EslCommandRefused(f"{what} not fit for FreeSWITCH: {text[:80]!r}")
    return text


def _file(path: str) -> str:
    if ".." in path:
        raise EslCommandRefused(f"prompt path not fit for FreeSWITCH: {path[:80]!r}")
    return path if path in _STREAMS else _checked(_PATH, path, "prompt path")


def _execute(application: str, argument: str = "") -> bytes:
    block = f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\nexecute-app-arg: {argument}\n\n"
    return block.encode("ascii")


ANSWER = _execute("answer")
FLUSH = _execute("flush_dtmf")
# Keeps the socket open after the caller's hang-up, so that his last key can still be read.
LINGER = f"linger {LINGER_S}\n\n".encode("ascii")


def playback(path: str) -> bytes:
    return _execute("playback", _file(path))


def set_variable(name: str, value: str) -> bytes:
    """For values that are constants of ours."""
    return _execute("set", f"{_checked(_VARIABLE, name, 'variable name')}={_checked(_STATE, value, 'value')}")


def set_state(state: str) -> bytes:
    """The call's place, carried by the channel itself (see `resume`)."""
    return _execute("set", f"{STATE_VARIABLE}={_checked(_STATE, state, 'state')}")


def gather(path: str, timeout_s: float) -> Gather:
    """One key, any of the twelve (and A-D), within `timeout_s` of the prompt's end; no terminator.

    The regular expression takes whatever was pressed: which keys are offered is the interpreter's matter, and
    one variable then tells a key from silence.
    """
    milliseconds = max(1000, round(timeout_s * 1000))
    head, tail = _execute(
        "play_and_get_digits", f"1 1 1 {milliseconds} none {_file(path)} {_NOTHING} @ . {milliseconds}"
    ).split(b"@")
    return Gather(FLUSH + head, tail + b"getvar ", b"\n\n")


def getvar(name: str) -> bytes:
    """Ask only for variables that cannot hold a newline: the reply is raw."""
    return f"getvar {_checked(_VARIABLE, name, 'variable name')}\n\n".encode("ascii")


def respond(status: int) -> bytes:
    """Refuse the call with a SIP status before it is answered."""
    if not 400 <= status <= 699:
        raise EslCommandRefused(f"no SIP refusal: {status}")
    return _execute("respond", str(status))


def hangup(cause: str = "NORMAL_CLEARING") -> bytes:
    return _execute("hangup", _checked(_CAUSE, cause, "cause"))


def header_value(text: str) -> str:
    """Percent-encoded UTF-8, at most 600 characters: no comma, `=`, brace, quote, `$` or line end survives."""
    if _PLAIN.fullmatch(text):
        return text
    return _checked(_ENCODED, quote(text, safe="+/:;*~")[:600], "header value")


def dial_string(agent_uri: str, profile: str) -> str:
    """`sip:agent@192.0.2.10:5060` -> `sofia/PROFILE/agent@192.0.2.10:5060`; raises EslCommandRefused."""
    if not AGENT_URI.fullmatch(agent_uri):
        raise EslCommandRefused(f"not a SIP URI: {agent_uri[:80]!r}")
    return f"sofia/{_checked(_PROFILE, profile, 'profile')}/{agent_uri.split(':', 1)[1]}"


def bridge(dialled: str, ring_s: int, ani: E164 | None, headers: dict[str, str]) -> bytes:
    """Call the agent and connect him; `dialled` comes from dial_string, header values are encoded here.

    The caller's leg stays when the agent does not answer, and after the agent hangs up: what follows is ours
    to say. A caller's own X- headers are not copied to the agent, so nobody can forge ours.
    """
    caller = ani or "anonymous"
    variables = {
        "ignore_early_media": "true",
        "originate_timeout": str(ring_s),
        # An agent that does not even say `ringing` is not there (FreeSWITCH: PROGRESS_TIMEOUT).
        "leg_progress_timeout": str(NO_PROGRESS_S),
        "origination_caller_id_number": caller,
        "origination_caller_id_name": caller,
    }
    for name, value in headers.items():
        variables["sip_h_" + _checked(_HEADER, name, "header name")] = header_value(value)
    listed = ",".join(f"{name}={value}" for name, value in variables.items())
    return _BEFORE_BRIDGE + _execute("bridge", f"{{{listed}}}{dialled}") + _AFTER_BRIDGE


# What is asked after a bridge. `ivr_bridged_us` is set by our dialplan when the agent answers.
BRIDGE_RESULTS = (
    "originate_disposition",
    "last_bridge_hangup_cause",
    "last_bridge_proto_specific_hangup_cause",
    "ivr_bridged_us",
)
BRIDGE_REPLIES = 5 + len(BRIDGE_RESULTS)
_BEFORE_BRIDGE = (
    _execute("set", "continue_on_fail=true")
    + _execute("set", "hangup_after_bridge=false")
    + _execute("set", "sip_copy_custom_headers=false")
    # The ringing that an already answered caller hears (switch_ivr_originate.c: transfer_ringback).
    + _execute("set", "transfer_ringback=%(2000,4000,440,480)")
)
_AFTER_BRIDGE = b"".join(getvar(name) for name in BRIDGE_RESULTS)
# Answer, and stay silent for a moment: the first word of the first prompt is clipped otherwise. No key ends a
# playback of ours.
START = LINGER + ANSWER + set_variable("playback_terminators", "none") + playback(SILENCE_AFTER_ANSWER)
START_REPLIES = 4
