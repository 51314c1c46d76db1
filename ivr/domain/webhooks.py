"""Webhooks: their events, the order of their messages, and when a failed delivery is tried again.

Messages with the same `order_key` reach a webhook one after the other: while one of them waits, for its first attempt
or for the next, those behind it wait, too. A dead one holds up nothing.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

WebhookEvent = Literal[
    "call.ended",
    "call.transferred",
    "outgoing.ended",
    "dnc.added",
    "dnc.released",
    "dnc.imported",
    "ivr.changed",
    "agent.unreachable",
    "line.entered",
    "line.left",
    "line.abandoned",
    "trunk.away",
    "trunk.back",
    "chain.signed",
]
EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)
PING = "ping"

DeliveryState = Literal["waiting", "delivered", "dead"]

# The pause after each failure, give or take a fifth: a day in all. Then the delivery is dead, and can be replayed.
RETRY_AFTER_S = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)
JITTER = 0.2
# A delivery that others wait for is tried at least this often, so that they follow soon after the receiver is back.
# It is dead after a day by the clock, and so is each of them.
LONGEST_ORDERED_WAIT_S = 600
GIVE_UP_AFTER_S = sum(RETRY_AFTER_S)
# A call whose worker failed may be taken over, so its event waits this long and then has the newest record.
UNSURE_WAIT_S = 30
# A replaced secret goes on signing, too, for this long.
ROTATION_S = 24 * 3600
# An unreachable target is reported once in this time, not with every call.
UNREACHABLE_EVERY_S = 600


def retry_after_s(
    attempts: int, chance: float | None = None, *, ordered: bool = False, waited_s: float = 0
) -> float | None:
    """Seconds to the next attempt after this number of failed ones; None: there is none. `chance` is in [0, 1).
    `ordered`: others may wait for this delivery; `waited_s` is the time since it was noted."""
    spread = random.random() if chance is None else chance  # noqa: S311 - it spreads load, it protects nothing
    factor = 1 + JITTER * (2 * spread - 1)
    if ordered:
        wait_s = min(RETRY_AFTER_S[min(attempts, len(RETRY_AFTER_S)) - 1], LONGEST_ORDERED_WAIT_S)
        return None if waited_s >= GIVE_UP_AFTER_S else wait_s * factor
    return None if attempts > len(RETRY_AFTER_S) else RETRY_AFTER_S[attempts - 1] * factor


def state_after(
    attempts: int, *, taken: bool, refused: bool = False, ordered: bool = False, waited_s: float = 0
) -> tuple[DeliveryState, float]:
    """What a message is after this number of attempts, the last of which the receiver has taken or not, and the
    seconds to the next. `refused`: it wants no other attempt. The rest as for `retry_after_s`."""
    if taken:
        return "delivered", 0
    wait_s = None if refused else retry_after_s(attempts, ordered=ordered, waited_s=waited_s)
    return ("dead", 0) if wait_s is None else ("waiting", wait_s)


@dataclass(frozen=True, slots=True)
class WebhookNote:
    """An event to deliver. Two notes with the same `message_id` are the same event. The message's data is the record
    of the call `subject` when it is first sent, unless `data` has it. `unless_noted`: a message after which this one
    would come too late."""

    message_id: str
    event: str
    subject: str
    ivr_id: str | None = None
    data: Mapping[str, Any] | None = None
    wait_s: int = 0
    order_key: str | None = None
    unless_noted: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver of events. `ivr_id`: only events of this menu, where an event belongs to one. Its secret is kept
    sealed; `why_inactive` says who switched it off."""

    webhook_id: str
    url: str
    events: Sequence[str]
    ivr_id: str | None
    active: bool
    why_inactive: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook. `status` and `error` are the last attempt's; `error` is one word."""

    message_id: str
    event: str
    subject: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime | None
    tried_at: datetime | None
    status: int | None
    error: str | None
    took_ms: int | None


def notes_of_call(document: Mapping[str, Any]) -> list[WebhookNote]:
    """The events of a call's end, from the record in the journal; a test call has none."""
    if document.get("test"):
        return []
    notes = []
    if any(each["result"] == "answered" for each in document["agent"]):
        notes.append(hand_off_of_call(document["call_id"], document.get("ivr_id")))
    notes.append(end_of_call(document))
    away = [each for each in document["agent"] if each["result"] in ("unreachable", "answered_silent", "vanished")]
    return notes + [_unreachable(document, each) for each in away]


def hand_off_of_call(call_id: str, ivr_id: str | None) -> WebhookNote:
    """Noted once of each call, when its agent has answered or at its end, and never after its end."""
    return WebhookNote(
        f"msg_transfer_{call_id}",
        "call.transferred",
        call_id,
        ivr_id,
        order_key=f"call {call_id}",
        unless_noted=f"msg_end_{call_id}",
    )


def end_of_call(document: Mapping[str, Any]) -> WebhookNote:
    """The event that every call has once."""
    call_id = document["call_id"]
    unsure = UNSURE_WAIT_S if document["outcome"] in ("failed", "lost") else 0
    return WebhookNote(
        f"msg_end_{call_id}",
        "call.ended",
        call_id,
        document.get("ivr_id"),
        wait_s=unsure,
        order_key=f"call {call_id}",
    )


def _unreachable(document: Mapping[str, Any], attempt: Mapping[str, Any]) -> WebhookNote:
    ended_at = document["ended_at"]
    window = int(datetime.fromisoformat(ended_at).timestamp()) // UNREACHABLE_EVERY_S if ended_at else 0
    # A journal of an earlier version may have fewer fields of an attempt.
    shown = {name: attempt.get(name) for name in ("uri", "result", "cause", "sip_status")}
    return WebhookNote(
        f"msg_agent_{window}_{hashlib.sha256(attempt['uri'].encode()).hexdigest()[:16]}",
        "agent.unreachable",
        attempt["uri"],
        document.get("ivr_id"),
        {"agent": attempt.get("agent"), **shown, "call_id": document["call_id"]},
    )
