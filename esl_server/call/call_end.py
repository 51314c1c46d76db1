"""What the switch reports about a call besides digits: how DTMF comes, who ended the call and why.

A sync socket receives no events, so the source of a single digit (the DTMF event's `DTMF-Source`) is unknown, and
`hangup_cause` is not set before the socket is closed (measured on 1.10.12). Known are the negotiated kind of DTMF
and, after a caller's BYE or CANCEL, `sip_hangup_disposition`.
"""

from __future__ import annotations

from esl_server.switch.leg import Leg
from esl_server.switch.session import ChannelData
from ivr.domain.call_records import CallRecord, Outcome

_KINDS = frozenset({"rfc2833", "info", "none"})
# sip_hangup_disposition -> the cause that FreeSWITCH gives the caller's own end.
_CAUSES = {"recv_bye": "NORMAL_CLEARING", "recv_cancel": "ORIGINATOR_CANCEL"}


def dtmf_type(channel: ChannelData) -> str | None:
    """How DTMF comes, as negotiated: rfc2833, info, none (tones in the audio only)."""
    kind = channel.find("variable_dtmf_type")
    return kind if kind in _KINDS else None


def record_end(record: CallRecord, leg: Leg, *, refused: bool = False) -> None:
    """Set who ended the call and its cause. Takes one round trip when the caller, or an operator's command, ended
    it."""
    if leg.hung_up and not refused:
        left_by = leg.caller_left_by()
        record.hung_up_by = "caller" if left_by else "us"
        record.hangup_cause = _CAUSES.get(left_by or "")
        return
    last = record.agent[-1] if record.agent else None
    by_agent = last is not None and last.result == "answered" and last.cause != "ALLOTTED_TIMEOUT"
    record.hung_up_by = "agent" if by_agent and record.outcome is Outcome.TRANSFERRED else "us"
    record.hangup_cause = record.hangup_cause or "NORMAL_CLEARING"


def record_lost(record: CallRecord, leg: Leg) -> None:
    """Set who ended a call whose connection is lost, which the switch cannot be asked any more."""
    record.hung_up_by = "caller" if leg.hung_up else None
