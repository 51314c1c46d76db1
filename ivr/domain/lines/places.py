"""A place in a waiting line, and the order of places.

A step of priority counts as a minute of waiting: a call of priority 5 is served as if it had arrived five minutes
earlier. So the order of two calls never changes, and nobody starves behind calls of a higher priority: who has waited
for MAX_PRIORITY minutes is before everybody who arrives from then on.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_PRIORITY = 60
_STEP_MS = 60_000
_TEXT = re.compile(r"([0-9]{1,2})\.([0-9]{1,15})", re.ASCII)


class Place(NamedTuple):
    """`entered_ms`: when the call first came to this line (epoch milliseconds)."""

    priority: int
    entered_ms: int

    @property
    def score(self) -> int:
        """The lowest is served first."""
        return self.entered_ms - self.priority * _STEP_MS

    def to_text(self) -> str:
        return f"{self.priority}.{self.entered_ms}"


class Waiting(NamedTuple):
    """A call that waits."""

    call_id: str
    place: Place

    @property
    def order(self) -> tuple[int, str]:
        return self.place.score, self.call_id


def read_place(text: str) -> Place:
    """Raises ValueError."""
    found = _TEXT.fullmatch(text)
    if found is None or int(found[1]) > MAX_PRIORITY:
        raise ValueError(f"not a place: {text[:40]!r}")
    return Place(int(found[1]), int(found[2]))
