"""The do-not-call list: what is kept of an opt-out.

An entry is never deleted; a second opt-out of the same number is another event of the same entry.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ivr.domain.numbers import E164

# 47 CFR 64.1200(a)(10): honour within ten business days; we do at once and keep both dates.
MUST_HONOUR_WITHIN = timedelta(days=14)

Source = Literal["ani", "keyed", "api", "import", "agent"]


@dataclass(frozen=True, slots=True)
class OptOut:
    """One opt-out event. `event_id` is made at the key press, so writing it twice keeps it once.

    `number` is None when the caller's number was withheld or cannot be one; `number_raw` is as received.
    `ms_into_question` counts from the first frame of the question that offered the key.
    """

    event_id: str
    number: E164 | None
    number_raw: str
    source: Source
    pressed_at: datetime
    call_id: str | None = None
    did: str | None = None
    ivr_id: str | None = None
    ivr_version: int | None = None
    node: str | None = None
    key: str | None = None
    ms_into_question: int | None = None
    actor: str | None = None

    def to_json(self) -> dict[str, Any]:
        document = asdict(self)
        document["pressed_at"] = self.pressed_at.isoformat()
        return document


def opt_out_from_json(document: dict[str, Any]) -> OptOut:
    return OptOut(**{**document, "pressed_at": datetime.fromisoformat(document["pressed_at"])})


def opt_out_id(call_id: str) -> str:
    """A call opts out once, whoever handles it: the id follows from the call."""
    return "optout_" + call_id.removeprefix("call_")
