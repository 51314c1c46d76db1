"""bridge: hand the caller to an agent, in the ways FreeSWITCH lets it succeed and fail.

Facts: `audio_bridge_function` (mod_dptools.c), `switch_ivr_originate`, `switch_channel_handle_cause`
(switch_channel.c) and `switch_ivr_multi_threaded_bridge` of FreeSWITCH 1.10.12, and the recordings.
"""

from __future__ import annotations

import math
import re
import uuid

from devswitch.apps import Application, BridgeAttempt, Surroundings
from devswitch.channel import Channel
from devswitch.expand import atoi, has_variable, is_true, separate_string

_DEFAULT_RING_S = 60
_CAUSE_TO_DIALSTATUS = {
    "ORIGINATOR_CANCEL": "CANCEL",
    "USER_BUSY": "BUSY",
    "NO_ANSWER": "NOANSWER",
    "DESTINATION_OUT_OF_ORDER": "INVALIDARGS",
    "INVALID_PROFILE": "INVALIDARGS",
    "CALL_REJECTED": "DONTCALL",
}
_ALWAYS_GO_ON = frozenset({"NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL"})


class BadDialString(ValueError):
    """A dial string FreeSWITCH could make nothing of, or one this switch has no model of."""


def split_variables(text: str, opening: str = "{", closing: str = "}") -> tuple[dict[str, str], str]:
    """`{a=1,b=2}rest` -> variables and rest; `^^:` after the brace changes the comma. BadDialString if unclosed."""
    variables: dict[str, str] = {}
    while text.startswith(opening):
        end = _closing(text, opening, closing)
        inner, text = text[1:end], text[end + 1 :].lstrip(" ")
        for pair in separate_string(inner, ","):
            name_value = separate_string(pair, "=", 2)
            if len(name_value) == 2:
                variables[name_value[0]] = name_value[1]
    return variables, text


def _closing(text: str, opening: str, closing: str) -> int:
    depth = 0
    for at, char in enumerate(text):
        depth += (char == opening) - (char == closing)
        if depth == 0:
            return at
    raise BadDialString(f"{opening} without {closing}")


def read_target(dial_string: str) -> str:
    """`sofia/PROFILE/user@host:port` -> `user@host:port`; likewise sofia/gateway, user and loopback."""
    parts = dial_string.split("/")
    if parts[0] == "sofia" and len(parts) >= 4 and parts[1] == "gateway":
        return f"{'/'.join(parts[3:])}@{parts[2]}"
    if parts[0] == "sofia" and len(parts) >= 3:
        return re.sub(r"^sips?:", "", "/".join(parts[2:])).partition(";")[0]
    if parts[0] in ("loopback", "user") and len(parts) >= 2 and parts[1]:
        return parts[1]
    if parts[0] == "error" and len(parts) == 2:
        return dial_string
    raise BadDialString(f"{dial_string!r} names no endpoint that is modelled")


def bridge(channel: Channel, around: Surroundings, arg: str) -> None:
    """Dial until somebody answers, then talk until one side hangs up.

    When it fails the caller is hung up, unless continue_on_fail says otherwise.
    """
    if not arg:
        channel.violation("bridge without a dial string")
        return
    if has_variable(arg):
        channel.violation(f"bridge {arg!r}: a variable is left in the dial string")
    try:
        variables, rest = split_variables(arg)
        choices = [split_variables(leg, "[", "]") for leg in re.split(r"[|,]", rest)]
        targets = [(legs_own, leg, read_target(leg)) for legs_own, leg in choices]
    except BadDialString as error:
        channel.violation(f"bridge {arg!r}: {error}")
        _fail(channel, "DESTINATION_OUT_OF_ORDER")
        return
    for name in list(variables):
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            channel.violation(f"bridge: {name!r} is no variable's name")
    cause = ""
    for legs_own, leg, target in targets:
        attempt = BridgeAttempt(
            target=target,
            dial_string=leg,
            headers=_headers(channel, {**variables, **legs_own}),
            variables={**variables, **legs_own},
            started_ms=channel.clock.now_ms,
        )
        around.bridges.append(attempt)
        cause = _dial(channel, around, attempt)
        if not cause or not channel.is_up:
            break
    if cause:
        _fail(channel, cause)


