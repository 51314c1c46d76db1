"""How a waiting line did: how many were served in time, how many gave up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# What ended a wait, as the step `waited` of a call record has it; any other word is the key that was pressed.
PERSON, LEFT, IN_VAIN, FULL, CLOSED = "person", "left", "no_answer", "full", "closed"


class Ended(NamedTuple):
    """Waits that ended like this: how many, how many of them within the time asked for, and their seconds."""

    calls: int = 0
    within: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LineReport:
    """By what ended the wait."""

    ended: Mapping[str, Ended]

    def of(self, how: str) -> Ended:
        return self.ended.get(how, Ended())

    @property
    def by_key(self) -> int:
        return sum(each.calls for how, each in self.ended.items() if how not in (PERSON, LEFT, IN_VAIN, FULL, CLOSED))

    @property
    def waited(self) -> int:
        """Calls that came into the line."""
        return sum(each.calls for how, each in self.ended.items() if how not in (FULL, CLOSED))

    @property
    def service_level(self) -> float | None:
        """Of all calls that came into the line, but those that gave up within the time, the share that somebody
        answered within it; None: there was none."""
        counted = self.waited - self.of(LEFT).within
        return self.of(PERSON).within / counted if counted > 0 else None

    @property
    def abandoned(self) -> float | None:
        """The share of those who hung up while they waited."""
        return self.of(LEFT).calls / self.waited if self.waited else None


def report_of(rows: Sequence[Mapping[str, object]]) -> LineReport:
    """Of rows with `ended`, `count`, `within`, `total_s` and `longest_s`."""
    return LineReport({
        str(row["ended"]): Ended(
            int(str(row["count"])), int(str(row["within"])), float(str(row["total_s"])), float(str(row["longest_s"]))
        )
        for row in rows
    })  # fmt: skip
