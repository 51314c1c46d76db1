"""Services as they are stored, and how calls get to know of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.service_definition import Service
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage, NameSort


@dataclass(frozen=True, slots=True)
class StoredService:
    service: Service
    created_at: datetime
    updated_at: datetime


class ServiceStore(Protocol):
    """Services in Postgres. Menus name them; calls use a change once `ServicePublisher.publish` has run."""

    def create(self, service: Service, *, actor: str) -> StoredService:
        """Raises ServiceTaken when the name is in use, and TooManyServices."""

    def find(self, name: str) -> StoredService | None: ...

    def find_to_try(self, name: str, *, actor: str) -> StoredService | None:
        """The service, with an entry in the audit log: it is going to be asked by hand."""

    def existing(self, names: Sequence[str]) -> set[str]:
        """Those of the names that services have."""

    def list(
        self, *, limit: int, cursor: str | None = None, sort: NameSort | None = None, total: bool = False
    ) -> ListPage[StoredService]:
        """By name unless `sort` says otherwise."""

    def edit(self, name: str, change: Callable[[Service], Service], *, actor: str) -> StoredService | None:
        """Read, change and write under a lock; None when there is no such service."""

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Service], object] = accept
    ) -> bool:
        """`check` may refuse the service that is there by an exception. False when there is none of this name. Raises
        ServiceInUse while a menu names it, unless forced: what that menu asks then fails."""


class ServicePublisher(Protocol):
    def publish(self) -> None:
        """Bring what calls read in step with the store. Raises StorageUnavailable."""
