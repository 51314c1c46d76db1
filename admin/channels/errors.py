"""Refusals of channels."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.errors import IvrError
from ivr.domain.problems import Problem


class InvalidChannel(IvrError):
    """A channel with faults that no form tells: `problems` names each."""

    code = "invalid_channel"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(each.message for each in problems))
        self.problems = list(problems)
