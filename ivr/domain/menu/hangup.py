"""An end: plays its prompt and hangs up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.menu.ending import EndNode
from ivr.domain.menu.node import Mark, Surroundings
from ivr.domain.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupNode(EndNode):
    kind: ClassVar[str] = "hangup"
    mark: ClassVar[Mark] = Mark("action", "hangup")
    label: ClassVar[str] = "Hang up"
    new_id: ClassVar[str] = "goodbye"
    needs_no_caller: ClassVar[bool] = True

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        """Nothing: an end without a prompt just ends."""
        return iter(())
