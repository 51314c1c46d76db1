"""What became of each part of a menu that was made elsewhere: carried over, changed, or not carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ivr.domain.errors import IvrError

MAX_LINES = 2000
_MAX_TOLD = 400
_MAX_ADDRESS = 2000


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
        told = {name: _plain(getattr(self, name)) for name in ("part", "kind", "why")}
        return {**told, "fate": self.fate.value, "node": self.node}


@dataclass(frozen=True, slots=True)
class WantedSound:
    """A recording that the menu plays: its audio name here, and its address or its name there."""

    audio: str
    source: str

    def to_json(self) -> dict[str, Any]:
        return {"audio": self.audio, "source": _plain(self.source, _MAX_ADDRESS)}


@dataclass(frozen=True, slots=True)
class WantedService:
    """A service that the menu asks, as `POST /services` would take it."""

    name: str
    url: str
    method: str = "POST"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "url": _plain(self.url, _MAX_ADDRESS), "method": _plain(self.method)}


@dataclass(frozen=True, slots=True)
class Imported:
    """A menu as `POST /ivr` takes it, and what is to be known of it. `sounds` are to be uploaded under their names,
    `services` to be made; the texts are to be spoken."""

    source: str
    menu: Mapping[str, Any]
    lines: Sequence[Line]
    sounds: Sequence[WantedSound] = field(default_factory=tuple)
    services: Sequence[WantedService] = field(default_factory=tuple)

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
        return {"source": self.source, "menu": dict(self.menu), **self.report_json()}

    def report_json(self) -> dict[str, Any]:
        """The report beside the menu, bounded: of more than MAX_LINES lines those that changed nothing go first."""
        return {
            "report": [line.to_json() for line in self._shown()],
            "counts": {fate.value: self.count(fate) for fate in Fate},
            "sounds": [each.to_json() for each in self.sounds],
            "services": [each.to_json() for each in self.services],
        }

    def _shown(self) -> Sequence[Line]:
        if len(self.lines) <= MAX_LINES:
            return self.lines
        telling = [line for line in self.lines if line.fate is not Fate.CARRIED or line.why]
        return telling[:MAX_LINES]


def _plain(text: str, most: int = _MAX_TOLD) -> str:
    """In one line, without what cannot be printed."""
    plain = "".join(each if each.isprintable() else " " for each in text[:most])
    return f"{plain[: most - 1]}…" if len(text) > most else plain
