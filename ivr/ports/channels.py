"""Channels as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.channels.definition import Channel
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage


@dataclass(frozen=True, slots=True)
class StoredChannel:
    channel: Channel
    created_at: datetime
    updated_at: datetime


class ChannelStore(Protocol):
    """Channels in Postgres. Menus name them; the next message goes by a channel as it is then."""

    def create(self, channel: Channel, *, actor: str) -> StoredChannel:
        """Raises ChannelTaken when the name is in use, and TooManyChannels."""

    def find(self, name: str) -> StoredChannel | None: ...

    def find_to_try(self, name: str, *, actor: str) -> StoredChannel | None:
        """The channel, with an entry in the audit log: a message is going to be sent by hand."""

    def existing(self, references: Sequence[str]) -> set[str]:
        """Those of the references, such as `mail:office`, that channels have."""

    def list(self, *, limit: int, cursor: str | None = None) -> ListPage[StoredChannel]:
        """Ordered by name."""

    def edit(self, name: str, change: Callable[[Channel], Channel], *, actor: str) -> StoredChannel | None:
        """Read, change and write under a lock; None when there is no such channel."""

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Channel], object] = accept
    ) -> bool:
        """`check` may refuse the channel that is there by an exception. False when there is none of this name. Raises
        ChannelInUse while a menu names it, unless forced: what that menu sends then waits, and is given up after a
        day."""
