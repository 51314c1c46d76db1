"""Two measurements of the same scenarios, side by side. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tests.devswitch.scenarios import Scenario

Happenings = list[tuple[str, float]]

# Differences that are there for a reason; a scenario listed here that does not differ any more is reported too.
KNOWN: dict[str, str] = {}


@dataclass(frozen=True)
class Row:
    """worst_ms: the largest difference of a reply's time; None where the replies differ."""

    name: str
    differs: str
    worst_ms: float | None
    within_ms: float
    known: str = ""

    @property
    def is_same(self) -> bool:
        return not self.differs and self.worst_ms is not None and self.worst_ms <= self.within_ms

    @property
    def is_explained(self) -> bool:
        return self.is_same or bool(self.known)


def compare(scenario: Scenario, there: Happenings, here: Happenings) -> Row:
    """there: FreeSWITCH; here: the development switch."""
    known = KNOWN.get(scenario.name, "")
    if [what for what, _ in there] != [what for what, _ in here]:
        return Row(scenario.name, _first_difference(there, here), None, scenario.within_ms, known)
    times = [
        abs(theirs - ours)
        for (what, theirs), (_, ours) in zip(there, here, strict=True)
        if not what.startswith(("notice", "closed"))
    ]
    # The first happening is the connection itself, whose time is that of the SIP on the way.
    return Row(scenario.name, "", max(times[1:], default=0.0), scenario.within_ms, known)


def _first_difference(there: Happenings, here: Happenings) -> str:
    for at in range(max(len(there), len(here))):
        theirs = there[at][0] if at < len(there) else "nothing"
        ours = here[at][0] if at < len(here) else "nothing"
        if theirs != ours:
            return f"{at + 1}. {theirs!r} there, {ours!r} here"
    return ""
