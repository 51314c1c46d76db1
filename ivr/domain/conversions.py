"""What became of each part of a menu on its way from or to another system: carried over, changed, or not carried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What became of a part: `carried` means the same, `changed` nearly so, `not_carried` has no counterpart."""

    CARRIED = "carried"
    CHANGED = "changed"
    NOT_CARRIED = "not_carried"


_WORSE = list(Fate)
_MAX_TOLD = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A part by its name and kind in the source, what became of it, and where it stands now: the name of its node, or
    of what another system has for one. `why` is for people, empty where nothing needs to be said."""

    part: str
    kind: str
    fate: Fate
    node: str | None = None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        told = {name: printable(getattr(self, name)) for name in ("part", "kind", "why")}
        return {**told, "fate": self.fate.value, "node": self.node}


def worst(fates: Iterable[Fate]) -> Fate:
    """The worst of them; `carried` where there are none."""
    return max(fates, key=_WORSE.index, default=Fate.CARRIED)


def count_fates(lines: Iterable[Line]) -> dict[Fate, int]:
    """How many parts came to each fate; a part with several lines came to the worst of theirs."""
    by_part: dict[tuple[str, str], Fate] = {}
    for line in lines:
        key = line.part, line.kind
        by_part[key] = worst((by_part.get(key, Fate.CARRIED), line.fate))
    return {fate: sum(each is fate for each in by_part.values()) for fate in Fate}


def printable(text: str, most: int = _MAX_TOLD) -> str:
    """In one line, without what cannot be printed."""
    plain = "".join(each if each.isprintable() else " " for each in text[:most])
    return f"{plain[: most - 1]}…" if len(text) > most else plain
