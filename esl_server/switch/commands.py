"""Builders of every byte sent to FreeSWITCH.

FreeSWITCH expands an application's argument: `${system(...)}` in it runs a program, a newline starts a new header, a
blank starts a new argument. Nothing is escaped here: a text that does not match a strict pattern is refused
(EslCommandRefused) and the call goes on without it. The builders return ready bytes, so a menu is turned into
commands once, when it is read, and not at each step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, NewType
from urllib.parse import quote

from ivr.domain import orders
from ivr.domain.agents import CODEC, PASSWORD, SIP_URI, USERNAME, Agent, Target
from ivr.domain.errors import EslCommandRefused
from ivr.domain.numbers import E164
from ivr.domain.tickets import STORY_VARIABLE
from ivr.domain.tls_verdicts import TlsVerify, wanted_name

CONNECT = b"connect\n\n"
END = b"\n\n"
LINGER_S = 5

LISTEN_LESS_MS = 500
LONGEST_HOLD_S = 1200
SILENCE_AFTER_ANSWER_MS = 400
# play_and_get_digits requires a file for invalid input; the next question plays that prompt.
_NOTHING = b"silence_stream://10"
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

_STREAMS = frozenset({TONE, RING_PIECE, NO_PROMPT, ALREADY_PLAYED})
# Several files as one (mod_dptools.c): a missing one is skipped, a key ends them all. It begins with silence.
_SEQUENCE = "file_string://"
_NEXT = "!"
SEQUENCE_LEAD_MS = 250
_PATH = re.compile(r"/[A-Za-z0-9_./+=@-]{1,400}\.wav", re.ASCII)
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_CONSTANT = re.compile(r"[A-Za-z0-9_:;.,/*#+-]{1,200}", re.ASCII)
_CAUSE = re.compile(r"[A-Z_]{1,48}", re.ASCII)
_HEADER = re.compile(r"X-IVR_[A-Za-z0-9_]{1,24}|X-[A-Za-z0-9][A-Za-z0-9-]{0,38}|Diversion|User-to-User", re.ASCII)
_LISTED = re.compile(r"[A-Za-z0-9_.~+/:;*%=<>,-]{0,8000}", re.ASCII)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CALL_ID = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)
_ENCODED = re.compile(r"[A-Za-z0-9_.~+/:;*%-]{0,600}", re.ASCII)
_CHOSEN = re.compile(r"[A-Za-z0-9_.~+/:*%-]*", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.~+/:;*-]{0,600}", re.ASCII)
_UNCHANGED = "+/:;*~"
_COUNTED = re.compile(r"[A-Za-z0-9_+-]{1,100}", re.ASCII)
_BEYOND = 1_000_000_000
_UUID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_PROFILE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)

_OVER_TLS = re.compile(
    r"(?:sips:|sip:(?=.*;transport=tls))(?:[^@]*@)?(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?P<port>:[0-9]+)?(?:;.*)?"
)
# The suites are those of the switch (vars.xml).
_SRTP = {"optional": "optional", "required": "mandatory"}

STATE_VARIABLE = "ivr_state"
DIGIT_VARIABLE = "ivr_key_"
# Of a key that cut what was played before a prompt that no key cuts, so that it counts for nothing.
CUT_VARIABLE = b"ivr_key_cut"

# Checked texts, so that the pattern is not tried again with each command.
State = NewType("State", str)  # made only by encode_state
HeaderName = NewType("HeaderName", str)
HeaderValue = NewType("HeaderValue", str)


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
    files = _file(in_sequence([*(each for path in paths for each in _parts(path)), BREATH]))
    joined = b"%b!%b" % (files.encode("ascii"), gather.file.removeprefix(_SEQUENCE.encode()))
    return Gather(gather.head.replace(b" %b " % gather.file, b" %b " % joined, 1), joined, gather.between_ms)


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise EslCommandRefused(f"{what} not fit for FreeSWITCH: {text[:80]!r}")
    return text


def in_sequence(paths: Sequence[str]) -> str:
    """The files as one path, of which nothing is checked here."""
    return paths[0] if len(paths) == 1 else _SEQUENCE + _NEXT.join(paths)


def _parts(path: str) -> list[str]:
    return path.removeprefix(_SEQUENCE).split(_NEXT)


def count_files(path: str) -> int:
    return path.count(_NEXT) + 1


def _file(path: str) -> str:
    if path.startswith(_SEQUENCE):
        return in_sequence([_file(each) for each in _parts(path)])
    if ".." in path:
        raise EslCommandRefused(f"prompt path not fit for FreeSWITCH: {path[:80]!r}")
    return path if path in _STREAMS else _checked(_PATH, path, "prompt path")


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
    return execute("playback", _file(path))


def uncut_playback(path: str) -> bytes:
    """No key ends it, and those pressed meanwhile stay in the channel's queue (mod_dptools.c: without arguments for
    digits)."""
    return execute("loop_playback", _file(path))


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
    return execute("set", f"{_checked(_VARIABLE, name, 'variable name')}={_checked(_CONSTANT, value, 'value')}")


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
    file = _file(path).encode("ascii")
    return Gather(b"%b %b %b " % (how.encode("ascii"), file, _NOTHING), file, b"%d" % between_ms)


def getvar(name: str) -> bytes:
    """Ask only for variables that cannot hold a newline: the reply is raw."""
    return f"getvar {_checked(_VARIABLE, name, 'variable name')}\n\n".encode("ascii")


def count_call(realm: str, name: str, seconds: int = 0) -> bytes:
    """Two commands, `execute` and `getvar`: count this call under a name, and read how many are counted: those that
    go on now, or began within so many seconds. FreeSWITCH compares with its limit alone, which is out of reach."""
    counted = f"hash digitree_{_checked(_VARIABLE, realm, 'realm')} {_checked(_COUNTED, name, 'name')}"
    if not seconds:
        return execute("limit", f"{counted} -1") + getvar("limit_usage")
    return execute("limit", f"{counted} {_BEYOND}/{seconds}") + getvar("limit_rate")


def checked_cause(cause: str) -> str:
    return _checked(_CAUSE, cause, "cause")


def checked_uuid(channel_uuid: str) -> str:
    return _checked(_UUID, channel_uuid, "channel id")


def respond(status: int) -> bytes:
    """Refuse the call with a SIP status before it is answered."""
    if not 400 <= status <= 699:
        raise EslCommandRefused(f"no SIP refusal: {status}")
    return execute("respond", str(status))


def header_name(name: str) -> HeaderName:
    """The channel variable that makes mod_sofia send the header (`sip_h_X-IVR-Path`)."""
    return HeaderName("sip_h_" + _checked(_HEADER, name, "header name"))


def header_value(text: str) -> HeaderValue:
    """Percent-encoded UTF-8, at most 600 characters: no comma, `=`, brace, quote, `$` or line end survives."""
    if _PLAIN.fullmatch(text):
        return HeaderValue(text)
    return HeaderValue(_checked(_ENCODED, quote(text, safe=_UNCHANGED)[:600], "header value"))


def chosen_value(encoded: str) -> HeaderValue:
    """Of a header that a menu's author chose, as ivr.domain.menu.sent_headers encodes it."""
    return HeaderValue(_checked(_CHOSEN, encoded, "header value"))