def _headers(channel: Channel, variables: dict[str, str]) -> dict[str, str]:
    """SIP headers on the INVITE to the agent: ours, and the caller's own X- headers unless that is switched off."""
    headers: dict[str, str] = {}
    if not _is_off(channel.find_variable("sip_copy_custom_headers")):
        for name, value in channel.variables.items():
            if name.startswith("sip_h_X-"):
                headers[name.removeprefix("sip_h_")] = value
    for name in (channel.find_variable("export_vars") or "").split(","):
        name = name.removeprefix("nolocal:")
        exported = channel.find_variable(name) or channel.find_variable(f"nolocal:{name}")
        if name.startswith("sip_h_") and exported:
            headers[name.removeprefix("sip_h_")] = exported
    for name, value in variables.items():
        if name.startswith("sip_h_"):
            headers[name.removeprefix("sip_h_")] = value
    return headers


def _is_off(value: str | None) -> bool:
    return value is not None and not is_true(value)


def _seconds(text: str | None) -> float:
    return float(atoi(text)) if text else 0.0


def _dial(channel: Channel, around: Surroundings, attempt: BridgeAttempt) -> str:
    """One leg. The cause it failed with; empty when it was answered (and has ended by now)."""
    channel.note("dial", attempt.target)
    if attempt.target.startswith("error/"):
        attempt.cause = attempt.target.removeprefix("error/").upper()
        return attempt.cause
    agent = around.agents.get(attempt.target)
    limit_s = (
        _seconds(attempt.variables.get("leg_timeout"))
        or _seconds(attempt.variables.get("originate_timeout"))
        or _seconds(channel.find_variable("call_timeout"))
        or _DEFAULT_RING_S
    )
    began_ms = channel.clock.now_ms
    channel.dtmf_to_agent = True
    try:
        # FreeSWITCH counts whole seconds and gives up in the one after the last.
        channel.pass_time(began_ms + min(agent.ring_ms, limit_s * 1000))
        if not channel.is_up:
            attempt.cause = "ORIGINATOR_CANCEL"
        elif agent.ring_ms > limit_s * 1000:
            attempt.cause = "NO_ANSWER"
        else:
            attempt.cause = agent.cause
        if attempt.cause:
            attempt.ended_ms = channel.clock.now_ms
            if not agent.no_channel:
                channel.set("last_bridge_hangup_cause", attempt.cause)
            return attempt.cause
        _talk(channel, around, attempt, agent.talk_ms, agent.plays)
    finally:
        channel.dtmf_to_agent = False
    return ""


def _talk(
    channel: Channel, around: Surroundings, attempt: BridgeAttempt, talk_ms: float | None, plays: str
) -> None:
    channel.answer()
    attempt.answered_ms = channel.clock.now_ms
    channel.set("originate_disposition", "SUCCESS")
    channel.set("DIALSTATUS", "SUCCESS")
    leg_uuid = str(uuid.uuid4())
    for name in ("bridge_uuid", "last_bridge_to", "signal_bond"):
        channel.set(name, leg_uuid)
    channel.set("bridge_channel", f"sofia/external/{attempt.target}")
    channel.note("agent", attempt.target)
    ends_ms = attempt.answered_ms + (math.inf if talk_ms is None else talk_ms)
    sound = around.find_sound(plays) if plays else None
    if sound is not None:
        channel.play(sound, None)
    if ends_ms == math.inf:
        ends_ms = channel.clock.now_ms + 24 * 3600 * 1000.0
    channel.pass_time(ends_ms)
    attempt.ended_ms = channel.clock.now_ms
    attempt.cause = "NORMAL_CLEARING"
    if channel.is_up:
        channel.set("last_bridge_hangup_cause", "NORMAL_CLEARING")
        channel.set("bridge_hangup_cause", "NORMAL_CLEARING")
        if is_true(channel.find_variable("hangup_after_bridge")):
            channel.hang_up("NORMAL_CLEARING", "agent")


def _fail(channel: Channel, cause: str) -> None:
    channel.set("originate_disposition", cause)
    channel.set("DIALSTATUS", _CAUSE_TO_DIALSTATUS.get(cause, cause))
    channel.set("originate_failed_cause", cause)
    if channel.is_up and not _goes_on(channel, cause):
        channel.hang_up(cause, "switch")


def _goes_on(channel: Channel, cause: str) -> bool:
    """Whether the caller stays after a bridge that failed."""
    on_fail = channel.find_variable("continue_on_fail")
    failures = channel.find_variable("failure_causes")
    if not on_fail and not failures:
        return cause in _ALWAYS_GO_ON
    if failures and cause not in [name.upper() for name in separate_string(failures, ",")]:
        return True
    if not on_fail:
        return False
    return is_true(on_fail) or cause in [name.upper() for name in separate_string(on_fail, ",")]


BRIDGE_APPLICATIONS: dict[str, Application] = {"bridge": bridge}
