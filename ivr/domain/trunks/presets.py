"""Presets: what carriers and PBXs ask of a trunk, as their documentation says it (`carriers`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple


class Networks(NamedTuple):
    """Networks that calls come from, in CIDR notation; `place`: where they are, as the carrier calls it."""

    place: str
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """`settings`: fields of a trunk's document that are not those of a trunk without a preset. `asks`: fields that
    only the owner of the account can fill. `sources`: the pages that say so, as they were on the day `checked`; none:
    nobody's documentation, but what the kind of peer needs. `steps`: what to do on the other side, in its words."""

    id: str
    title: str
    settings: Mapping[str, Any]
    asks: tuple[str, ...]
    checked: date
    networks: tuple[Networks, ...] = ()
    sources: tuple[str, ...] = ()
    steps: tuple[str, ...] = field(default=())

    def trunk(self) -> dict[str, Any]:
        """The fields of a trunk's document that this preset fills."""
        allowed = [each for place in self.networks for each in place.networks]
        return {**self.settings, **({"allowed": allowed} if allowed else {}), "preset": self.id}

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "trunk": self.trunk(),
            "networks": [{"place": each.place, "networks": list(each.networks)} for each in self.networks],
            "asks": list(self.asks),
            "steps": list(self.steps),
            "sources": list(self.sources),
            "checked": self.checked.isoformat(),
        }
