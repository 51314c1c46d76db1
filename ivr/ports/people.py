"""People as they are stored, and how calls get to know of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.people.model import Person
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage, NameSort


@dataclass(frozen=True, slots=True)
class StoredPerson:
    person: Person
    created_at: datetime
    updated_at: datetime


class PersonStore(Protocol):
    """People in Postgres. Calls use a change once `PeoplePublisher.publish` has run."""

    def create(self, person: Person, *, actor: str) -> StoredPerson:
        """Raises PersonTaken when the name is in use, and TooManyPeople."""

    def find(self, name: str) -> StoredPerson | None: ...

    def list(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        group: str | None = None,
        sort: NameSort | None = None,
        total: bool = False,
    ) -> ListPage[StoredPerson]:
        """By name unless `sort` says otherwise; `group`: those in it alone."""

    def groups(self) -> dict[str, int]:
        """How many are in each group, by its name."""

    def edit(self, name: str, change: Callable[[Person], Person], *, actor: str) -> StoredPerson | None:
        """Read, change and write under a lock; None when there is no such person."""

    def delete(self, name: str, *, actor: str, check: Callable[[Person], object] = accept) -> bool:
        """`check` may refuse the person who is there by an exception. False when there is none of this name."""


class PeoplePublisher(Protocol):
    def publish(self) -> None:
        """Bring what calls read in step with the store. Raises StorageUnavailable."""
