"""What callers keyed at the questions of a menu that keep it (`save`). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.numbers import E164


@dataclass(frozen=True, slots=True)
class CallerAnswer:
    """The last answer of a call to the question `node`, which keeps it as the variable `variable`. `caller` is None
    for a withheld number and one that was erased; `started_at` is when the call began."""

    call_id: str
    started_at: datetime
    caller: E164 | None
    version: int
    node: str
    variable: str
    answer: str


@dataclass(frozen=True, slots=True)
class QuestionCounts:
    """`answered`: how many calls have an answer to this question; `answers`: the most frequent ones, each with the
    number of calls; `others`: calls with any other answer."""

    node: str
    variable: str
    answered: int
    answers: Sequence[tuple[str, int]]

    @property
    def others(self) -> int:
        return self.answered - sum(calls for _, calls in self.answers)
