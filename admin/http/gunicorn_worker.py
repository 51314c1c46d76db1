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

# A client that neither sends nor reads for so long is dropped.
SOCKET_TIMEOUT_S = 30.0
# Speaking a long prompt and converting a long recording fit well inside.
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

    def handle_exit(self, sig: Any, frame: Any) -> None:
        # Otherwise streams would use up the time that is left for other requests.
        streams.ending.set()
        super().handle_exit(sig, frame)

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        client.settimeout(SOCKET_TIMEOUT_S)
        # GeventWorker.handle would take the time-out away again.
        AsyncWorker.handle(self, listener, client, addr)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        # gunicorn sends head and body apart: corked, they leave as one packet and wake the client once.
        _cork(sock, True)
        try:
            with gevent.Timeout(REQUEST_TIMEOUT_S, TimeoutError("the request took too long")):
                answered = super().handle_request(listener_name, req, sock, addr)
        finally:
            _cork(sock, False)
        if not self.alive:
            # A stopping worker must not wait for the next request of a kept-alive connection.
            raise StopIteration
        return answered

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """The answer to a request that gunicorn refuses before the app sees it; neither answer nor log repeats it."""
        kind = type(exc).__name__
        if not _is_clients_fault(exc):
            self.log.error("%s while a request was served", kind, exc_info=exc)
            status = 500
        else:
            self.log.info("refused what is not HTTP: %s", kind)
            status = _STATUS_OF.get(kind, 400)
        title = HTTPStatus(status).phrase
        body = json.dumps(
            {
                "type": "urn:digitree:problem:bad_http",
                "title": title,
                "status": status,
                "detail": "this is not HTTP as we take it",
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
            _let_it_finish(client)
        except OSError:
            return


def _cork(sock: Any, on: bool) -> None:
    with contextlib.suppress(OSError, AttributeError):  # a Unix socket, another system, a closed connection
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, int(on))


def _let_it_finish(client: Any) -> None:
    """Read the rest of the request for a moment: a close with unread bytes would reset the connection, and the client
    would not see the answer."""
    client.shutdown(socket.SHUT_WR)
    client.settimeout(LINGER_S)
    left = LINGER_BYTES
    while left > 0 and (chunk := client.recv(65536)):
        left -= len(chunk)


def _is_clients_fault(exc: BaseException) -> bool:
    return type(exc).__module__ == "gunicorn.http.errors"
