"""Builders of the bytes sent to FreeSWITCH; what dials an agent is in `esl_server.switch.bridging`.

FreeSWITCH expands an application's argument: `${system(...)}` in it runs a program, a newline starts a new header, a
blank starts a new argument. Nothing is escaped here: a text that does not match a strict pattern is refused
(EslCommandRefused) and the call goes on without it. The builders return ready bytes, so a menu is turned into
commands once, when it is read, and not at each step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, NewType

from ivr.domain import orders
from ivr.domain.errors import EslCommandRefused
from ivr.domain.tickets import STORY_VARIABLE

CONNECT = b"connect\n\n"
END = b"\n\n"
LINGER_S = 5

SILENCE_AFTER_ANSWER_MS = 400
# play_and_get_digits requires a file for invalid input; the next question plays that prompt.
_NOTHING = b"silence_stream://10"
# What callers hear who wait in a line that has no audio of its own.
HOLD_TONE = "tone_stream://%(2000,4000,440,480);loops=-1"
# A piece of ringing, played while the agent's prepare URL has not replied yet.
RING_PIECE = "tone_stream://%(400,0,440,480)"
# Two short tones: the sign of life when every prompt file is gone.
TONE = "tone_stream://%(200,200,440);loops=2"

# What play_and_get_digits takes for no prompt at all.
NO_PROMPT = "silence"

# Between messages and the question that is played with them: ten milliseconds, which no record counts.
BREATH = _NOTHING.decode("ascii")

# In place of a prompt that was played before the question.
ALREADY_PLAYED = _NOTHING.decode("ascii")

_STREAMS = frozenset({TONE, HOLD_TONE, RING_PIECE, NO_PROMPT, ALREADY_PLAYED})
# Several files as one (mod_dptools.c): a missing one is skipped, a key ends them all. It begins with silence.
_SEQUENCE = "file_string://"
_NEXT = "!"
SEQUENCE_LEAD_MS = 250
_PATH = re.compile(r"/[A-Za-z0-9_./+=@-]{1,400}\.wav", re.ASCII)
_SILENCE = re.compile(r"silence_stream://[0-9]{1,6}", re.ASCII)
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_CONSTANT = re.compile(r"[A-Za-z0-9_:;.,/*#+-]{1,200}", re.ASCII)
_CAUSE = re.compile(r"[A-Z_]{1,48}", re.ASCII)
_COUNTED = re.compile(r"[A-Za-z0-9_+-]{1,100}", re.ASCII)
_BEYOND = 1_000_000_000
_UUID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)

STATE_VARIABLE = "ivr_state"
DIGIT_VARIABLE = "ivr_key_"
# Of a key that cut what was played before a prompt that no key cuts, so that it counts for nothing.
CUT_VARIABLE = b"ivr_key_cut"

State = NewType("State", str)  # made only by encode_state


class Gather(NamedTuple):
    """What is played, how digits are taken, and the milliseconds allowed between two of them. `head` is the part of
    the argument that is the same in every call."""

    head: bytes
    file: bytes
    between_ms: bytes

    def argument(self, variable: bytes, last: bytes) -> bytes:
        """`last` is the time between two digits; a dialect may append to it."""
        return b"%b%b . %b" % (self.head, variable, last)

    def behind(self, paths: Sequence[str]) -> Gather:
        """The same with these files before its own and a BREATH between; a key ends them all."""
        return _behind(self, tuple(paths))


# The same messages come before the same question in call after call.
@lru_cache(maxsize=4096)
def _behind(gather: Gather, paths: tuple[str, ...]) -> Gather:
    files = checked_file(in_sequence([*(each for path in paths for each in _parts(path)), BREATH]))
    joined = b"%b!%b" % (files.encode("ascii"), gather.file.removeprefix(_SEQUENCE.encode()))
    return Gather(gather.head.replace(b" %b " % gather.file, b" %b " % joined, 1), joined, gather.between_ms)


def checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise EslCommandRefused(f"{what} not fit for FreeSWITCH: {text[:80]!r}")
    return text


def checked_variable(name: str) -> str:
    return checked(_VARIABLE, name, "variable name")


def in_sequence(paths: Sequence[str]) -> str:
    """The files as one path, of which nothing is checked here."""
    return paths[0] if len(paths) == 1 else _SEQUENCE + _NEXT.join(paths)


def _parts(path: str) -> list[str]:
    return path.removeprefix(_SEQUENCE).split(_NEXT)


def joined(paths: Sequence[str]) -> str:
    """Paths, of which each may be a sequence, as one."""
    return in_sequence([each for path in paths for each in _parts(path)])


def count_files(path: str) -> int:
    return path.count(_NEXT) + 1


def silence(ms: int) -> str:
    """A path of silence, in which keys are heard."""
    return f"silence_stream://{int(ms)}"


def start_hold_audio(path: str) -> bytes:
    """From now on the caller hears this file, again and again, whatever else is played: silence, in which keys are
    heard. It goes on while no worker is connected (mod_dptools.c: displace_session, `l` loops)."""
    return execute("displace_session", f"{checked_file(path)} l")


def stop_hold_audio(path: str) -> bytes:
    return execute("stop_displace_session", checked_file(path))


def checked_file(path: str) -> str:
    if _SILENCE.fullmatch(path):
        return path
    if path.startswith(_SEQUENCE):
        return in_sequence([checked_file(each) for each in _parts(path)])
    if ".." in path:
        raise EslCommandRefused(f"prompt path not fit for FreeSWITCH: {path[:80]!r}")
    return path if path in _STREAMS else checked(_PATH, path, "prompt path")


def execute(application: str, argument: str = "") -> bytes:
    return executed(application.encode("ascii"), argument.encode("ascii"))


def executed(application: bytes, argument: bytes) -> bytes:
    """The form that every switch understands."""
    return b"%b%b\n\n" % (execution(application), argument)


def execution(application: bytes) -> bytes:
    """What of `executed` is before the argument, which ends with a blank line."""
    return b"sendmsg\ncall-command: execute\nexecute-app-name: %b\nexecute-app-arg: " % application


# A digit that callers' telephones do not have: sent to the channel when the time for an entry is over, it ends that.
TIME_OVER = "C"

# Read by our dialplan when the socket is closed.
SENT_BACK = execute("set", "ivr_sent_back=true")
# 180 to a caller who is not answered yet.
RING = execute("ring_ready")
FORGET_ORDER = execute("unset", orders.VARIABLE)
# Keeps the socket open after the caller's hang-up, so that their last digit can still be read.
LINGER = f"linger {LINGER_S}\n\n".encode("ascii")


def report_sources(channel_uuid: str) -> bytes:
    """Events of the channel's digits, each with its DTMF-Source: two commands."""
    return f"filter Unique-ID {checked_uuid(channel_uuid)}\n\nevent plain DTMF\n\n".encode("ascii")


