"""What became of each part of a menu that was made elsewhere: carried over, changed, or not carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ivr.domain.errors import IvrError


class NotReadable(IvrError):
    """What was given is of no kind that can be read, or is broken."""

    code = "import_not_readable"


class Fate(StrEnum):
    """What became of a part: `carried` means the same here, `changed` nearly so, `not_carried` has no counterpart."""

    CARRIED = "carried"
    CHANGED = "changed"
    NOT_CARRIED = "not_carried"


@dataclass(frozen=True, slots=True)
class Line:
    """A part by its name and kind in the source, what became of it, and its node. `why` is for people, empty where
    nothing needs to be said."""

    part: str
    kind: str
    fate: Fate
    node: str | None = None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"part": self.part, "kind": self.kind, "fate": self.fate.value, "node": self.node, "why": self.why}


@dataclass(frozen=True, slots=True)
class WantedSound:
    """A recording that the menu plays: its audio name here, and its address or its name there."""

    audio: str
    source: str

    def to_json(self) -> dict[str, Any]:
        return {"audio": self.audio, "source": self.source}


@dataclass(frozen=True, slots=True)
class WantedService:
    """A service that the menu asks, as `POST /services` would take it."""

    name: str
    url: str
    method: str = "POST"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "url": self.url, "method": self.method}


@dataclass(frozen=True, slots=True)
class Imported:
    """A menu as `POST /ivr` takes it, and what is to be known of it. `sounds` are to be uploaded under their names,
    `services` to be made; the texts are to be spoken. `contents`: the sounds that came with the menu, by their audio
    names; they are not in the JSON."""

    source: str
    menu: Mapping[str, Any]
    lines: Sequence[Line]
    sounds: Sequence[WantedSound] = field(default_factory=tuple)
    services: Sequence[WantedService] = field(default_factory=tuple)
    contents: Mapping[str, bytes] = field(default_factory=dict)

    def count(self, fate: Fate) -> int:
        """How many parts of the source came to this."""
        worst: dict[tuple[str, str], Fate] = {}
        order = list(Fate)
        for line in self.lines:
            key = line.part, line.kind
            before = worst.get(key, Fate.CARRIED)
            worst[key] = max(before, line.fate, key=order.index)
        return sum(each is fate for each in worst.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "menu": dict(self.menu),
            "report": [line.to_json() for line in self.lines],
            "counts": {fate.value: self.count(fate) for fate in Fate},
            "sounds": [each.to_json() for each in self.sounds],
            "services": [each.to_json() for each in self.services],
        }
