"""A receiver of webhooks for tests, the sender that serves it, and what the store says of its deliveries."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg

from ivr.domain.signing import new_secret
from ivr.domain.webhooks import Webhook
from ivr.secrets import Sealer
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.stores import PostgresStores
from keeper.webhook_sender import WebhookSender

SECRET = "a secret of the tests"
SEALER = Sealer(lambda: SECRET.encode())


@dataclass
class Receiver:
    """Answers with `statuses` in turn, the last for ever. `redirect` and `slow` are paths of it."""

    url: str
    statuses: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    drips: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listens until the end of the block."""
    receiver = Receiver("")
    ending = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if self.path == "/drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                with suppress(OSError):
                    while not ending.wait(0.01):
                        self.wfile.write(b".")
                        receiver.drips.set()
                return
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", receiver.url + "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    ending.set()
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def sending(database: str, *, allow_private: bool = True) -> Iterator[WebhookSender]:
    pool, stopping = Database(database, max_size=4), threading.Event()
    sender = WebhookSender(pool, SEALER, allow_private=allow_private)
    thread = threading.Thread(target=sender.run, args=(stopping,))
    thread.start()
    try:
        yield sender
    finally:
        stopping.set()
        thread.join()
        pool.close()


def hook(stores: PostgresStores, url: str, *events: str, ivr_id: str | None = None) -> tuple[Webhook, str]:
    secret = new_secret()
    return stores.webhooks.create(url, list(events), ivr_id, SEALER.seal(secret), actor="test"), secret


def deliveries(stores: PostgresStores, webhook: Webhook) -> list[tuple[str, str, int, int | None, str | None]]:
    page = stores.webhooks.deliveries(webhook.webhook_id)
    return [(each.event, each.state, each.attempts, each.status, each.error) for each in page.items]


def make_due(database: str) -> None:
    """As if the wait were over."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update webhook_delivery set next_at = clock_timestamp()")