@lru_cache(maxsize=4096)
def playback(path: str) -> bytes:
    return execute("playback", checked_file(path))


def uncut_playback(path: str) -> bytes:
    """No key ends it, and those pressed meanwhile stay in the channel's queue (mod_dptools.c: without arguments for
    digits)."""
    return execute("loop_playback", checked_file(path))


def play_until_key(paths: Sequence[str], variable: bytes) -> bytes:
    """The files as one, which any key ends; it is then in the variable, alone. Without one they are played to their
    end, and nothing is waited for (switch_ivr_read: no digits wanted)."""
    files = in_sequence([each for path in paths for each in _parts(path)])
    taken = _gather("0 0 1 1000 none", files, 1000)
    return executed(b"play_and_get_digits", taken.argument(variable, taken.between_ms))


def uncut(pending: bytes) -> bytes:
    """These commands with each `playback` as an `uncut_playback`."""
    return pending.replace(_PLAYBACK, _UNCUT_PLAYBACK)


_PLAYBACK, _UNCUT_PLAYBACK = execution(b"playback"), execution(b"loop_playback")
FLUSH_DIGITS = execute("flush_dtmf")


# What is told of a hold: FreeSWITCH's direction of the audio and the caller's address (0.0.0.0 is the old form of a
# hold), and a note of our dialplan that there was a re-INVITE.
HOLD_RESULTS = ("audio_media_flow", "remote_media_ip", "ivr_reinvited")
FORGET_REINVITE = execute("unset", HOLD_RESULTS[-1])
# Played in turn while a caller has the call on hold; a key pressed meanwhile is dropped.
WAIT_ON_HOLD_S = 2
WAIT_ON_HOLD = execute("playback", f"silence_stream://{WAIT_ON_HOLD_S * 1000}")


