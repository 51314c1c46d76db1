"""What became of each part of a menu that was made elsewhere: carried over, changed, or not carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.domain.conversions import Fate, Line, count_fates, printable
from ivr.domain.errors import IvrError

__all__ = ["Fate", "Imported", "Line", "NotReadable", "WantedService", "WantedSound"]

MAX_LINES = 2000
_MAX_ADDRESS = 2000


class NotReadable(IvrError):
    """What was given is of no kind that can be read, or is broken."""

    code = "import_not_readable"


@dataclass(frozen=True, slots=True)
class WantedSound:
    """A recording that the menu plays: its audio name here, and its address or its name there."""

    audio: str
    source: str

    def to_json(self) -> dict[str, Any]:
        return {"audio": self.audio, "source": printable(self.source, _MAX_ADDRESS)}


@dataclass(frozen=True, slots=True)
class WantedService:
    """A service that the menu asks, as `POST /services` would take it."""

    name: str
    url: str
    method: str = "POST"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "url": printable(self.url, _MAX_ADDRESS), "method": printable(self.method)}


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
        return count_fates(self.lines)[fate]

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