# For values that many calls share: names of menus, outcomes, steps.
known_value = lru_cache(maxsize=4096)(header_value)


class Credentials(NamedTuple):
    """The variables that answer an agent's digest challenge: with the password, or with the variable of FreeSWITCH
    that holds it."""

    in_clear: str
    by_name: str


Passwords = Literal["by_name", "in_clear", "withheld"]


class Dial(NamedTuple):
    """An address ready to be dialled: `variables` are those common to all calls."""

    variables: str
    dialled: str
    ring_s: int
    shows_caller: bool
    credentials: Credentials | None = None


class Bridge(NamedTuple):
    """`ringback` is played while it rings; `again`: the results of this call's earlier bridge are unset first."""

    ringback: bytes
    dialled: bytes
    again: bool
    ring_s: int


def dial(target: Target, agent: Agent, profile: str, password: str | None = None, variable: str = "") -> Dial:
    """`sip:agent@192.0.2.10:5060` -> `sofia/PROFILE/agent@192.0.2.10:5060` with its limits on ringing and talking;
    `password` is the target's, in the clear, `variable` what FreeSWITCH has it in. Raises EslCommandRefused."""
    if not SIP_URI.fullmatch(target.uri):
        raise EslCommandRefused(f"not a SIP URI: {target.uri[:80]!r}")
    variables = {
        "ignore_early_media": "true",
        "originate_timeout": str(agent.ring_s),
        # An agent that does not even send 180 Ringing is unreachable (FreeSWITCH: PROGRESS_TIMEOUT).
        "leg_progress_timeout": str(agent.no_progress_s),
        "execute_on_answer": f"sched_hangup +{agent.max_talk_s} ALLOTTED_TIMEOUT",
    }
    if agent.silent_s:
        # An extension of Digitree's dialplan checks after that time whether the agent has sent any audio.
        variables["ivr_silent_s"] = str(agent.silent_s)
        # Packets of silence count as no audio: a recording detects them, half a second before the check.
        variables["ivr_listen_ms"] = str(agent.silent_s * 1000 - LISTEN_LESS_MS)
        variables["ivr_listen_s"] = str(agent.silent_s + 1)
        # FreeSWITCH's scheduler counts whole seconds and may be up to one early.
        variables["ivr_check_s"] = str(agent.silent_s + 1)
        variables["execute_on_answer_listen"] = "execute_extension agent-listen"
    if agent.media_timeout_s:
        variables["media_timeout"] = str(agent.media_timeout_s * 1000)
        variables["media_hold_timeout"] = str(LONGEST_HOLD_S * 1000)
        # At a re-INVITE FreeSWITCH sets this time-out again, after that of a hold, unless it is 0.
        variables["execute_on_sip_reinvite"] = "set media_timeout=0"
    # Some agents do not understand a refresh of the session; it is their hang-up or the caller's that ends the talk.
    variables["sofia_session_timeout"] = "1800"
    # The caller hears silence while the agent has them on hold.
    variables["hold_music"] = "silence_stream://-1"
    if agent.srtp != "off":
        variables["rtp_secure_media_outbound"] = _SRTP[agent.srtp]
    if agent.codecs:
        # `^^:` makes the colon the separator of the list: a comma would end the variable.
        codecs = [_checked(CODEC, codec, "codec") for codec in agent.codecs]
        variables["absolute_codec_string"] = "^^:" + ":".join(codecs) if codecs[1:] else codecs[0]
    credentials = None
    if target.username is not None and password is not None:
        if not USERNAME.fullmatch(target.username) or not PASSWORD.fullmatch(password):
            raise EslCommandRefused(f"credentials of {target.uri} not fit for FreeSWITCH")
        given = f"sip_auth_username={target.username},sip_auth_password="
        credentials = Credentials(given + password, f"{given}${{{_checked(_VARIABLE, variable, 'variable name')}}}")
    route = _route(target.uri, agent.tls_verify)
    if route is not None:
        variables["sip_route_uri"] = route
    dialled = f"sofia/{_checked(_PROFILE, profile, 'profile')}/{_dialled(target.uri)}"
    return Dial(_listed(variables), dialled, agent.ring_s, "p_asserted_identity" in agent.sent, credentials)


