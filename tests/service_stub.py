"""A service for tests on a raw socket, which answers byte for byte what the test says."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from ivr.domain.service_definition import Service
from ivr.domain.signing import new_secret
from ivr.secrets import Sealer

SEALER = Sealer(lambda: b"a secret of the tests")
SECRET = new_secret()


@dataclass(frozen=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ServiceStub:
    """`answers` are given in turn, the last for ever: bytes to send, or what to do with the connection, which is then
    closed."""

    port: int
    answers: list[bytes | Callable[[socket.socket], None]] = field(default_factory=list)
    got: list[Request] = field(default_factory=list)
    connections: int = 0
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ask"

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        with connection, suppress(OSError), connection.makefile("rb") as incoming:
            while request := _read(incoming):
                self.got.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if callable(answer):
                    return answer(connection)
                connection.sendall(answer)
        return None


def _read(incoming: Any) -> Request | None:
    line = incoming.readline().decode("latin-1").strip()
    if not line:
        return None
    headers: dict[str, str] = {}
    while (header := incoming.readline().decode("latin-1").strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Request(line, headers, incoming.read(int(headers.get("content-length", "0"))))


@contextmanager
def serving(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[ServiceStub]:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        stub = ServiceStub(listener.getsockname()[1], list(answers))

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=stub.serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield stub
        finally:
            stub.ending.set()
            listener.shutdown(socket.SHUT_RDWR)


def answer(body: Any, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer with JSON, or with these bytes; `length`: what it says of its length."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(data) if length is None else length}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + data


def chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"


def close(_connection: socket.socket) -> None:
    """Without an answer."""


def service(url: str, **changes: Any) -> Service:
    """A definition with its secrets sealed; private addresses are allowed, unless the test says otherwise."""
    headers = changes.pop("headers", {})
    return Service(
        changes.pop("name", "crm"),
        url,
        headers=tuple((name, SEALER.seal(value)) for name, value in headers.items()),
        secret=SEALER.seal(SECRET),
        **{"allow_private": True, **changes},
    )
