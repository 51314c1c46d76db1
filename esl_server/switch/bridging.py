"""How an agent is dialled, and which variables a bridge leaves to be read.

What is said in `esl_server.switch.commands` holds here, too: a text that does not match a strict pattern is refused
(EslCommandRefused).
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, NewType
from urllib.parse import quote

from esl_server.switch.commands import NO_PROMPT, TONE, checked, checked_file, checked_uuid, checked_variable
from ivr.domain.agents import CODEC, PASSWORD, SIP_URI, USERNAME, Agent, Target
from ivr.domain.errors import EslCommandRefused
from ivr.domain.numbers import E164
from ivr.domain.tls_verdicts import TlsVerify, wanted_name

LISTEN_LESS_MS = 500
LONGEST_HOLD_S = 1200
_HEADER = re.compile(r"X-IVR_[A-Za-z0-9_]{1,24}|X-[A-Za-z0-9][A-Za-z0-9-]{0,38}|Diversion|User-to-User", re.ASCII)
_LISTED = (string.ascii_letters + string.digits + "_.~+/:;*%=<>,-").encode("ascii")
_LONGEST_LIST = 8000
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CALL_ID = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)
_ENCODED = re.compile(r"[A-Za-z0-9_.~+/:;*%-]{0,600}", re.ASCII)
_CHOSEN = re.compile(r"[A-Za-z0-9_.~+/:*%-]*", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.~+/:;*-]{0,600}", re.ASCII)
_UNCHANGED = "+/:;*~"
_KEY = re.compile(r"[0-9*#]", re.ASCII)
_PROFILE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)

_OVER_TLS = re.compile(
    r"(?:sips:|sip:(?=.*;transport=tls))(?:[^@]*@)?(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?P<port>:[0-9]+)?(?:;.*)?"
)
# FreeSWITCH empties the queue of packets of a leg that it connects, then sends silence in place of the next packet,
# and drops that: two packets lost, but where the leg has a jitter buffer (switch_rtp.c, do_flush and last_cng_ts).
# So the caller's leg has one, of a single packet, which delays nothing, for two seconds from the agent's answer on.
# `${uuid}` is its channel: it is replaced before the agent's channel is made.
_AT_ANSWER = {
    "api_on_answer": "uuid_jitterbuffer ${uuid} 20:100",
    "api_on_answer_over": "sched_api +2 none uuid_jitterbuffer ${uuid} stop",
}
# Of the caller's leg. FreeSWITCH would pause the buffer when it connects the two; `import` copies the moment of the
# agent's answer from its channel.
BRIDGE_VARIABLES = ("import=answered_time", "rtp_jitter_buffer_during_bridge=true")

# The suites are those of the switch (vars.xml).
_SRTP = {"optional": "optional", "required": "mandatory"}

# Checked texts, so that the pattern is not tried again with each command.
HeaderName = NewType("HeaderName", str)
HeaderValue = NewType("HeaderValue", str)


def header_name(name: str) -> HeaderName:
    """The channel variable that makes mod_sofia send the header (`sip_h_X-IVR-Path`)."""
    return HeaderName("sip_h_" + checked(_HEADER, name, "header name"))


def header_value(text: str) -> HeaderValue:
    """Percent-encoded UTF-8, at most 600 characters: no comma, `=`, brace, quote, `$` or line end survives."""
    if _PLAIN.fullmatch(text):
        return HeaderValue(text)
    return HeaderValue(checked(_ENCODED, quote(text, safe=_UNCHANGED)[:600], "header value"))


def chosen_value(encoded: str) -> HeaderValue:
    """Of a header that a menu's author chose, as ivr.domain.menu.sent_headers encodes it."""
    return HeaderValue(checked(_CHOSEN, encoded, "header value"))


# For values that many calls share: names of menus, outcomes, steps.
known_value = lru_cache(maxsize=4096)(header_value)


class Credentials(NamedTuple):
    """The variables that answer an agent's digest challenge: with the password, or with the variable of FreeSWITCH
    that holds it."""

    in_clear: str
    by_name: str


Passwords = Literal["by_name", "in_clear", "withheld"]


class Confirm(NamedTuple):
    """What is played to whoever answers, before the caller is connected; `path`: a file, or several in sequence,
    None: nothing. `key`: by which the call is taken, None: by listening. Without it in `timeout_s` seconds of the
    answer the leg is ended."""

    path: str | None
    key: str | None
    timeout_s: int


class Dial(NamedTuple):
    """An address ready to be dialled: `variables` are those common to all calls."""

    variables: str
    dialled: str
    ring_s: int
    shows_caller: bool
    credentials: Credentials | None = None


class Bridge(NamedTuple):
    """`ringback` is played while it rings; `again`: the results of this call's earlier bridge are unset first;
    `is_race`: it rings several legs, each of which has a cause of its own."""

    ringback: bytes
    dialled: bytes
    again: bool
    ring_s: int
    is_race: bool = False


def dial(
    target: Target,
    agent: Agent,
    profile: str,
    password: str | None = None,
    variable: str = "",
    confirm: Confirm | None = None,
) -> Dial:
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
        **_AT_ANSWER,
    }
    ring_s = agent.ring_s
    if confirm is not None:
        # The limit on the ringing is the leg's own: the one of all legs would end a whisper, too.
        ring_s += confirm.timeout_s
        variables["originate_timeout"] = str(ring_s)
        variables["leg_timeout"] = str(agent.ring_s)
        variables |= _confirming(confirm)
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
        codecs = [checked(CODEC, codec, "codec") for codec in agent.codecs]
        variables["absolute_codec_string"] = "^^:" + ":".join(codecs) if codecs[1:] else codecs[0]
    credentials = None
    if target.username is not None and password is not None:
        if not USERNAME.fullmatch(target.username) or not PASSWORD.fullmatch(password):
            raise EslCommandRefused(f"credentials of {target.uri} not fit for FreeSWITCH")
        given = f"sip_auth_username={target.username},sip_auth_password="
        credentials = Credentials(given + password, f"{given}${{{checked_variable(variable)}}}")
    route = _route(target.uri, agent.tls_verify)
    if route is not None:
        variables["sip_route_uri"] = route
    dialled = f"sofia/{checked(_PROFILE, profile, 'profile')}/{_dialled(target.uri)}"
    return Dial(_listed(variables), dialled, ring_s, "p_asserted_identity" in agent.sent, credentials)


