"""The dashboard: a day's calls so far, what an installation has already, and what each person put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ivr.domain.reports.so_far import DaySoFar
from ivr.domain.reports.usage import Spent


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The calls of a day that were answered and are over, without test calls, until its `until`; `hours` has those of
    the whole day by the hour on the clock. `qualified`: callers whom the menu led to an agent, whether somebody
    answered or not."""

    spent: Spent = field(default_factory=Spent)
    qualified: int = 0
    opted_out: int = 0
    hours: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class SetUp:
    """What there is already. `number`: one that is assigned to a menu, other than the fictitious ones (555-01xx);
    `opt_out`: a menu with a number has a way to ask for no more calls. `menu_id`: the newest menu."""

    number: bool = False
    menu: bool = False
    voice: bool = False
    agent: bool = False
    opt_out: bool = False
    test_call: bool = False
    menu_id: str | None = None


class DashboardStore(Protocol):
    def day(self, day: DaySoFar) -> DayFigures: ...

    def set_up(self) -> SetUp: ...

    def has_put_away(self, actor: str, what: str) -> bool:
        """Whether this user or API key wants to see it no more."""

    def put_away(self, actor: str, what: str) -> None: ...
