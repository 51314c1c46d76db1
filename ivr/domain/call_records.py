"""A call as we keep it: who called what, the way taken, how it ended."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from ivr.domain.numbers import E164


class Outcome(StrEnum):
    """Our verdict on a call."""

    TRANSFERRED = "transferred"  # the agent answered
    AGENT_UNAVAILABLE = "agent_unavailable"  # he did not; the caller heard the apology
    HUNG_UP = "hung_up"  # a hangup node ended the call
    OPTED_OUT = "opted_out"  # a suppress node: the number is on the do-not-call list
    NO_INPUT = "no_input"  # let go after silence
    NO_MATCH = "no_match"  # let go after wrong keys
    BUDGET_SPENT = "budget_spent"  # let go after too many questions or too long in the menu
    CALLER_HUNG_UP = "caller_hung_up"  # gone before the menu came to an end
    UNASSIGNED = "unassigned"  # 404: no menu on this DID
    OVER_CAPACITY = "over_capacity"  # 503: more calls than this server takes
    OPT_OUT_FAILED = "opt_out_failed"  # no store took the opt-out; the caller was told
    FAILED = "failed"  # our trouble
    LOST = "lost"  # begun, never ended: process and caller gone together


StepResult = Literal["key", "no_match", "no_input", "hang_up", "action", "moved"]
# Why a key was not taken: it is no choice of this question, or one whose node does not exist (yet).
Ignored = Literal["not_offered", "no_target"]
# `us`: the menu, the operator or the switch. The caller's own end is told by his BYE or CANCEL.
HungUpBy = Literal["caller", "us", "agent"]
AttemptResult = Literal[
    "answered", "answered_silent", "no_answer", "busy", "declined", "unreachable", "cancelled", "error"
]
_ID_TAIL = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass
class Step:
    """One stay at a node. `at_ms` counts from the answer; `ms` is how long the question took, from the prompt's first
    sound to the key, the end of the wait or the hang-up. `prompt` is the file that was played, under the prompt
    directory, and `prompt_ms` its length, None where it is not known (keys read out, tones). `moved`: somebody sent
    the call to another node during the question."""

    node: str
    attempt: int
    result: StepResult
    key: str | None
    at_ms: int
    ms: int
    prompt: str | None = None
    prompt_ms: int | None = None
    ignored: Ignored | None = None

    @property
    def into_prompt_ms(self) -> int | None:
        """How much of the prompt was heard; None where its length is not known."""
        return None if self.prompt_ms is None else min(self.ms, self.prompt_ms)


@dataclass
class AgentAttempt:
    """One try to reach the agent `agent` (None: the default one) at one of his addresses. `result`: answered,
    answered_silent, no_answer, busy, declined, unreachable, cancelled or error; `sip_status` is his refusal, `label`
    the `outcome` of the transfer node, `reported` what the agent said of the call (X-IVR-Result), `prepare` what came
    of his prepare URL: ok or the reason why not, None where he has none."""

    uri: str
    result: str
    cause: str | None
    talk_ms: int | None = None
    sip_status: int | None = None
    agent: str | None = None
    ring_ms: int | None = None
    label: str | None = None
    reported: str | None = None
    prepare: str | None = None


@dataclass
class CallRecord:
    """One call, one record, keyed by `call_id`; `started_at` is the same in all that is written of it, to the
    millisecond. Times are UTC; lengths are milliseconds. `test`: no caller, but somebody who tried the menu (from the
    page, or by one of its tests); figures leave such calls out. `dtmf_type` is how keys come as the switch negotiated
    it: rfc2833, info or none (tones alone)."""

    call_id: str
    channel_uuid: str
    did: E164 | None
    did_raw: str
    ani: E164 | None
    ani_raw: str
    started_at: datetime
    ivr_id: str | None = None
    ivr_version: int | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    outcome: Outcome | None = None
    hangup_cause: str | None = None
    take_overs: int = 0
    path: list[Step] = field(default_factory=list)
    agent: list[AgentAttempt] = field(default_factory=list)
    test: bool = False
    hung_up_by: HungUpBy | None = None
    dtmf_type: str | None = None

    @property
    def talk_ms(self) -> int:
        """With agents, from answer to end."""
        return sum(each.talk_ms or 0 for each in self.agent)

    @property
    def menu_ms(self) -> int:
        """With us: all but the talk, an agent's ringing included. 0 while the call goes on."""
        return max(0, (self.duration_ms or 0) - self.talk_ms)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `path` and `agent` as lists of objects."""
        # Written out: dataclasses.asdict copies deeply.
        return {
            "call_id": self.call_id,
            "channel_uuid": self.channel_uuid,
            "did": self.did,
            "did_raw": self.did_raw,
            "ani": self.ani,
            "ani_raw": self.ani_raw,
            "started_at": self.started_at.isoformat(),
            "ivr_id": self.ivr_id,
            "ivr_version": self.ivr_version,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "duration_ms": self.duration_ms,
            "outcome": self.outcome,
            "hangup_cause": self.hangup_cause,
            "take_overs": self.take_overs,
            "path": [
                {
                    "node": s.node,
                    "attempt": s.attempt,
                    "result": s.result,
                    "key": s.key,
                    "at_ms": s.at_ms,
                    "ms": s.ms,
                    "prompt": s.prompt,
                    "prompt_ms": s.prompt_ms,
                    "ignored": s.ignored,
                }
                for s in self.path
            ],
            "agent": [
                {
                    "uri": a.uri,
                    "result": a.result,
                    "cause": a.cause,
                    "talk_ms": a.talk_ms,
                    "sip_status": a.sip_status,
                    "agent": a.agent,
                    "ring_ms": a.ring_ms,
                    "label": a.label,
                    "reported": a.reported,
                    "prepare": a.prepare,
                }
                for a in self.agent
            ],
            "test": self.test,
            "hung_up_by": self.hung_up_by,
            "dtmf_type": self.dtmf_type,
        }


def new_id(prefix: str) -> str:
    """`call_0199e0c3a5b17f...`: 12 hex digits of milliseconds, then 20 of chance, so ids sort by time."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def find_time_of_id(made: str) -> datetime | None:
    """When `new_id` made it; None: nothing of ours, or no time that there is."""
    _, _, tail = made.rpartition("_")
    if not _ID_TAIL.fullmatch(tail):
        return None
    try:
        return datetime.fromtimestamp(int(tail[:12], 16) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def utc_now() -> datetime:
    return datetime.now(UTC)
