"""A field that is one of a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.fields import Fault, Field


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """`options`: each word, and what people read for it; the first is meant where the field is absent."""

    type: ClassVar[str] = "choice"

    options: tuple[tuple[str, str], ...]

    def read(self, value: Any, fault: Fault) -> Any:
        words = [word for word, _ in self.options]
        if not isinstance(value, str) or value not in words:
            fault(f"invalid_{self.name}", f"{self.name} is one of {', '.join(words)}", self.name)
        return value

    def schema(self) -> dict[str, Any]:
        words = [word for word, _ in self.options]
        return self._described({"type": "string", "enum": words, "default": words[0]})

    def limits(self) -> dict[str, Any]:
        return {"options": [{"id": word, "label": label} for word, label in self.options]}
