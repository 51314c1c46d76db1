"""Menus as calls and the cache see them."""

from __future__ import annotations

from typing import Protocol

from ivr.domain.menu.published import AssignedMenu, PublishedMenu
from ivr.domain.tickets import Ticket


class MenuSource(Protocol):
    """Where calls get their menus."""

    def find(self, did: str) -> AssignedMenu | None:
        """The menu of this DID now; None when the DID certainly has none. Raises StorageUnavailable only when neither
        the cache nor the machine's last good menus can tell."""

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        """The version that a call in progress began with."""

    def find_ticket(self, dialled: str) -> tuple[PublishedMenu, Ticket] | None:
        """The menu of a test call or of a call that we make, and its ticket; None when the ticket is unknown or too
        old. Raises StorageUnavailable when the cache does not answer."""



class MenuPublisher(Protocol):
    """Brings the cache in step with Postgres."""

    def publish(self) -> int:
        """Write every unpublished change to the cache, each menu with all its DIDs in one MULTI; returns the number
        of menus and DIDs. Raises StorageUnavailable when the cache is away; the note stays, and the keeper
        publishes it later."""

