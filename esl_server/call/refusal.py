"""A call refused before it is answered."""

from __future__ import annotations

from esl_server.call.call import Call
from ivr.domain.call_records import Outcome
from ivr.domain.tickets import OUTCOME_VARIABLE

# By SIP status, as mod_sofia reads them.
_CAUSES = {
    404: "UNALLOCATED_NUMBER",
    480: "NO_USER_RESPONSE",
    486: "USER_BUSY",
    503: "NORMAL_TEMPORARY_FAILURE",
    603: "CALL_REJECTED",
}


def refuse(call: Call, status: int, outcome: Outcome) -> Outcome:
    """End the call with this SIP status; one that is answered after all is hung up."""
    record = call.record
    record.hangup_cause = _CAUSES[status]
    call.is_refused = True
    call.set_for_phone(OUTCOME_VARIABLE, str(outcome))
    if call.leg.answered:
        call.leg.hang_up(record.hangup_cause)
    else:
        call.leg.refuse(status)
    return outcome
