"""The services of scripts as a server over HTTP, for calls in which nothing is put on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from esl_server.call.story import Story
from ivr.domain.menu.given import Given


@dataclass
class Asked:
    """What the services were sent, in the order in which it came, by the name of the service."""

    given: Given
    url: str = ""
    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    _stories: dict[str, Story] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, document: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body; each call gets the given answers in turn. What nothing is given for only takes notices."""
        service, call_id = document.pop("service"), document.pop("call_id")
        with self._lock:
            self.sent.append((service, document))
            story = self._stories.setdefault(call_id, Story(self.given, {}, lambda command: None))
            found = story.ask(service, document, call_id)
        if found.failure == "timeout":
            time.sleep(4)
        if found.failure == "unknown":
            return 200, b"{}"
        return (500, b"") if found.failure else (200, json.dumps(found.body).encode())

    def of(self, service: str) -> list[Mapping[str, Any]]:
        with self._lock:
            return [sent for name, sent in self.sent if name == service]


@contextmanager
def http_services(given: Given) -> Iterator[Asked]:
    """They listen at `url`, on a port of their own."""
    asked = Asked(given)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = asked.answer(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            # Who asked may have given up meanwhile.
            with suppress(ConnectionError):
                self.wfile.write(answer)

        def log_message(self, *about: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    asked.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
