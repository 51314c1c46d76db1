"""What webhooks are told of a call that we made. Pure."""

from __future__ import annotations

from typing import Any

from ivr.domain.outgoing.model import Order
from ivr.domain.webhooks import WebhookNote


def ended_note(order: Order) -> WebhookNote:
    """The order is over; one message for each order."""
    of = order.order
    return WebhookNote(f"msg_{of.order_id}", "outgoing.ended", of.order_id, of.ivr_id, ended_json(order))


def ended_json(order: Order) -> dict[str, Any]:
    last = order.attempts[-1] if order.attempts else None
    return {
        "id": order.order.order_id,
        "to": order.order.to,
        "ivr_id": order.order.ivr_id,
        "trunk": order.order.trunk,
        "result": order.result,
        "reason": order.reason,
        "attempts": len(order.attempts),
        "answered_by": last.answered_by if last is not None else None,
        "call_id": last.call_id if last is not None else None,
    }
