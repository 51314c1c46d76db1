"""A menu as a document of another system, and what became of each of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.domain.conversions import Fate, Line, count_fates
from ivr.domain.errors import IvrError


class NotExportable(IvrError):
    """The target cannot hold this menu at all."""

    code = "not_exportable"


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """`proves`: its requests have headers or a signature of their own here."""

    url: str
    method: str = "POST"
    proves: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the menu. `sounds`: the address below which its recordings will lie; empty: texts are
    spoken there. `spoken`: the words of recordings that a voice made. `agents`: an address for each. `site`: where
    this installation can be asked."""

    sounds: str = ""
    spoken: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, ServiceAddress] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    site: str = ""


NOTHING_KNOWN = Around()


@dataclass(frozen=True, slots=True)
class Exported:
    """The document as JSON, and a line for each part of the menu."""

    target: str
    document: Mapping[str, Any]
    lines: Sequence[Line]

    def count(self, fate: Fate) -> int:
        """How many parts of the menu came to this."""
        return count_fates(self.lines)[fate]

    def to_json(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "document": dict(self.document),
            "report": [line.to_json() for line in self.lines],
            "counts": {fate.value: count for fate, count in count_fates(self.lines).items()},
        }
