"""gunicorn's gevent worker with the two time limits it lacks, and problem documents for malformed HTTP."""

from __future__ import annotations

import contextlib
import json
import socket
from http import HTTPStatus
from typing import Any

import gevent
from gunicorn.workers.base_async import AsyncWorker  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from admin.http import streams
from admin.http.waiting_clients import AwaitedBody, WaitingClients
from ivr.settings import Settings, parse_networks

# A client that neither sends nor reads for this long is dropped.
SOCKET_TIMEOUT_S = 30.0
# Long enough to synthesise the longest prompt or to convert the longest recording.
REQUEST_TIMEOUT_S = 180.0
LINGER_S = 1.0
LINGER_BYTES = 1 << 20

_STATUS_OF = {
    "LimitRequestLine": 414,
    "LimitRequestHeaders": 431,
    "ExpectationFailed": 417,
    "UnsupportedTransferCoding": 501,
}


class AdminWorker(GeventWorker):
    """See the module."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._clients = WaitingClients(parse_networks(Settings().proxies))

    def handle_exit(self, sig: Any, frame: Any) -> None:
        # Otherwise open streams would use up the grace period meant for other requests.
        streams.ending.set()
        super().handle_exit(sig, frame)

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        client.settimeout(SOCKET_TIMEOUT_S)
        self._clients.add(client, _host_of(addr))
        try:
            # GeventWorker.handle would remove the timeout.
            AsyncWorker.handle(self, listener, client, addr)
        finally:
            self._clients.remove(client)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        # gunicorn sends head and body separately: corked, they leave as one packet and wake the client once.
        _cork(sock, True)
        host, body = _host_of(addr), req.body
        self._clients.remove(sock)
        req.body = AwaitedBody(body, self._clients, sock, host)
        try:
            with gevent.Timeout(REQUEST_TIMEOUT_S, TimeoutError("the request took too long")):
                answered = super().handle_request(listener_name, req, sock, addr)
        finally:
            _cork(sock, False)
            req.body = body
        # Until its next request, whose head must come within `keepalive` seconds.
        self._clients.add(sock, host)
        if not self.alive:
            # A stopping worker must not wait for the next request of a kept-alive connection.
            raise StopIteration
        return answered

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that gunicorn refuses before the app sees it; neither the answer nor the log repeats what
        was sent."""
        kind = type(exc).__name__
        if not _is_clients_fault(exc):
            self.log.error("%s while serving a request", kind, exc_info=exc)
            status = 500
        else:
            self.log.info("refused a request: %s", kind)
            status = _STATUS_OF.get(kind, 400)
        title = HTTPStatus(status).phrase
        body = json.dumps(
            {
                "type": "/help/errors#bad_http",
                "title": title,
                "status": status,
                "detail": _detail(kind, self.cfg),
                "code": "bad_http",
                "errors": [],
            }
        )
        head = (
            f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            client.sendall((head + body).encode())
            _drain(client)
        except OSError:
            return


def _host_of(addr: Any) -> str:
    """Of a peer's address as accept() gives it; a Unix socket has none."""
    return str(addr[0]) if isinstance(addr, tuple) else ""


def _cork(sock: Any, on: bool) -> None:
    with contextlib.suppress(OSError, AttributeError):  # a Unix socket, another system, a closed connection
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, int(on))


def _drain(client: Any) -> None:
    """Read the rest of the request for a moment: closing with unread bytes would reset the connection, and the client
    would never see the answer."""
    client.shutdown(socket.SHUT_WR)
    client.settimeout(LINGER_S)
    left = LINGER_BYTES
    while left > 0 and (chunk := client.recv(65536)):
        left -= len(chunk)


def _detail(kind: str, limits: Any) -> str:
    """A sentence for gunicorn's refusal; `limits` are gunicorn's settings."""
    match kind:
        case "LimitRequestLine":
            return f"a path with its query may have some {limits.limit_request_line:,} bytes; this has more"
        case "LimitRequestHeaders":
            return (
                f"a request may have {limits.limit_request_fields} headers of up to "
                f"{limits.limit_request_field_size:,} bytes; this has more or longer ones"
            )
        case "ExpectationFailed":
            return "the header Expect may only be 100-continue"
        case "UnsupportedTransferCoding":
            return "the header Transfer-Encoding may only be chunked"
    return "this is not a valid HTTP/1.1 request"


def _is_clients_fault(exc: BaseException) -> bool:
    return type(exc).__module__ == "gunicorn.http.errors"
