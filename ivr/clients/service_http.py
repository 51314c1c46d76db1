"""Asks a service over HTTP: one bounded exchange on a connection that is kept open and used again.

A name is resolved when a connection is made, each of its addresses is checked, and the connection goes to a checked
one (`ivr.clients.outbound_http`). Connections belong to one definition of one service. A redirect is an answer like
others, and so a failure. A connection that the service closed while nobody used it is replaced, with the same
`webhook-id`: the request is then the same.
"""

from __future__ import annotations

import http.client
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from ivr.clients.bounded_socket import TooMuchSent
from ivr.clients.kept_connections import Connection, Idle
from ivr.clients.outbound_http import OutboundError, Resolve, addresses_of, parts_of
from ivr.clients.peer_addresses import peer_address, refuse_never_asked
from ivr.domain.call_records import new_id
from ivr.domain.service_definition import Service
from ivr.domain.service_exchange import MAX_ANSWER_BYTES, Sent, judge, kept_s, sent_to
from ivr.domain.services import Failure, ServiceAnswer
from ivr.domain.signing import signed_headers

log = logging.getLogger(__name__)

MAX_HEAD_BYTES = 16 * 1024

# Sealed text -> text; None when it cannot be opened.
OpenSealed = Callable[[str], str | None]


class Asked(NamedTuple):
    """`kept_s`: the answer may be used again for so many seconds; `text`: its body as it came, as far as it was
    read."""

    answer: ServiceAnswer
    text: bytes = b""
    kept_s: int = 0


@dataclass(frozen=True, slots=True)
class ServiceHttp:
    """`allow_private`: every service may be inside a private network, not only those that say so. `idle` keeps
    connections; without it each request has one of its own, and threads may share this. `pause` is called before the
    work of a request and of its answer."""

    open_sealed: OpenSealed
    allow_private: bool = False
    resolve: Resolve = addresses_of
    clock: Callable[[], float] = time.monotonic
    idle: Idle | None = None
    pause: Callable[[], None] = lambda: None

    def ask(
        self, service: Service, variables: Mapping[str, Any], call_id: str, *, message_id: str | None = None
    ) -> Asked:
        """Ask and wait, for `service.timeout_s` at most but for what the resolver takes. Does not raise."""
        began = self.clock()
        try:
            self.pause()
            sent = sent_to(service, variables, call_id)
            headers = self._headers(service, sent, message_id or new_id("ask"))
            reply = self._exchange(service, sent, headers, began + service.timeout_s)
        except Exception as error:  # noqa: BLE001 - unforeseen ones are logged, and a call goes on
            failure = _failure_of(error)
            log.info("service %s: %s: %s", service.name, failure, error)
            return Asked(ServiceAnswer(self._ms_since(began), failure=failure))
        status, content_type, cache_control, body = reply
        value, judged = judge(status, content_type, body)
        answer = ServiceAnswer(self._ms_since(began), status, value, judged)
        return Asked(answer, body, kept_s(service, cache_control) if judged is None else 0)

    def refuse_never_asked(self, url: str) -> None:
        """Raises OutboundError for an address that no service may have, private ones allowed or not. A name that has
        no address now is taken: each request checks it again."""
        _, host, port = parts_of(url)
        refuse_never_asked(host, port, self.resolve)

    def _headers(self, service: Service, sent: Sent, message_id: str) -> dict[str, str]:
        """Raises NotOpened."""
        headers = {"Accept": "application/json", "User-Agent": "Digitree"}
        for name, sealed in service.headers:
            headers = {each: value for each, value in headers.items() if each.lower() != name.lower()}
            headers[name] = self._opened(sealed)
        if service.method != "GET":
            headers["Content-Type"] = "application/json"
        return headers | signed_headers(self._opened(service.secret), message_id, int(time.time()), sent.body)

    def _opened(self, sealed: str) -> str:
        text = self.open_sealed(sealed)
        if text is None:
            raise NotOpened("its secrets were sealed with another DIGITREE_SECRET; give them again")
        return text

    def _exchange(self, service: Service, sent: Sent, headers: dict[str, str], until: float) -> _Reply:
        parts, host, port = parts_of(service.url)
        query = "&".join(each for each in (parts.query, sent.query) if each)
        target = (parts.path or "/") + (f"?{query}" if query else "")
        bounds = until, MAX_HEAD_BYTES + MAX_ANSWER_BYTES
        kept = None if self.idle is None else self.idle.take(service, self.clock())
        if kept is not None:
            kept.begin(*bounds)
            with suppress(_Gone):
                return self._run(service, kept, target, sent, headers)
        address = self._address(service, host, port)
        connection = Connection(host, port, address, tls=parts.scheme == "https", clock=self.clock, pause=self.pause)
        connection.begin(*bounds)
        try:
            return self._run(service, connection, target, sent, headers)
        except _Gone as error:
            raise OutboundError("unreachable", f"{host} closed the connection without an answer") from error

    def _run(
        self, service: Service, connection: Connection, target: str, sent: Sent, headers: dict[str, str]
    ) -> _Reply:
        """One request on this connection, which is kept when it can be used again. Raises _Gone when it was closed
        before anything came back."""
        whole = False
        try:
            try:
                connection.request(service.method, target, sent.body or None, headers)
                answer = connection.getresponse()
            except ConnectionError as error:
                if connection.has_heard:
                    raise
                raise _Gone from error
            text = answer.read(MAX_ANSWER_BYTES + 1)
            if answer.length and len(text) <= MAX_ANSWER_BYTES:
                raise http.client.IncompleteRead(text, answer.length)
            whole = answer.isclosed() and answer.status >= 200
            kind, caching = answer.getheader("Content-Type", ""), answer.getheader("Cache-Control", "")
            return _Reply(answer.status, kind, caching, text)
        finally:
            if whole and self.idle is not None and connection.sock is not None:
                self.idle.give_back(service, connection, self.clock())
            else:
                connection.close()

    def _address(self, service: Service, host: str, port: int) -> str:
        """Raises OutboundError."""
        private = self.allow_private or service.allow_private
        return peer_address(host, port, self.resolve, allow_private=private)

    def _ms_since(self, began: float) -> int:
        return max(0, round((self.clock() - began) * 1000))


class _Reply(NamedTuple):
    status: int
    content_type: str
    cache_control: str
    body: bytes


class NotOpened(Exception):
    """A sealed header or secret that cannot be opened."""


class _Gone(Exception):
    """A connection that was closed before anything came back."""


def _failure_of(error: Exception) -> Failure:
    match error:
        case OutboundError(reason="private_address" | "bad_url") | NotOpened():
            return "refused"
        case OutboundError(reason="timeout") | TimeoutError():
            return "timeout"
        case TooMuchSent():
            return "too_large"
        case http.client.HTTPException():
            return "not_json"
        case OutboundError() | OSError():
            return "unreachable"
        case _:
            log.error("a request to a service failed", exc_info=error)
            return "refused"
