"""Trunks as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.trunks.model import Trunk
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage, NameSort


@dataclass(frozen=True, slots=True)
class StoredTrunk:
    trunk: Trunk
    created_at: datetime
    updated_at: datetime


class TrunkStore(Protocol):
    """Trunks in Postgres. A number comes by one of them at most."""

    def create(self, trunk: Trunk, *, actor: str) -> StoredTrunk:
        """Raises TrunkTaken when the name is in use, NumberOnOtherTrunk, and TooManyTrunks."""

    def find(self, name: str) -> StoredTrunk | None: ...

    def list(
        self, *, limit: int, cursor: str | None = None, sort: NameSort | None = None, total: bool = False
    ) -> ListPage[StoredTrunk]:
        """By name unless `sort` says otherwise."""

    def all(self) -> Sequence[Trunk]:
        """Ordered by name."""

    def last_call_at(self, name: str) -> datetime | None:
        """When the newest call began that came by this trunk."""

    def edit(self, name: str, change: Callable[[Trunk], Trunk], *, actor: str) -> StoredTrunk | None:
        """Read, change and write under a lock; None when there is no such trunk. Raises NumberOnOtherTrunk."""

    def delete(self, name: str, *, actor: str, check: Callable[[Trunk], object] = accept) -> bool:
        """`check` may refuse the trunk that is there by an exception. False when there is none of this name."""
