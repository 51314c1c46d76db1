"""Notices: what a call leaves without waiting for it, for a service or, as a message, for a channel. They are sent in
a call's order, until somebody takes them or a day has passed (`ivr.domain.webhooks.retry_after_s`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.domain.channels.names import REFERENCE
from ivr.domain.sealed_headers import is_sealed
from ivr.domain.services import SERVICE_NAME


@dataclass(frozen=True, slots=True)
class Notice:
    """`service` is the name of a service, or the reference of a channel, which has a colon in it. `message_id` is the
    same for every attempt; `sealed` is what is sent as JSON, sealed: it waits on disk and in Postgres."""

    message_id: str
    service: str
    call_id: str
    sealed: str
    left_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "message_id": self.message_id,
            "service": self.service,
            "call_id": self.call_id,
            "sealed": self.sealed,
            "left_at": self.left_at.isoformat(),
        }


def notice_from_json(document: Mapping[str, Any]) -> Notice:
    """The inverse of `to_json`; raises KeyError, TypeError or ValueError."""
    left_at = datetime.fromisoformat(document["left_at"])
    if left_at.tzinfo is None:
        raise ValueError("a time without a time zone")
    notice = Notice(document["message_id"], document["service"], document["call_id"], document["sealed"], left_at)
    is_named = SERVICE_NAME.fullmatch(notice.service) or REFERENCE.fullmatch(notice.service)
    if not is_named or not is_sealed(notice.sealed):
        raise ValueError("not a notice")
    return notice