def _route(uri: str, verify: TlsVerify) -> str | None:
    """Where everything of a call over TLS goes: to the host that was dialled, whatever address its Contact or
    Record-Route has, of which its certificate may know nothing. sofia-sip checks the certificate for the host of this
    URI and connects to its `maddr` (nta.c, nta_tpn_by_url)."""
    found = _OVER_TLS.fullmatch(uri)
    if found is None:
        return None
    host, port = found["host"], found["port"] or ""
    wanted = wanted_name(host, verify)
    elsewhere = f";maddr={host}" if wanted != host.lower() else ""
    return f"sip:{wanted}{port}{elsewhere};transport=tls"


def _dialled(uri: str) -> str:
    """The URI without its scheme, with which FreeSWITCH would drop the encryption that `sips` asks for."""
    scheme, address = uri.split(":", 1)
    return address if scheme == "sip" else f"{address.split(';')[0]};transport=tls"


def diversion(did: E164) -> HeaderValue:
    """The number dialled, in the form of RFC 5806."""
    return HeaderValue(f"<tel:{_checked(_NUMBER, did, 'number')}>;reason=unconditional")


def user_to_user(call_id: str) -> HeaderValue:
    """The call's id (RFC 7433): protocol discriminator 04, IA5 characters, in hexadecimal."""
    return HeaderValue(f"04{_checked(_CALL_ID, call_id, 'call id').encode('ascii').hex()};encoding=hex")


def bridge(
    to: Dial,
    ani: E164 | None,
    headers: dict[HeaderName, HeaderValue],
    ringback: str,
    *,
    again: bool,
    passwords: Passwords = "withheld",
) -> Bridge:
    """Ring the agent and connect the caller; `headers` come from `dialling.agent_headers`.

    The caller's leg stays up when the agent does not answer and after the agent hangs up. X- headers sent by the
    caller are not copied to the agent, so Digitree's own cannot be forged. `ringback` is a file or RINGING.
    """
    caller = ani or "anonymous"
    # P-Asserted-Identity (RFC 3325), where the caller has a number.
    asserted = "pid" if to.shows_caller and ani else "none"
    listed = (
        f"origination_caller_id_number={caller},origination_caller_id_name={caller},sip_cid_type={asserted},"
        f"{_listed(headers)}"
    )
    variables = to.variables
    if to.credentials is not None and passwords != "withheld":
        variables += f",{to.credentials.by_name if passwords == 'by_name' else to.credentials.in_clear}"
    dialled = f"{{{variables},{_checked(_LISTED, listed, 'dial string')}}}{to.dialled}"
    return Bridge(_ringback(ringback), dialled.encode("ascii"), again, to.ring_s)


@lru_cache(maxsize=1024)
def _ringback(sound: str) -> bytes:
    return (sound if sound == RINGING else _file(sound)).encode("ascii")


def _listed(variables: Mapping[HeaderName, HeaderValue] | Mapping[str, str]) -> str:
    return ",".join([f"{name}={value}" for name, value in variables.items()])


RINGING = "%(2000,4000,440,480)"
# Read after a bridge. Digitree's dialplan sets `ivr_bridged_us` when the agent answers and `ivr_agent_result` when it
# hangs up. The last but one is a header of the agent's 200: a folded one makes a reply of several lines, each but the
# first beginning with a blank, so that none is read as a header of the reply.
BRIDGE_RESULTS = (
    "originate_disposition",
    "last_bridge_hangup_cause",
    "last_bridge_proto_specific_hangup_cause",
    "ivr_bridged_us",
    "sip_rh_X-IVR-Result",
    "ivr_agent_result",
)
