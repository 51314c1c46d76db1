"""The events of do-not-call lists: opt-outs and releases.

An entry is never deleted; a second opt-out of the same number is another event of the same entry, and so is a
release. Events are chained (`ivr.domain.dnc.chain`).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ivr.domain.numbers import E164
from ivr.domain.verstat import Verstat

# 47 CFR 64.1200(a)(10): to be honoured within ten business days. It is honoured at once, and both dates are kept.
MUST_HONOUR_WITHIN = timedelta(days=14)

Source = Literal["ani", "keyed", "api", "import", "agent"]
EventKind = Literal["opt_out", "release"]
# Which checks a list counts in: all, those for one seller, or those that name it.
ListScope = Literal["all", "seller", "list"]

DEFAULT_LIST = "default"
LIST_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class OptOut:
    """One opt-out event. `event_id` is made at the key press, so writing it twice keeps it once.

    `number` is None when the caller's number was withheld or cannot be one; `number_raw` is as received.
    `ms_into_question` counts from the first frame of the question that offered the digit; `prompt_file` is what was
    played (its name is the hash of its content) and `prompt_text` its words, when they are known. `verstat` is what a
    carrier said about the number; no opt-out depends on it. `language` is that of the caller, in which the prompt was
    heard, in a menu that says which languages it speaks.
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
    list_id: str = DEFAULT_LIST
    prompt_file: str | None = None
    prompt_text: str | None = None
    verstat: Verstat | None = None
    language: str | None = None

    def to_json(self) -> dict[str, Any]:
        document = asdict(self)
        document["pressed_at"] = self.pressed_at.isoformat()
        return document


@dataclass(frozen=True, slots=True)
class DncEvent:
    """An event in its list's chain. `seq` counts from 1 without a gap, in the order of recording; `pressed_at` is
    when it happened, `effective_at` from when on it counts, `honour_by` the law's deadline. A release has `actor`
    and `reason`."""

    list_id: str
    seq: int
    event_id: str
    kind: EventKind
    number: str | None
    number_raw: str
    source: Source
    pressed_at: datetime
    effective_at: datetime
    honour_by: datetime
    recorded_at: datetime
    call_id: str | None
    did: str | None
    ivr_id: str | None
    ivr_version: int | None
    node: str | None
    key: str | None
    ms_into_question: int | None
    prompt_file: str | None
    prompt_text: str | None
    actor: str | None
    reason: str | None
    verstat: str | None
    language: str | None
    previous_hash: str
    hash: str


def opt_out_from_json(document: dict[str, Any]) -> OptOut:
    return OptOut(**{**document, "pressed_at": datetime.fromisoformat(document["pressed_at"])})


def opt_out_id(call_id: str) -> str:
    """The event id of a call's opt-out: derived from the call, so that it opts out once whichever worker has it."""
    return "optout_" + call_id.removeprefix("call_")


def keyed_id(event_id: str) -> str:
    """The event that gives a number to an opt-out without one: the number that the caller keyed afterwards."""
    return event_id + "_keyed"
