"""A verb, whichever system wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verb:
    """`kind` as the builder knows it, `name` as the source calls it. `fields` are its attributes as texts; `inside`
    the verbs within it. `notes`: what of it the reader could not say."""

    kind: str
    name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    inside: Sequence[Verb] = ()
    notes: Sequence[str] = ()

    def text(self, name: str, otherwise: str = "") -> str:
        return self.fields.get(name, otherwise)

    def whole(self, name: str) -> int | None:
        """A field that is a whole number."""
        text = self.fields.get(name, "").strip()
        return int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() else None

    def holds(self, name: str) -> bool:
        """Whether a field says yes."""
        return self.fields.get(name, "").lower() in ("true", "1", "yes")


Documents = Mapping[str, Sequence[Verb]]
