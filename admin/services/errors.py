"""Refusals of services."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.errors import IvrError
from ivr.domain.problems import Problem


class InvalidService(IvrError):
    """A service with faults that no form tells: `problems` names each."""

    code = "invalid_service"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(each.message for each in problems))
        self.problems = list(problems)
