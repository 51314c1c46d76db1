"""Webhooks: their secrets are made here, shown once and stored sealed."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.domain.signing import new_secret
from ivr.domain.webhooks import Delivery, DeliveryState, Webhook
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage
from ivr.ports.webhooks import Check, WebhookStore
from ivr.secrets import Sealer


@dataclass(frozen=True)
class WebhookService:
    store: WebhookStore
    sealer: Sealer

    def create(self, url: str, events: list[str], ivr_id: str | None, *, actor: str) -> tuple[Webhook, str]:
        """The webhook and its secret."""
        secret = new_secret()
        return self.store.create(url, sorted(set(events)), ivr_id, self.sealer.seal(secret), actor=actor), secret

    def rotate(self, webhook_id: str, *, actor: str, check: Check = accept) -> tuple[Webhook, str] | None:
        """The webhook with a new secret; None when there is no such webhook. `check` as in the store."""
        secret = new_secret()
        webhook = self.store.rotate(webhook_id, self.sealer.seal(secret), actor=actor, check=check)
        return None if webhook is None else (webhook, secret)

    def deliveries(
        self, webhook_id: str, state: DeliveryState | None, limit: int, cursor: str | None
    ) -> ListPage[Delivery] | None:
        """A page of its deliveries; None when there is no such webhook."""
        if self.store.find(webhook_id) is None:
            return None
        return self.store.deliveries(webhook_id, state, limit=limit, cursor=cursor)

    def replay_dead(self, webhook_id: str, *, actor: str) -> int | None:
        """Send the dead deliveries again; None when there is no such webhook."""
        return None if self.store.find(webhook_id) is None else self.store.replay_dead(webhook_id, actor=actor)
