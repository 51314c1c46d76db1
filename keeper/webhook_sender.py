"""Delivers webhooks in a thread of its own, with a few sender threads below it: no call and no journal waits for
one."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from ivr.clients.outbound_http import Outbound, OutboundError
from ivr.domain.errors import StorageError
from ivr.domain.signing import signed_headers
from ivr.secrets import Sealer
from ivr.storage.postgres.calls import PostgresCalls
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.webhook_outbox import AT_ONCE, Due, WebhookOutbox

log = logging.getLogger(__name__)

POLL_S = 0.5
SENDERS = 8
# A receiver's time for each wait, and in all.
WAIT_S = 5.0
WHOLE_S = 15.0
_AWAY_S = 2.0


class WebhookSender:
    """`counters`: attempts by result (delivered, failed, dead)."""

    def __init__(self, database: Database, sealer: Sealer, *, allow_private: bool) -> None:
        self._outbox = WebhookOutbox(database)
        self._calls = PostgresCalls(database)
        self._sealer = sealer
        self._outbound = Outbound(allow_private=allow_private, timeout_s=WAIT_S, whole_s=WHOLE_S)
        self._landed = Event()
        self.counters: Counter[str] = Counter()
        self.waiting = 0

    def run(self, stopping: Event) -> None:
        """Runs until stopped. A delivery under way then is left to its thread, and to the next keeper once its
        lease has ended: a keeper that stops waits for no receiver."""
        flying: dict[Thread, str] = {}
        looked_at = float("-inf")
        while not stopping.is_set():
            self._landed.clear()
            flying = {thread: webhook_id for thread, webhook_id in flying.items() if thread.is_alive()}
            try:
                self._send_due(flying)
                now = time.monotonic()
                if now - looked_at > POLL_S * 4:
                    looked_at = now
                    self.waiting = self._outbox.waiting()
            except StorageError as error:
                log.error("webhooks wait: %s", error)
                stopping.wait(_AWAY_S)
            if flying:
                self._landed.wait(POLL_S)
            else:
                stopping.wait(POLL_S)

    def _send_due(self, flying: dict[Thread, str]) -> None:
        free = SENDERS - len(flying)
        if free <= 0:
            return
        of_one = Counter(flying.values())
        busy = [webhook_id for webhook_id, count in of_one.items() if count >= AT_ONCE]
        for due in self._outbox.claim(free, busy):
            thread = Thread(target=self._send, args=(due,), name="webhook", daemon=True)
            flying[thread] = due.webhook_id
            thread.start()

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
        finally:
            self._landed.set()

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
