"""Presets: what vendors of agents ask of a call, as their documentation says it (`vendors`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class AgentPreset:
    """`uri`: the form of its address, in which `<...>` is for the owner of the account to fill in: no such text is an
    address. `settings`: fields of an agent that are not those of an agent without a preset. `codecs`: those
    that its pages name. `reads`: what becomes of the headers of the INVITE; `answers`: when it answers, and what it
    refuses. `sources`: the pages that say so, as they were on the day `checked`; none: nobody's documentation."""

    id: str
    title: str
    uri: str
    settings: Mapping[str, Any]
    codecs: tuple[str, ...]
    reads: str
    answers: str
    steps: tuple[str, ...]
    checked: date
    sources: tuple[str, ...] = ()

    def agent(self) -> dict[str, Any]:
        """The fields of a body of POST /agents that this preset fills."""
        return {"targets": [{"uri": self.uri}], **self.settings}

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "agent": self.agent(),
            "codecs": list(self.codecs),
            "reads": self.reads,
            "answers": self.answers,
            "steps": list(self.steps),
            "sources": list(self.sources),
            "checked": self.checked.isoformat(),
        }
