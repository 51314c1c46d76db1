"""Mail of the installation itself: links for passwords and addresses, alerts, reports."""

from __future__ import annotations

from typing import Protocol


class SystemMailStore(Protocol):
    """Which channel it goes by, and the outbox that it waits in: messages for channels are sent by the keeper, and
    tried again for a day."""

    def channel(self) -> str | None:
        """The name of the mail channel that was chosen; None: none was, or it is gone."""

    def choose(self, channel: str | None, *, actor: str) -> None:
        """Mail of the installation goes by this channel from now on; None: by none, and none is sent."""

    def post(self, channel: str, message_id: str, sealed: str) -> None:
        """Put a message (`ivr.domain.channels.message`) into the outbox, for this mail channel."""
