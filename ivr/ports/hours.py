"""Opening hours."""

from __future__ import annotations

from collections.abc import Callable
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
    """Opening hours in Postgres, each with the dates of its holidays."""

    def create(self, hours: Hours, *, actor: str) -> StoredHours:
        """Raises HoursTaken when the name is in use."""

    def find(self, name: str) -> StoredHours | None: ...

    def list(self, *, limit: int, cursor: str | None = None) -> ListPage[StoredHours]:
        """Ordered by name."""

    def edit(self, name: str, change: Callable[[Hours], Hours], *, actor: str) -> StoredHours | None:
        """Read, change and write under a lock; None when there are no such hours."""

    def delete(self, name: str, *, actor: str, check: Callable[[Hours], object] = accept) -> bool:
        """`check` may refuse the hours that are there by an exception. False when there are none of this name."""
