"""Webhooks: what one may hear of, and when a delivery that failed is tried again."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

WebhookEvent = Literal[
    "call.ended", "call.transferred", "dnc.added", "dnc.imported", "ivr.changed", "agent.unreachable"
]
EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)
PING = "ping"

DeliveryState = Literal["waiting", "delivered", "dead"]

# After each failure so long, give or take a fifth: a day in all. Then the delivery is dead, and can be replayed.
RETRY_AFTER_S = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)
JITTER = 0.2
# A worker that failed may be followed by one that goes on with the call: what is sent is how it stands then.
UNSURE_WAIT_S = 30
# A secret that was replaced signs along for so long.
ROTATION_S = 24 * 3600
# An agent's address that cannot be had is told once in so long, and not with every call.
UNREACHABLE_EVERY_S = 600


def retry_after_s(attempts: int, chance: float | None = None) -> float | None:
    """Seconds to the next try after so many failed ones, None when there is none. `chance` is in [0, 1)."""
    if attempts > len(RETRY_AFTER_S):
        return None
    spread = random.random() if chance is None else chance  # noqa: S311 - it spreads load, it protects nothing
    return RETRY_AFTER_S[attempts - 1] * (1 + JITTER * (2 * spread - 1))


@dataclass(frozen=True, slots=True)
class WebhookNote:
    """Something that happened, for whoever wants to hear of it. The same `message_id` again is the same thing. What
    is told of `subject` is read when it is first sent, unless `data` says it."""

    message_id: str
    event: str
    subject: str
    ivr_id: str | None = None
    data: Mapping[str, Any] | None = None
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who wants to hear. `ivr_id`: of this menu alone, as far as an event has to do with one. Its secret is kept
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
    """One message to one webhook. `status` and `error` are of the last try; `error` is one word."""

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
    """What the end of a call, as the journal has it, is to be heard of. A test call is nobody's."""
    if document.get("test"):
        return []
    call_id, ivr_id = document["call_id"], document.get("ivr_id")
    notes = [end_of_call(document)]
    if document["outcome"] == "transferred":
        notes.append(WebhookNote(f"msg_transfer_{call_id}", "call.transferred", call_id, ivr_id))
    away = [each for each in document["agent"] if each["result"] in ("unreachable", "answered_silent")]
    return notes + [_unreachable(document, each) for each in away]


def end_of_call(document: Mapping[str, Any]) -> WebhookNote:
    """Told once of each call, whatever else comes of it."""
    call_id = document["call_id"]
    unsure = UNSURE_WAIT_S if document["outcome"] in ("failed", "lost") else 0
    return WebhookNote(f"msg_end_{call_id}", "call.ended", call_id, document.get("ivr_id"), wait_s=unsure)


def _unreachable(document: Mapping[str, Any], attempt: Mapping[str, Any]) -> WebhookNote:
    ended = datetime.fromisoformat(document["ended_at"]).timestamp() if document["ended_at"] else 0.0
    # A journal of an earlier version may know less of an attempt.
    shown = {name: attempt.get(name) for name in ("uri", "result", "cause", "sip_status")}
    return WebhookNote(
        f"msg_agent_{int(ended // UNREACHABLE_EVERY_S)}_{hashlib.sha256(attempt['uri'].encode()).hexdigest()[:16]}",
        "agent.unreachable",
        attempt["uri"],
        document.get("ivr_id"),
        {"agent": attempt.get("agent"), **shown, "call_id": document["call_id"]},
    )