def set_variable(name: str, value: str) -> bytes:
    """For constant values."""
    return execute("set", f"{checked_variable(name)}={checked(_CONSTANT, value, 'value')}")


def story_variable(number: int, encoded: bytes) -> bytes:
    """What the phone of a test reads; `encoded` is base64 for URLs without padding."""
    return executed(b"set", b"%b%d=%b" % (STORY_VARIABLE.encode(), number, encoded))


def gather(path: str, timeout_s: float) -> Gather:
    """One digit, any of the twelve (and A-D), within `timeout_s` of the prompt's end; no terminator.

    The regular expression accepts any digit: the interpreter decides which ones are offered, and one variable then
    tells a digit from silence.
    """
    milliseconds = max(1000, round(timeout_s * 1000))
    return _gather(f"1 1 1 {milliseconds} none", path, milliseconds)


def gather_digits(path: str, timeout_s: float, between_s: float) -> Gather:
    """Up to 16 digits, ended by # or by `between_s` without another one."""
    return _gather(f"1 16 1 {round(timeout_s * 1000)} #", path, round(between_s * 1000))


def gather_entry(path: str, digits: int, end_keys: str, first_s: float, between_s: float) -> Gather:
    """So many digits at most, or fewer where one of `end_keys` or `between_s` without another digit ends them. An
    order's key ends them, too, and stays among the digits (`+`, switch_ivr_play_say.c)."""
    first_ms = round(first_s * 1000)
    if digits == 1:
        return gather(path, first_s)
    return _gather(f"1 {digits} 1 {first_ms} {end_keys}+{orders.KEY}", path, round(between_s * 1000))


def forget_digits(variable: bytes) -> bytes:
    """Remove what was keyed from the channel."""
    return executed(b"unset", variable)


def drop_digits(most: int, pause_s: float) -> tuple[bytes, bytes]:
    """Take digits until none follows within `pause_s`, `most` of them; then forget them."""
    variable = f"{DIGIT_VARIABLE}dropped".encode("ascii")
    pause_ms = round(pause_s * 1000)
    taken = _gather(f"1 {most} 1 {pause_ms} none", NO_PROMPT, pause_ms)
    return executed(b"play_and_get_digits", taken.argument(variable, taken.between_ms)), forget_digits(variable)


def _gather(how: str, path: str, between_ms: int) -> Gather:
    file = checked_file(path).encode("ascii")
    return Gather(b"%b %b %b " % (how.encode("ascii"), file, _NOTHING), file, b"%d" % between_ms)


def getvar(name: str) -> bytes:
    """Ask only for variables that cannot hold a newline: the reply is raw."""
    return f"getvar {checked_variable(name)}\n\n".encode("ascii")


def count_call(realm: str, name: str, seconds: int = 0) -> bytes:
    """Two commands, `execute` and `getvar`: count this call under a name, and read how many are counted: those that
    go on now, or began within so many seconds. FreeSWITCH compares with its limit alone, which is out of reach."""
    counted = f"hash digitree_{checked(_VARIABLE, realm, 'realm')} {checked(_COUNTED, name, 'name')}"
    if not seconds:
        return execute("limit", f"{counted} -1") + getvar("limit_usage")
    return execute("limit", f"{counted} {_BEYOND}/{seconds}") + getvar("limit_rate")


def checked_cause(cause: str) -> str:
    return checked(_CAUSE, cause, "cause")


def checked_uuid(channel_uuid: str) -> str:
    return checked(_UUID, channel_uuid, "channel id")


def respond(status: int) -> bytes:
    """Refuse the call with a SIP status before it is answered."""
    if not 400 <= status <= 699:
        raise EslCommandRefused(f"no SIP refusal: {status}")
    return execute("respond", str(status))
