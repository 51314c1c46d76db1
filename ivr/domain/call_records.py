"""The record of a call: numbers, path through the menu, attempts to reach an agent, end."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from ivr.domain.numbers import E164
from ivr.domain.verstat import Verstat


class Outcome(StrEnum):
    """What a call came to."""

    TRANSFERRED = "transferred"  # the agent answered
    AGENT_UNAVAILABLE = "agent_unavailable"  # no agent answered; the caller heard the apology
    HUNG_UP = "hung_up"  # a hangup node ended the call
    OPTED_OUT = "opted_out"  # a suppress node: the number is on the do-not-call list
    NO_INPUT = "no_input"  # ended after silence
    NO_MATCH = "no_match"  # ended after wrong keys
    BUDGET_SPENT = "budget_spent"  # ended after too many questions or too long in the menu
    CALLER_HUNG_UP = "caller_hung_up"  # the caller hung up before the menu came to an end
    DISCONNECTED = "disconnected"  # the switch or an operator ended the call before the menu came to an end
    REJECTED = "rejected"  # a reject node refused the call before it was answered
    UNASSIGNED = "unassigned"  # 404: no menu on this DID
    OVER_CAPACITY = "over_capacity"  # 503: more calls than this server takes
    OPT_OUT_FAILED = "opt_out_failed"  # no store took the opt-out; the caller was told
    FAILED = "failed"  # an error of the call server
    LOST = "lost"  # no end was written: the caller hung up while no process had the call


# How a call ends that came to no node, since it was never answered.
UNANSWERED = frozenset({Outcome.CALLER_HUNG_UP, Outcome.DISCONNECTED})

# Calls that were never answered though they came to nodes.
REFUSED = frozenset({Outcome.REJECTED})

StepResult = Literal[
    "key", "no_match", "no_input", "hang_up", "action", "moved", "played", "skipped", "lost", "switch", "not_set",
    "request", "each", "not_said", "listed", "not_listed", "hung_up", "record", "callback", "waited", "sent",
    "keys_sent", "known",
]
OF_A_QUESTION: frozenset[StepResult] = frozenset({"key", "no_match", "no_input", "hang_up", "moved"})
# What callers pass on their way from the key they pressed.
BETWEEN_QUESTIONS: frozenset[StepResult] = frozenset(
    {
        "played", "skipped", "switch", "not_set", "request", "each", "not_said", "listed", "not_listed", "hung_up",
        "record", "callback", "waited", "sent", "keys_sent", "known",
    }
)  # fmt: skip
# What happened on coming to a node, before its own step.
ON_ENTERING: frozenset[StepResult] = frozenset({"not_set", "not_said", "listed", "not_listed", "hung_up"})
# One letter each, for texts that must be short.
STEP_LETTERS: Mapping[StepResult, str] = {
    "key": "k", "no_match": "x", "no_input": "n", "hang_up": "h", "action": "a", "moved": "m", "played": "p",
    "skipped": "s", "lost": "l", "switch": "w", "not_set": "u", "request": "r", "each": "e", "not_said": "q",
    "listed": "i", "not_listed": "o", "hung_up": "g", "record": "c", "callback": "b", "waited": "d",
    "sent": "v", "keys_sent": "y", "known": "f",
}  # fmt: skip
# Between the files of a prompt that has several.
BESIDE = "+"
# Why a digit was not taken: the question does not offer it, or its node does not exist (yet).
Ignored = Literal["not_offered", "no_target"]
# `us`: the menu, an operator or the switch. `caller`: a BYE or CANCEL of the caller.
HungUpBy = Literal["caller", "us", "agent"]
AttemptResult = Literal[
    "answered", "answered_silent", "vanished", "no_answer", "busy", "declined", "unreachable", "cancelled", "error",
    "refused", "elsewhere",
]
_ID_TAIL = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass
class Step:
    """One attempt at a node. `at_ms` counts from the answer; `ms` is how long the question took, from the prompt's
    first sound to the digit, the end of the wait or the hang-up. `prompt` is the file that was played, under the
    prompt directory, or several joined by BESIDE, and `prompt_ms` its length, None when it is not known (keys read
    out, tones). `moved`: an operator sent the call to another node during the question. `skipped`: a message without
    audio. `lost`: the call was at this node when it was lost. `switch`: `key` is the case that was taken and `value`
    what fitted it, None where that has a number of the call in it; neither for what is secret. Of an entry of several
    digits `key` is its name in the menu, such as XXXXX, and `value` the digits, None where they are secret.
    `not_set`: there was no room for the variable `key`, or not all of an answer saved under that name could be kept.
    `request`: `key` is the service, `value` the status of its answer or the word of its failure, of a notice `left`
    or `not_left`. `sent`: `key` is the channel, such as mail:office, and `value` says whether the outbox has the
    message (`left`, `not_left`), or that there is nobody to send it to (`no_recipient`). `each`: `key` is next, done
    or empty, and `value` the number of the element. `listed`: the caller was put on the list `key` for the time
    `value` (`on`: for good, `off`: they were taken off); `not_listed`: they have no number. `hung_up`: the caller had
    hung up, and this is the first of the nodes that followed; `key` is where they were: menu, ringing or talk.
    `callback`: a call to the number `key` was asked for, for the reason `value`; neither where there was no number.
    `waited`: so long (`ms`) in the line `value`; `key` is what ended it: person (somebody answered), no_answer (the
    time was over), full, closed, left (the caller hung up), or the key that was pressed. `keys_sent`: `key` was sent
    to the caller's side. `known`: the question for the language was passed over, since it was known to be `key`, by
    the number called (`value`: number), an earlier call (earlier) or a node of the menu (None). `not_said`: the
    variable `key` could not be said, and its sentence was left out. `record`:
    the caller spoke for `ms`; `key` is what ended it (key, silence, longest, hang_up, or full: the disk), `nothing`
    or `failed`, and `value` the sound's name; `call`: the whole call is recorded from then on, `talk`: the talk of a
    transfer is, `no_talk`: there was none, `no_call`: it could not be. `heard` is the text of a prompt that says
    variables, with their values and without what was left out; it is not known of what was heard before a
    takeover."""

    node: str
    attempt: int
    result: StepResult
    key: str | None
    at_ms: int
    ms: int
    prompt: str | None = None
    prompt_ms: int | None = None
    ignored: Ignored | None = None
    value: str | None = None
    heard: str | None = None

    @property
    def pressed(self) -> str | None:
        """The digits that the caller pressed; of what is secret the name of its entry."""
        return (self.value or self.key) if self.result in OF_A_QUESTION else None

    @property
    def into_prompt_ms(self) -> int | None:
        """How much of the prompt was heard; None when its length is not known."""
        return None if self.prompt_ms is None else min(self.ms, self.prompt_ms)


@dataclass
class AgentAttempt:
    """One attempt to reach the agent `agent` (None: the default one) at one of its targets. `result`: answered,
    answered_silent, vanished, no_answer, busy, declined, unreachable, cancelled, error or refused. `sip_status` is
    the refusal's, `label` the `outcome` of the transfer node, `reported` the agent's X-IVR-Result. `prepare` is the
    result of the prepare URL: ok or the reason why not, None when the agent has none. `sent_on_to`: where the agent
    sent the caller on, which is the next attempt. `tls`: what was wrong with the certificate (tls_verdicts).
    `person`: the person who was rung instead of an agent; `refused`: a number that is not rung, `cause` says why;
    `elsewhere`: another of those who rang at once has the call."""

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
    sent_on_to: str | None = None
    tls: str | None = None
    person: str | None = None


@dataclass
class CallRecord:
    """One call, one record, keyed by `call_id`; `started_at` is the same in everything written about the call, to the
    millisecond. Times are UTC, lengths are milliseconds. `test`: a test call, which reports leave out. `dtmf_type` is
    how digits arrive, as the switch negotiated it: rfc2833, info or none (tones only). `verstat` is what a carrier
    that is believed said about the caller's number (`ivr.domain.verstat`). `trunk` is the name of the one that the
    call came by, as it was then. `outgoing`: the order of a call that we made; its caller is who was called, its
    `did` the number that we called from. `answered_by`: person, machine or unknown, of such a call.
    `language`: the one that the caller has come to, of a menu that speaks several; its code in BCP 47."""

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
    verstat: Verstat | None = None
    trunk: str | None = None
    outgoing: str | None = None
    answered_by: str | None = None
    language: str | None = None

    @property
    def was_unanswered(self) -> bool:
        """Whether it ended before its answer, by a CANCEL for instance: it came to no node of its menu."""
        return self.outcome in UNANSWERED and not before_hang_up(self.path)

    @property
    def talk_ms(self) -> int:
        """Time with agents, from answer to end."""
        return sum(each.talk_ms or 0 for each in self.agent)

    @property
    def menu_ms(self) -> int:
        """Time in the menu: all but the talk, an agent's ringing included. 0 while the call goes on."""
        return max(0, (self.duration_ms or 0) - self.talk_ms)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `path` and `agent` as lists of objects."""
        # Written out, since dataclasses.asdict copies deeply.
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
                    "value": s.value,
                    "heard": s.heard,
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
                    "sent_on_to": a.sent_on_to,
                    "tls": a.tls,
                    "person": a.person,
                }
                for a in self.agent
            ],
            "test": self.test,
            "hung_up_by": self.hung_up_by,
            "dtmf_type": self.dtmf_type,
            "verstat": self.verstat,
            "trunk": self.trunk,
            "outgoing": self.outgoing,
            "answered_by": self.answered_by,
            "language": self.language,
        }


def before_hang_up(path: Sequence[Step]) -> Sequence[Step]:
    """The steps of the caller, without those that followed their hang-up."""
    return path[: next((at for at, step in enumerate(path) if step.result == "hung_up"), len(path))]


def new_id(prefix: str) -> str:
    """A new id such as `call_0199e0c3a5b17f...`: 12 hex digits of milliseconds, then 20 random ones, so ids sort by
    time."""
    tail = (time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10)
    return f"{prefix}_{tail.hex()}"


def find_time_of_id(made: str) -> datetime | None:
    """When `new_id` made this id; None when it did not, or when the time is impossible."""
    _, _, tail = made.rpartition("_")
    if not _ID_TAIL.fullmatch(tail):
        return None
    try:
        return datetime.fromtimestamp(int(tail[:12], 16) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def utc_now() -> datetime:
    return datetime.now(UTC)
