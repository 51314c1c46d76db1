"""How a channel ended, as FreeSWITCH tells it while the socket lingers: `hangup_cause` is not set by then, but the
channel data have the cause (measured on 1.10.12)."""

from __future__ import annotations

import re
from typing import NamedTuple

from esl_server.switch.channel_data import ChannelData

LEFT_BY = "sip_hangup_disposition"
BYE = "recv_bye"
_BY_CALLER = frozenset({BYE, "recv_cancel"})
_CAUSE = re.compile(r"[A-Z][A-Z0-9_]{1,47}", re.ASCII)


class ChannelEnd(NamedTuple):
    """`by_caller`: a BYE or CANCEL. `cause` is FreeSWITCH's, None where it is not known."""

    by_caller: bool
    cause: str | None
    was_answered: bool


def read_end(channel: ChannelData) -> ChannelEnd | None:
    """The end of a channel that is down; None: this switch does not tell it."""
    by_caller = channel.find(f"variable_{LEFT_BY}") in _BY_CALLER
    cause = channel.find("Hangup-Cause")
    if cause is None or not _CAUSE.fullmatch(cause):
        return ChannelEnd(by_caller, None, was_answered=True) if by_caller else None
    return ChannelEnd(by_caller, cause, channel.find("Caller-Channel-Answered-Time") != "0")
