"""How a bridge ended, from the variables that it leaves on the channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from esl_server.switch import bridging
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.printable import printable
from esl_server.switch.session import UNSET, is_unset

_SIP_CAUSE = re.compile(r"sip:([1-6][0-9]{2})", re.ASCII)
# `ARRAY::UUID;CAUSE|:UUID;CAUSE`
_LEG_CAUSE = re.compile(r"([0-9A-Za-z-]{1,64});([A-Z_]{1,48})", re.ASCII)
_ANSWERED = bridging.BRIDGE_RESULTS.index("answered_time")
_REPORT = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


class Bridged(NamedTuple):
    """How a bridge ended. `sip_status` is the agent's refusal; `ring_ms` and `talk_ms` are None when the channel has
    no time of the answer. `reported` is the agent's report of the call (X-IVR-Result)."""

    disposition: str
    cause: str | None
    sip_status: int | None
    talk_ms: int | None
    ring_ms: int | None = None
    reported: str | None = None
    # Of a race: the cause of each leg by its channel's id; NONE: it won.
    causes: Mapping[str, str] = MappingProxyType({})


def find_earlier_bridge(channel: ChannelData, began_ms: int, now_ms: int) -> Bridged | None:
    """The result of a bridge that ended while no worker was connected; None: there was none."""
    values = [channel.find(f"variable_{name}") for name in bridging.BRIDGE_RESULTS]
    # A bridge made by the last release.
    values[_ANSWERED] = values[_ANSWERED] or channel.find("variable_ivr_bridged_us")
    if values[0] is None or is_unset(values[0]):
        return None
    values.append(channel.find(f"variable_{bridging.RACE_RESULT}"))
    return read_bridged(began_ms, now_ms, *(UNSET if value is None else value for value in values))


def read_bridged(
    began_ms: int,
    now_ms: int,
    disposition: str,
    cause: str,
    protocol_cause: str,
    answered_us: str,
    in_answer: str,
    in_bye: str,
    causes: str = UNSET,
) -> Bridged:
    """The values of BRIDGE_RESULTS, and of RACE_RESULT after a race, read."""
    status = _SIP_CAUSE.fullmatch(protocol_cause)
    has_time = answered_us.isdigit() and len(answered_us) < 20
    talk_ms = ring_ms = None
    if disposition != "SUCCESS":
        ring_ms = now_ms - began_ms
    elif has_time:
        answered_ms = int(answered_us) // 1000
        talk_ms, ring_ms = max(0, now_ms - answered_ms), max(0, answered_ms - began_ms)
    return Bridged(
        printable(disposition),
        None if is_unset(cause) else printable(cause),
        int(status[1]) if status else None,
        talk_ms,
        ring_ms,
        # A report in the BYE replaces one in the 200.
        read_report(in_bye) or read_report(in_answer),
        {} if is_unset(causes) else dict(_LEG_CAUSE.findall(causes)),
    )


def read_report(said: str) -> str | None:
    """A value of X-IVR-Result; None where it is no plain word."""
    return said if _REPORT.fullmatch(said) and not is_unset(said) else None
