"""An agent's prepare URL: requested before the agent is dialled, its reply may name an address and headers.

The request runs in a greenlet of its own from the beginning of the transfer, so that the transfer's own audio plays
meanwhile. It has two seconds in all, including the resolution of the name, which runs in separate threads: a resolver
that hangs delays neither other calls nor their opt-outs. If anything goes wrong, the fixed addresses are dialled and
the attempt records why.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import gevent

from esl_server.agents.health import Health
from esl_server.resolver import Resolver
from esl_server.switch.bridging import header_value
from ivr.clients.outbound_http import Outbound, OutboundError, Reply
from ivr.domain.agents import NEW_SIP_URI, Agent
from ivr.domain.call_records import CallRecord, new_id
from ivr.domain.signing import signed_headers
from ivr.secrets import Sealer

log = logging.getLogger(__name__)

PREPARE_S = 2.0
MAX_HEADERS = 8
MAX_HEADER_BYTES = 300
_HEADER = re.compile(r"X-(?!IVR[-_])[A-Za-z0-9][A-Za-z0-9-]{0,38}", re.ASCII | re.IGNORECASE)

Post = Callable[[str, bytes, dict[str, str]], Reply]
# Names and values as given, checked; they are encoded for each INVITE.
Headers = tuple[tuple[str, str], ...]


class PrepareResult(NamedTuple):
    """The result of the request. `said` is ok or the reason of the failure: timeout, unreachable, private_address,
    no_address, tls, http_500 (the status), bad_answer, bad_uri, bad_headers, resting (five failures in a row),
    no_secret, failed."""

    said: str
    uri: str | None = None
    headers: Headers = ()


class Preparer:
    """One per process. `post` replaces HTTP over the network."""

    def __init__(self, sealer: Sealer, *, allow_private: bool = False, post: Post | None = None) -> None:
        self._sealer = sealer
        self._outbound, resolver = Outbound(allow_private, PREPARE_S), Resolver()
        self._post = post or (lambda url, body, headers: self._outbound.post(url, body, headers, resolver))
        self._health = Health()

    def start(
        self, agent: Agent | None, record: CallRecord, node: str, label: str | None
    ) -> gevent.Greenlet | None:
        """Start the request; the greenlet's value is a PrepareResult. None: the agent has no prepare URL."""
        if agent is None or agent.prepare_url is None:
            return None
        request = _request_of(agent, record, node, label)
        return gevent.spawn(self._ask, agent, request, counts=not record.test)

    def _ask(self, agent: Agent, request: dict[str, Any], *, counts: bool) -> PrepareResult:
        url = agent.prepare_url or ""
        if self._health.is_resting(url):
            return PrepareResult("resting")
        prepared = PrepareResult("timeout")
        try:
            with gevent.Timeout(PREPARE_S, False):
                prepared = self._post_request(agent, url, request)
        except Exception:
            log.exception("%s: the prepare request failed", request["call_id"])
            prepared = PrepareResult("failed")
        if counts:
            self._health.note(url, "answered" if prepared.said == "ok" else "error")
        if prepared.said != "ok":
            log.warning("%s: agent %s could not be prepared: %s", request["call_id"], agent.name, prepared.said)
        return prepared

    def _post_request(self, agent: Agent, url: str, request: dict[str, Any]) -> PrepareResult:
        secret = self._sealer.find(agent.prepare_sealed) if agent.prepare_sealed else None
        if secret is None:
            return PrepareResult("no_secret")
        body = json.dumps(request, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Digitree"}
        headers |= signed_headers(secret, new_id("prepare"), int(time.time()), body)
        try:
            return read_reply(self._post(url, body, headers))
        except OutboundError as error:
            return PrepareResult(error.reason)


def _request_of(agent: Agent, record: CallRecord, node: str, label: str | None) -> dict[str, Any]:
    return {
        "call_id": record.call_id,
        "did": record.did,
        "ani": record.ani,
        "ivr": record.ivr_id,
        "version": record.ivr_version,
        "node": node,
        "outcome": label,
        "agent": agent.name,
        "path": [{"node": step.node, "key": step.pressed} for step in record.path if step.pressed is not None],
    }


def read_reply(reply: Reply) -> PrepareResult:
    """The result of a reply: 200 with `{"uri": ..., "headers": {...}}`, both optional, or 204."""
    if reply.status not in (200, 204):
        return PrepareResult(f"http_{reply.status}")
    if not reply.body.strip():
        return PrepareResult("ok")
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        return PrepareResult("bad_answer")
    if not isinstance(answer, dict):
        return PrepareResult("bad_answer")
    uri, headers = answer.get("uri"), answer.get("headers") or {}
    if uri is not None and (not isinstance(uri, str) or not NEW_SIP_URI.fullmatch(uri)):
        return PrepareResult("bad_uri")
    if not isinstance(headers, dict) or len(headers) > MAX_HEADERS:
        return PrepareResult("bad_headers")
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not isinstance(value, str) or not value.isprintable():
            return PrepareResult("bad_headers")
    given = tuple(headers.items())
    if header_bytes(given) > MAX_HEADER_BYTES or len({name.lower() for name in headers}) < len(given):
        return PrepareResult("bad_headers")
    return PrepareResult("ok", uri, given)


def header_bytes(headers: Headers) -> int:
    """The headers' size in an INVITE, with colons and line ends."""
    return sum(len(name) + len(header_value(value)) + 4 for name, value in headers)
