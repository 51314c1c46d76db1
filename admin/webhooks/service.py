"""Webhooks: their secrets are made here, shown once and kept sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.signing import new_secret
from ivr.domain.webhooks import Delivery, DeliveryState, Webhook
from ivr.ports.pages import ListPage
from ivr.secrets import Sealer
from ivr.storage.postgres.webhooks import PostgresWebhooks


@dataclass(frozen=True)
class WebhookService:
    store: PostgresWebhooks
    sealer: Sealer

    def create(self, url: str, events: list[str], ivr_id: str | None, *, actor: str) -> tuple[Webhook, str]:
        """The webhook and its secret."""
        secret = new_secret()
        return self.store.create(url, sorted(set(events)), ivr_id, self.sealer.seal(secret), actor=actor), secret

    def rotate(self, webhook_id: str, *, actor: str) -> tuple[Webhook, str] | None:
        secret = new_secret()
        webhook = self.store.rotate(webhook_id, self.sealer.seal(secret), actor=actor)
        return None if webhook is None else (webhook, secret)

    def edit(self, webhook_id: str, changes: Mapping[str, Any], *, actor: str) -> Webhook | None:
        return self.store.edit(webhook_id, changes, actor=actor)

    def find(self, webhook_id: str) -> Webhook | None:
        return self.store.find(webhook_id)

    def list(self, limit: int, cursor: str | None) -> ListPage[Webhook]:
        return self.store.list(limit=limit, cursor=cursor)

    def delete(self, webhook_id: str, *, actor: str) -> bool:
        return self.store.delete(webhook_id, actor=actor)

    def ping(self, webhook_id: str, *, actor: str) -> str | None:
        return self.store.ping(webhook_id, actor=actor)

    def deliveries(
        self, webhook_id: str, state: DeliveryState | None, limit: int, cursor: str | None
    ) -> ListPage[Delivery] | None:
        """None when there is no such webhook."""
        if self.store.find(webhook_id) is None:
            return None
        return self.store.deliveries(webhook_id, state, limit=limit, cursor=cursor)

    def replay(self, webhook_id: str, message_id: str, *, actor: str) -> Delivery | None:
        return self.store.replay(webhook_id, message_id, actor=actor)

    def replay_dead(self, webhook_id: str, *, actor: str) -> int | None:
        return None if self.store.find(webhook_id) is None else self.store.replay_dead(webhook_id, actor=actor)
