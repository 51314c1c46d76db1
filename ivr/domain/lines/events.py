"""What webhooks are told of a waiting line: a call came to it, left it, or was given up by its caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ivr.domain.webhooks import WebhookNote

LineEventName = Literal["line.entered", "line.left", "line.abandoned"]


@dataclass(frozen=True, slots=True)
class LineEvent:
    """`ended`: what ended the wait, as in the call record's step `waited`; `number` is the caller's."""

    event: LineEventName
    line: str
    call_id: str
    ivr_id: str
    node: str
    number: str | None
    priority: int
    entered_ms: int
    at: datetime
    waited_ms: int = 0
    ended: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "line": self.line,
            "call_id": self.call_id,
            "ivr_id": self.ivr_id,
            "node": self.node,
            "number": self.number,
            "priority": self.priority,
            "entered_ms": self.entered_ms,
            "at": self.at.isoformat(),
            "waited_ms": self.waited_ms,
            "ended": self.ended,
        }

    def note(self) -> WebhookNote:
        """One message for each, however often the journal is read."""
        last = self.event.partition(".")[2]
        told = self.to_json()
        del told["event"], told["entered_ms"]
        return WebhookNote(
            f"msg_line_{last}_{self.entered_ms}_{self.call_id}",
            self.event,
            self.call_id,
            self.ivr_id or None,
            told,
            order_key=f"call {self.call_id}",
        )


def line_event_from_json(document: Mapping[str, Any]) -> LineEvent:
    """The inverse of `to_json`; raises KeyError, TypeError or ValueError."""
    at = datetime.fromisoformat(document["at"])
    if at.tzinfo is None:
        raise ValueError("a time without a time zone")
    return LineEvent(**{**document, "at": at})
