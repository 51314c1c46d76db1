"""Webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ivr.domain.webhooks import Delivery, DeliveryState, Webhook
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage

Check = Callable[[Webhook], object]


class WebhookStore(Protocol):
    """Webhooks in Postgres; `secret` is sealed by the caller. Every change is audited in its own transaction. A
    method that answers None or False found no such webhook or delivery. `check` may refuse the webhook that is there
    by an exception."""

    def create(self, url: str, events: list[str], ivr_id: str | None, secret: str, *, actor: str) -> Webhook: ...

    def find(self, webhook_id: str) -> Webhook | None: ...

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[Webhook]:
        """Newest first."""

    def edit(
        self, webhook_id: str, changes: Mapping[str, Any], *, actor: str, check: Check = accept
    ) -> Webhook | None:
        """`changes`: field -> value; other fields stay."""

    def rotate(self, webhook_id: str, secret: str, *, actor: str, check: Check = accept) -> Webhook | None:
        """A new secret; the old one signs along for a day."""

    def delete(self, webhook_id: str, *, actor: str, check: Check = accept) -> bool: ...

    def ping(self, webhook_id: str, *, actor: str) -> str | None:
        """The id of the test message."""

    def deliveries(
        self,
        webhook_id: str,
        state: DeliveryState | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ListPage[Delivery]:
        """Newest first; empty where there is no such webhook."""

    def replay(self, webhook_id: str, message_id: str, *, actor: str) -> Delivery | None: ...

    def replay_dead(self, webhook_id: str, *, actor: str) -> int:
        """The number of deliveries that are sent again."""
