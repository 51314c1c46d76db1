"""What a menu did to a list of numbers: put a caller on it, or took them off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.domain.number_lists import LIST_NAME
from ivr.domain.numbers import E164


@dataclass(frozen=True, slots=True)
class ListingEvent:
    """`until` None: for good. `node` is that of the menu `ivr_id` which did it, in this call."""

    event_id: str
    list_name: str
    number: E164
    is_on: bool
    until: datetime | None
    at: datetime
    call_id: str
    ivr_id: str
    node: str

    @property
    def actor(self) -> str:
        """For the audit log, and for who looks at the list."""
        return f"{self.ivr_id}/{self.node}"

    def to_json(self) -> dict[str, Any]:
        return {
            "event_id": self.event_id,
            "list_name": self.list_name,
            "number": self.number,
            "is_on": self.is_on,
            "until": None if self.until is None else self.until.isoformat(),
            "at": self.at.isoformat(),
            "call_id": self.call_id,
            "ivr_id": self.ivr_id,
            "node": self.node,
        }


def listing_event_from_json(document: Mapping[str, Any]) -> ListingEvent:
    """The inverse of `to_json`; raises KeyError, TypeError or ValueError."""
    values = dict(document)
    until = values.pop("until")
    event = ListingEvent(
        **{**values, "until": None if until is None else _moment(until), "at": _moment(document["at"])}
    )
    if not LIST_NAME.fullmatch(event.list_name):
        raise ValueError("not the name of a list")
    return event


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment
