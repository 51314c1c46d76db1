"""Calls beyond the limits of their trunk, which get 503 before they are answered.

FreeSWITCH counts (mod_hash), since several processes take calls and it knows when each of them ends, whoever serves
it by then. It only counts: what is too much is said here. A switch that cannot count has no limits.
"""

from __future__ import annotations

import logging

from esl_server.call.call import Call
from esl_server.switch import commands
from esl_server.switch.leg import SHORT_S
from ivr.domain.trunks.limits import window_of
from ivr.domain.trunks.model import Trunk

log = logging.getLogger(__name__)

# Set by our dialplan where mod_hash is there.
_CAN_COUNT = b"digitree_limits"


def is_beyond_limits(call: Call) -> bool:
    """One round trip where the call's trunk has limits, none elsewhere."""
    trunk = call.trunk
    if trunk is None or trunk.has_no_limits or call.leg.channel.ours.get(_CAN_COUNT) != b"true":
        return False
    counted = _counted(trunk, call.record.ani or "")
    command = b"".join(each for each, _ in counted)
    texts = call.leg.session.request(command, 2 * len(counted), SHORT_S, "limit", wanted=2 * len(counted))
    for text, (_, most) in zip(texts[1::2], counted, strict=True):
        if text.isdigit() and int(text) > most:
            log.info("%s: trunk %s has %s calls, and takes %d", call.record.call_id, trunk.name, text, most)
            return True
    return False


def _counted(trunk: Trunk, caller: str) -> list[tuple[bytes, int]]:
    """A command for each limit, and the most that it may count. Callers without a number are one."""
    limits, counted = trunk.limits, []
    if limits.per_caller_per_s is not None:
        most, seconds = window_of(limits.per_caller_per_s)
        counted.append((commands.count_call("caller", f"{trunk.name}{caller}", seconds), most))
    if limits.calls_per_s is not None:
        most, seconds = window_of(limits.calls_per_s)
        counted.append((commands.count_call("begun", trunk.name, seconds), most))
    if limits.calls_at_once is not None:
        counted.append((commands.count_call("at_once", trunk.name), limits.calls_at_once))
    return counted
