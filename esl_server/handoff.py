"""The hand-off to the agent: what is sent with it, and what its result means."""

from __future__ import annotations

from esl_server import commands
from ivr.domain.calls import CallRecord

# originate_disposition -> our word for the attempt (hangup causes of Q.850 as FreeSWITCH spells them).
_RESULTS = {
    "SUCCESS": "answered",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "RECOVERY_ON_TIMER_EXPIRE": "unreachable",
    "USER_BUSY": "busy",
    "CALL_REJECTED": "declined",
    "ORIGINATOR_CANCEL": "cancelled",
    "PROGRESS_TIMEOUT": "unreachable",
    "NORMAL_TEMPORARY_FAILURE": "unreachable",
    "DESTINATION_OUT_OF_ORDER": "unreachable",
    "NETWORK_OUT_OF_ORDER": "unreachable",
    "GATEWAY_DOWN": "unreachable",
    "NO_ROUTE_DESTINATION": "unreachable",
    "UNALLOCATED_NUMBER": "unreachable",
    "USER_NOT_REGISTERED": "unreachable",
    "SUBSCRIBER_ABSENT": "no_answer",
}


def attempt_result(disposition: str) -> str:
    """answered, no_answer, busy, declined, unreachable, cancelled; error for anything else."""
    return _RESULTS.get(disposition, "error")


def agent_headers(record: CallRecord, elapsed_s: int) -> dict[str, str]:
    """The X-IVR- headers of the INVITE to the agent, values still to be encoded."""
    path = ",".join(f"{step.node}={step.key}" for step in record.path if step.key is not None)
    return {
        "X-IVR-Call-Id": record.call_id,
        "X-IVR-Flow": f"{record.ivr_id}/{record.ivr_version}",
        # The newest choices say most; the line must stay well below 1,000 bytes.
        "X-IVR-Path": path[-180:],
        "X-IVR-Caller": record.ani or "anonymous",
        "X-IVR-Called": record.did or "unknown",
        "X-IVR-Elapsed": str(elapsed_s),
    }


class Agent:
    """The place `transfer` goes to, its dial string made once at start-up."""

    def __init__(self, uri: str, profile: str, ring_s: int) -> None:
        self.uri = uri
        self.ring_s = ring_s
        self._dialled = commands.dial_string(uri, profile)

    def bridge_command(self, record: CallRecord, elapsed_s: int) -> bytes:
        return commands.bridge(self._dialled, self.ring_s, record.ani, agent_headers(record, elapsed_s))
