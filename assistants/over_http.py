"""MCP over streamable HTTP: a process of its own, in front of the REST API.

Every request brings its API key in Authorization: Bearer, and the REST API gets that key; there is none here. A
request without one, or with one that the REST API does not know, is answered 401. A session belongs to the key that
opened it. Host and Origin must name this server, so that a page in a browser cannot reach it by DNS rebinding.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable

import uvicorn
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistants.installation import Installation, Refused
from assistants.server import make_server
from assistants.tools import Desk, bearer

PATH = "/mcp"
_MAX_KEY = 512
_MAX_BODY = 2 * 1024 * 1024
_MAX_SESSIONS = 1000
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# A key is asked about again after this; each tool asks the REST API with it anyway.
_KNOWN_S = 30.0
_MAX_KNOWN = 1000


def make_app(installation: Installation, names: tuple[str, ...] = ()) -> ASGIApp:
    """`names`: those by which clients reach it, such as mcp.example.com, beside those of loopback."""
    hosts = [*_LOOPBACK, *names]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*hosts, *(f"{host}:*" for host in hosts)],
        allowed_origins=[
            origin
            for host in hosts
            for scheme in ("http", "https")
            for origin in (f"{scheme}://{host}", f"{scheme}://{host}:*")
        ],
    )
    app = make_server(Desk(installation, None)).streamable_http_app(
        streamable_http_path=PATH,
        transport_security=security,
        max_request_body_size=_MAX_BODY,
        max_sessions=_MAX_SESSIONS,
    )
    return KeysOnly(app, installation)


class KeysOnly:
    """Lets requests pass that have an API key which the REST API knows."""

    def __init__(
        self, app: ASGIApp, installation: Installation, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._installation = installation
        self._clock = clock
        self._known: OrderedDict[str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        key = bearer(Headers(scope=scope).get("authorization", ""))
        refused = await self._refusal(key)
        if refused is not None:
            await refused(scope, receive, send)
            return
        token = AccessToken(token=key, client_id=_hash(key), scopes=[])
        await self._app({**scope, "user": AuthenticatedUser(token)}, receive, send)

    async def _refusal(self, key: str) -> Response | None:
        if not key or len(key) > _MAX_KEY or not key.isascii() or not key.isprintable():
            return _problem(401, "key_missing", "send an API key in the header Authorization: Bearer KEY")
        now, name = self._clock(), _hash(key)
        if self._known.get(name, 0.0) > now:
            return None
        try:
            await self._installation.with_key(key).get("/time-zone")
        except Refused as error:
            if error.status != 403:  # It is a key, if one without the scope read.
                status = error.status if error.status in (401, 429) else 503
                return _problem(status, error.code, error.detail)
        self._known[name] = now + _KNOWN_S
        self._known.move_to_end(name)
        while len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return None


def serve(installation: Installation, host: str, port: int, names: tuple[str, ...]) -> None:
    """Until it is stopped by SIGTERM or SIGINT."""
    config = uvicorn.Config(
        make_app(installation, names), host=host, port=port, log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=5, limit_concurrency=500,
    )  # fmt: skip
    uvicorn.Server(config).run()


def _problem(status: int, code: str, detail: str) -> Response:
    kind = f"/help/errors#{code}"
    document = {"type": kind, "status": status, "detail": detail, "code": code, "errors": []}
    headers = {"WWW-Authenticate": 'Bearer realm="digitree"'} if status == 401 else {"Retry-After": "5"}
    return Response(json.dumps(document), status, headers, "application/problem+json")


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
