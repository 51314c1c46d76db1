"""Menus as calls and the cache see them."""

from __future__ import annotations

from typing import Protocol

from ivr.domain.menu.published import PublishedMenu
from ivr.domain.numbers import E164


class MenuSource(Protocol):
    """Where calls get their menus."""

    def find(self, did: str) -> PublishedMenu | None:
        """The menu this DID leads to now; None when it surely leads nowhere. Raises StorageUnavailable only when
        neither the cache nor the machine's last good menus can say."""

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        """The version a call under way is pinned to."""

    def find_ticket(self, dialled: str) -> tuple[PublishedMenu, E164 | None] | None:
        """The menu that a test call tries, and its number if it has one; None when the ticket is unknown or too old.
        Raises StorageUnavailable when the cache does not answer."""



class MenuPublisher(Protocol):
    """Brings the cache in step with Postgres."""

    def publish(self) -> int:
        """Everything that was changed and not published yet goes to the cache, each menu with all its DIDs in one
        MULTI; returns how many menus and DIDs that were. When the cache is away it raises StorageUnavailable; the
        note stays, and the keeper publishes it later."""

