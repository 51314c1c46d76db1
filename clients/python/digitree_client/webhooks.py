"""Webhooks as a receiver reads them: signature, age and type are checked first (Standard Webhooks, version 1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .events import EVENTS, EventData

_TOLERANCE_S = 300


class WebhookRefused(ValueError):
    """A request that Digitree has not signed, that is too old, or that is none of its messages. Answer 400."""


@dataclass(frozen=True)
class WebhookMessage:
    """A message. `id` is the same when it is sent again: whoever has seen it may leave it. `data` follows from
    `type`."""

    id: str
    type: str
    timestamp: datetime
    data: EventData


def read_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, now_s: float | None = None
) -> WebhookMessage:
    """The message of a request. `secret`: that of the webhook, `whsec_...`; `body`: as it was received, byte by byte;
    `now_s`: seconds since 1970, the clock's if absent. Raises WebhookRefused."""
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit()):
        raise WebhookRefused("webhook-id or webhook-timestamp is missing")
    if abs((time.time() if now_s is None else now_s) - int(stamp)) > _TOLERANCE_S:
        raise WebhookRefused("the message is more than five minutes old, or this machine's clock is wrong")
    if not _is_signed(secret, message_id, stamp, body, given.get("webhook-signature", "")):
        raise WebhookRefused("the signature is not that of this secret and body")
    try:
        message = json.loads(body)
        kind, written = message["type"], datetime.fromisoformat(message["timestamp"])
        return WebhookMessage(message_id, kind, written, EVENTS[kind](message["data"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WebhookRefused("this client does not know such a message; a newer one may") from error


def _is_signed(secret: str, message_id: str, stamp: str, body: bytes, signatures: str) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    wanted = b"v1," + base64.b64encode(digest)
    return any(hmac.compare_digest(each.encode(), wanted) for each in signatures.split(" "))
