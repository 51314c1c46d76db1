"""Call-backs: a caller would rather be called than wait. Kept until somebody has called them, or dropped it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal, get_args

from ivr.domain.errors import IvrError
from ivr.domain.numbers import E164

CallbackState = Literal["open", "done", "dropped"]
STATES: tuple[CallbackState, ...] = get_args(CallbackState)
MAX_REASON, MAX_WANTED, MAX_NOTE = 200, 100, 500


class CallbackNotFound(IvrError):
    """No such call-back."""

    code = "callback_not_found"

    def __init__(self, callback_id: str) -> None:
        super().__init__(f"there is no call-back {callback_id[:60]}")


class CallbackSettled(IvrError):
    """A call-back that is done or dropped is not dialled any more."""

    code = "callback_settled"

    def __init__(self, state: str) -> None:
        super().__init__(f"this call-back is {state}; open it again to dial it")


class CallbackOptedOut(IvrError):
    """The caller wants no calls any more: they opted out after they had asked for this one."""

    code = "callback_opted_out"

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} has opted out of calls since this call-back was asked for: drop it")


def id_of_call(call_id: str, place: str) -> str:
    """The id of what a call asked for at this place in it: a worker that comes there again asks for the same."""
    return f"cbk_{blake2b(f'{call_id} {place}'.encode(), digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """`reason` and `wanted` (when the caller would like to be called) are in the menu's words, empty where it gives
    none. `call_id`, `ivr_id` and `node` tell where it comes from; empty where it was not made by a call."""

    callback_id: str
    number: E164
    reason: str
    wanted: str
    asked_at: datetime
    call_id: str = ""
    ivr_id: str = ""
    node: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "callback_id": self.callback_id,
            "number": self.number,
            "reason": self.reason,
            "wanted": self.wanted,
            "asked_at": self.asked_at.isoformat(),
            "call_id": self.call_id,
            "ivr_id": self.ivr_id,
            "node": self.node,
        }


@dataclass(frozen=True, slots=True)
class Callback:
    """A call-back as it stands. `dialled` counts the attempts; `result` is how the last one ended, in words."""

    request: CallbackRequest
    state: CallbackState
    note: str | None
    dialled: int
    dialled_at: datetime | None
    result: str | None
    settled_at: datetime | None
    settled_by: str | None


def callback_from_json(document: Mapping[str, Any]) -> CallbackRequest:
    """The inverse of `to_json`; raises KeyError, TypeError or ValueError."""
    asked_at = datetime.fromisoformat(document["asked_at"])
    if asked_at.tzinfo is None:
        raise ValueError("a time without a time zone")
    return CallbackRequest(**{**document, "asked_at": asked_at})
