"""Delivers webhooks: no call and no journal waits for one."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from ivr.clients.outbound_http import Outbound, OutboundError
from ivr.domain.signing import signed_headers
from ivr.secrets import Sealer
from ivr.storage.postgres.calls import PostgresCalls
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.webhook_outbox import Due, WebhookOutbox
from keeper.outgoing import Attempt, Outgoing

# A receiver's time for each wait, and in all.
WAIT_S = 5.0
WHOLE_S = 15.0


class WebhookSender(Outgoing[Due]):
    """Each is a POST of JSON to its receiver, signed."""

    def __init__(self, database: Database, sealer: Sealer, *, allow_private: bool) -> None:
        self._deliveries = WebhookOutbox(database)
        self._calls = PostgresCalls(database)
        self._sealer = sealer
        self._outbound = Outbound(allow_private=allow_private, timeout_s=WAIT_S, whole_s=WHOLE_S)
        super().__init__("webhook", self._deliveries, self._deliver)

    def _deliver(self, due: Due) -> Attempt:
        body = self._deliveries.body_of(due, lambda: self._body(due)).encode()
        began = time.monotonic()
        status, reason = None, None
        try:
            status = self._outbound.post(due.url, body, self._headers(due, body)).status
        except OutboundError as error:
            reason = error.reason
        except ValueError:
            reason = "secret_sealed_otherwise"  # with another DIGITREE_SECRET: it must be rotated
        took_ms = round((time.monotonic() - began) * 1000)
        return Attempt(self._deliveries.settle(due, status=status, error=reason, took_ms=took_ms), reason or status)

    def _headers(self, due: Due, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "Digitree-Webhooks"}
        signatures, now = [], int(time.time())
        for sealed in (due.secret, due.previous_secret):
            secret = self._sealer.find(sealed) if sealed else None
            if secret is not None:
                signed = signed_headers(secret, due.message_id, now, body)
                signatures.append(signed["webhook-signature"])
                headers |= signed
        if not signatures:
            raise ValueError("no secret can be opened")
        return headers | {"webhook-signature": " ".join(signatures)}

    def _body(self, due: Due) -> str:
        data = due.data if due.data is not None else self._call(due.subject)
        at = due.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps({"type": due.event, "timestamp": at, "data": data}, ensure_ascii=False, default=_json)

    def _call(self, call_id: str) -> dict[str, Any]:
        """The call as it is now."""
        record = self._calls.find(call_id)
        return record.to_json() if record else {"call_id": call_id}


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
