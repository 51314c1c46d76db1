"""An end: puts the caller on the do-not-call list, says so, and hangs up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.menu.ending import EndNode
from ivr.domain.menu.node import Mark, Surroundings
from ivr.domain.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressNode(EndNode):
    kind: ClassVar[str] = "suppress"
    mark: ClassVar[Mark] = Mark("action", "suppress")
    label: ClassVar[str] = "Opt-out"
    new_id: ClassVar[str] = "opt_out"

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        """Nothing: whether callers find the opt-out depends on the questions before it (`lint_opt_out`)."""
        return iter(())