def _confirming(confirm: Confirm) -> dict[str, str]:
    """FreeSWITCH plays the file to the leg, again after its time-out, until the key is pressed; `exec` in place of a
    key runs an application, and the leg has then won (switch_ivr_originate.c, collect_thread_run)."""
    timed = {"group_confirm_timeout": str(confirm.timeout_s)}
    if confirm.key is None:
        file = f"playback {checked_file(confirm.path or TONE)}"
        return {**timed, "group_confirm_key": "exec", "group_confirm_file": file}
    key, file = checked(_KEY, confirm.key, "key"), NO_PROMPT if confirm.path is None else checked_file(confirm.path)
    return {**timed, "group_confirm_key": key, "group_confirm_file": file, "group_confirm_read_timeout": "5000"}


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
    return HeaderValue(f"<tel:{checked(_NUMBER, did, 'number')}>;reason=unconditional")


def user_to_user(call_id: str) -> HeaderValue:
    """The call's id (RFC 7433): protocol discriminator 04, IA5 characters, in hexadecimal."""
    return HeaderValue(f"04{checked(_CALL_ID, call_id, 'call id').encode('ascii').hex()};encoding=hex")


def bridge(
    to: Dial,
    shown: str | None,
    headers: dict[HeaderName, HeaderValue],
    ringback: str,
    *,
    again: bool,
    passwords: Passwords = "withheld",
) -> Bridge:
    """Ring the agent and connect the caller; `headers` come from `dialling.agent_headers`.

    The caller's leg stays up when the agent does not answer and after the agent hangs up. X- headers sent by the
    caller are not copied to the agent, so Digitree's own cannot be forged. `shown` is the caller's number, or one in
    its place; `ringback` is a file or RINGING.
    """
    dialled = f"{{{leg_variables(to, shown, headers, passwords)}}}{to.dialled}"
    return Bridge(_ringback(ringback), dialled.encode("ascii"), again, to.ring_s)


def leg_variables(
    to: Dial, shown: str | None, headers: dict[HeaderName, HeaderValue], passwords: Passwords = "withheld"
) -> str:
    """The variables of one leg, as a list."""
    caller = shown or "anonymous"
    # P-Asserted-Identity (RFC 3325), where the caller has a number.
    asserted = "pid" if to.shows_caller and shown else "none"
    listed = (
        f"origination_caller_id_number={caller},origination_caller_id_name={caller},sip_cid_type={asserted},"
        f"{_listed(headers)}"
    )
    variables = to.variables
    if to.credentials is not None and passwords != "withheld":
        variables += f",{to.credentials.by_name if passwords == 'by_name' else to.credentials.in_clear}"
    return f"{variables},{_checked_list(listed)}"


def _checked_list(listed: str) -> str:
    """Deleting what is allowed takes less than a pattern, and this is the longest text of all that are checked."""
    refused = not listed.isascii() or listed.encode("ascii").translate(None, _LISTED)
    if refused or len(listed) > _LONGEST_LIST:
        raise EslCommandRefused(f"dial string not fit for FreeSWITCH: {listed[:80]!r}")
    return listed


def race(legs: Sequence[tuple[str, str, str]], ringback: str, ring_s: int, *, again: bool) -> Bridge:
    """Ring several legs at once, each as its channel's id, its `leg_variables` and what is dialled; the first to
    answer, or to take the call, is connected, and FreeSWITCH ends the others (LOSE_RACE)."""
    dialled = ",".join(
        f"[origination_uuid={checked_uuid(leg)},{variables}]{address}" for leg, variables, address in legs
    )
    common = f"{{ignore_early_media=true,originate_timeout={ring_s},group_confirm_read_timeout=5000}}"
    return Bridge(_ringback(ringback), f"{common}{dialled}".encode("ascii"), again, ring_s, is_race=True)


def without_bridge(variables: str) -> str:
    """These `leg_variables` for a leg that is not bridged."""
    return variables.replace(f",{_listed(_AT_ANSWER)}", "")


@lru_cache(maxsize=1024)
def _ringback(sound: str) -> bytes:
    return (sound if sound == RINGING else checked_file(sound)).encode("ascii")


def _listed(variables: Mapping[HeaderName, HeaderValue] | Mapping[str, str]) -> str:
    return ",".join([f"{name}={value}" for name, value in variables.items()])


# Of each leg that a bridge rang, its cause (switch_ivr_originate.c).
RACE_RESULT = "originate_causes"
RINGING = "%(2000,4000,440,480)"
# Read after a bridge. The moment of the agent's answer is imported from its channel (BRIDGE_VARIABLES); where nobody
# has answered it is the caller's own. Digitree's dialplan sets `ivr_agent_result` when the agent hangs up. The last
# but one is a header of the agent's 200: a folded one makes a reply of several lines, each but the first beginning
# with a blank, so that none is read as a header of the reply.
BRIDGE_RESULTS = (
    "originate_disposition",
    "last_bridge_hangup_cause",
    "last_bridge_proto_specific_hangup_cause",
    "answered_time",
    "sip_rh_X-IVR-Result",
    "ivr_agent_result",
)
