"""Lists of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from ivr.domain.number_lists import ListedNumber
from ivr.domain.numbers import E164
from ivr.ports.pages import ListPage


@dataclass(frozen=True, slots=True)
class StoredNumberList:
    """`numbers` counts those whose end has not passed."""

    name: str
    numbers: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredListing:
    """A number on a list, since when, and who put it there."""

    listed: ListedNumber
    added_at: datetime
    added_by: str


class Listed(NamedTuple):
    """How many numbers came onto a list, and how many that were on it got another end or note."""

    added: int
    changed: int


class NumberListStore(Protocol):
    """Lists in Postgres. Calls read a change once `ListedPublisher.publish` has run."""

    def create(self, name: str, *, actor: str) -> StoredNumberList:
        """Raises NumberListTaken when the name is in use."""

    def find(self, name: str) -> StoredNumberList | None: ...

    def existing(self, names: Sequence[str]) -> set[str]:
        """Those of the names that lists have."""

    def list(self, *, limit: int, cursor: str | None = None) -> ListPage[StoredNumberList]:
        """Ordered by name."""

    def delete(self, name: str, *, actor: str, force: bool = False) -> bool:
        """False when there is no such list. Raises NumberListNotEmpty while numbers are on it, unless forced."""

    def put(self, name: str, entries: Sequence[ListedNumber], *, actor: str) -> Listed:
        """Put numbers on a list, each once; those that are on it get this end and note. Raises NumberListNotFound,
        NumberListFull."""

    def remove(self, name: str, number: E164, *, actor: str) -> bool:
        """False when it is not on the list."""

    def find_number(self, name: str, number: E164) -> StoredListing | None: ...

    def numbers(self, name: str, *, limit: int, cursor: str | None = None) -> ListPage[StoredListing]:
        """Ordered by number; those whose end has passed are among them for KEPT_EXPIRED_DAYS. Raises
        NumberListNotFound."""

    def export(self, name: str) -> Iterator[StoredListing]:
        """All of them, in the same order. Raises NumberListNotFound at the first."""


class ListedPublisher(Protocol):
    def publish(self) -> int:
        """Bring what calls read in step; returns how many numbers changed. Raises StorageUnavailable."""
