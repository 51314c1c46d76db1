"""Delivers webhooks: no call and no journal waits for one."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from ivr.clients.outbound_http import Outbound, OutboundError
from ivr.domain.errors import StorageError
from ivr.domain.signing import signed_headers
from ivr.secrets import Sealer
from ivr.storage.postgres.calls import PostgresCalls
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.webhook_outbox import AT_ONCE, Due, WebhookOutbox
from keeper.outgoing import Outgoing

log = logging.getLogger(__name__)

# A receiver's time for each wait, and in all.
WAIT_S = 5.0
WHOLE_S = 15.0


class WebhookSender:
    """`counters`: attempts by result (delivered, failed, dead)."""

    def __init__(self, database: Database, sealer: Sealer, *, allow_private: bool) -> None:
        self._outbox = WebhookOutbox(database)
        self._calls = PostgresCalls(database)
        self._sealer = sealer
        self._outbound = Outbound(allow_private=allow_private, timeout_s=WAIT_S, whole_s=WHOLE_S)
        self._outgoing = Outgoing(
            "webhook",
            claim=self._outbox.claim,
            send=self._send,
            receiver_of=lambda due: due.webhook_id,
            at_once=AT_ONCE,
            count=self._outbox.waiting,
        )
        self.run = self._outgoing.run
        self.counters: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        return self._outgoing.waiting

    def _send(self, due: Due) -> None:
        try:
            body = self._outbox.body_of(due, lambda: self._body(due)).encode()
            began = time.monotonic()
            status, reason = None, None
            try:
                status = self._outbound.post(due.url, body, self._headers(due, body)).status
            except OutboundError as error:
                reason = error.reason
            except ValueError:
                reason = "secret_sealed_otherwise"  # with another DIGITREE_SECRET: it must be rotated
            took_ms = round((time.monotonic() - began) * 1000)
            state = self._outbox.settle(due, status=status, error=reason, took_ms=took_ms)
            self.counters["failed" if state == "waiting" else state] += 1
            if state == "dead":
                log.warning("webhook %s: %s is dead after %d attempts: %s", due.webhook_id, due.message_id,
                            due.attempts, reason or status)
        except StorageError as error:
            log.error("webhook %s: %s", due.webhook_id, error)  # its lease ends, then it is tried again
        except Exception:
            log.exception("webhook %s: %s could not be sent", due.webhook_id, due.message_id)

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
