"""What a target does otherwise than its menu, told of the node that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ivr.domain.conversions import Fate, Line, worst


class Notes:
    def __init__(self) -> None:
        self._part = ""
        self._notes: dict[str, list[tuple[Fate, str]]] = {}

    def at(self, part: str) -> None:
        """What follows is told of this part."""
        self._part = part

    def note(self, why: str, fate: Fate = Fate.CHANGED) -> None:
        """Say this of the part in hand, once."""
        notes = self._notes.setdefault(self._part, [])
        if (fate, why) not in notes:
            notes.append((fate, why))

    def told(self, part: str, kind: str, node: str | None) -> Line:
        """The line of a part."""
        notes = self._notes.get(part, [])
        return Line(part, kind, worst(fate for fate, _ in notes), node, "; ".join(why for _, why in notes))

    def has(self, part: str) -> bool:
        return part in self._notes

    def beside(self, lines: Iterable[Line]) -> Sequence[Line]:
        """These lines with what was noted beside."""
        return tuple(self._with(line) for line in lines)

    def _with(self, line: Line) -> Line:
        notes = self._notes.get(line.part, [])
        whys = [*([line.why] if line.why else []), *(why for _, why in notes)]
        return replace(line, fate=worst((line.fate, *(fate for fate, _ in notes))), why="; ".join(whys))
