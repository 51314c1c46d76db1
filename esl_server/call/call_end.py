"""What the switch reports at the end of a call: who ended it and why, whether it was answered, how digits came."""

from __future__ import annotations

from esl_server.switch.leg import Leg
from ivr.domain.call_records import CallRecord, Outcome

# Of a talk: our side ended it, not the agent.
_ENDED_BY_US = frozenset({"ALLOTTED_TIMEOUT", "MEDIA_TIMEOUT"})


def record_end(record: CallRecord, leg: Leg, *, refused: bool = False) -> None:
    """Set who ended the call, its cause, how digits came, and an outcome that agrees with these. Takes a round trip
    when the call was ended from elsewhere."""
    if refused:
        record.dtmf_type = None
        record.hung_up_by = "us"
    elif leg.hung_up:
        _record_end_from_elsewhere(record, leg)
    else:
        leg.settle_dtmf_type()
        _record_our_end(record)
        record.dtmf_type = leg.dtmf_type


def record_lost(record: CallRecord, leg: Leg) -> None:
    """Set who ended a call whose connection is lost, which the switch cannot be asked any more."""
    record.hung_up_by = "caller" if leg.hung_up else None
    record.dtmf_type = leg.dtmf_type
    if leg.hung_up and not leg.lingers:
        # Only a CANCEL closes the socket of a call before it lingers.
        record.hangup_cause = "ORIGINATOR_CANCEL"
        _forget_steps(record)


def _record_end_from_elsewhere(record: CallRecord, leg: Leg) -> None:
    end = leg.find_end()
    record.dtmf_type = leg.dtmf_type
    if end is None:
        return
    record.hung_up_by = "caller" if end.by_caller else "us"
    record.hangup_cause = end.cause
    if not end.was_answered and record.outcome is not Outcome.OPTED_OUT:
        _forget_steps(record)
        record.outcome = Outcome.CALLER_HUNG_UP
    if record.outcome is Outcome.CALLER_HUNG_UP and not end.by_caller:
        record.outcome = Outcome.DISCONNECTED


def _forget_steps(record: CallRecord) -> None:
    """Leave nothing of what was prepared for the caller in the record of a call that was never answered."""
    record.path.clear()
    record.dtmf_type = None


def _record_our_end(record: CallRecord) -> None:
    talk = record.agent[-1] if record.agent and record.outcome is Outcome.TRANSFERRED else None
    if talk is None or talk.result != "answered":
        record.hung_up_by = "us"
        record.hangup_cause = "NORMAL_CLEARING"
        return
    record.hung_up_by = "us" if talk.cause in _ENDED_BY_US else "agent"
    record.hangup_cause = talk.cause or "NORMAL_CLEARING"
