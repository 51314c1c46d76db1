"""Opening hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.hours.model import Hours
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage


@dataclass(frozen=True, slots=True)
class StoredHours:
    hours: Hours
    created_at: datetime
    updated_at: datetime


class HoursStore(Protocol):
    """Opening hours in Postgres, each with the dates of its holidays. A change gives each menu that asks them a new
    version, in the same transaction. Calls use it once `MenuPublisher.publish` has run."""

    def create(self, hours: Hours, *, actor: str) -> StoredHours:
        """Raises HoursTaken when the name is in use."""

    def find(self, name: str) -> StoredHours | None: ...

    def existing(self, names: Sequence[str]) -> set[str]:
        """Those of the names that hours have."""

    def list(self, *, limit: int, cursor: str | None = None) -> ListPage[StoredHours]:
        """Ordered by name."""

    def edit(self, name: str, change: Callable[[Hours], Hours], *, actor: str) -> StoredHours | None:
        """Read, change and write under a lock; None when there are no such hours."""

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Hours], object] = accept
    ) -> bool:
        """`check` may refuse the hours that are there by an exception. False when there are none of this name. Raises
        HoursInUse while a menu asks them, unless forced: then that menu's switches take their default."""
