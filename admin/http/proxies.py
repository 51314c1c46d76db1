"""The address of a client behind trusted proxies. Otherwise all clients would share the proxy's address, and one that
guesses passwords would lock out the others."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from admin.http.addresses import is_in
from ivr.settings import Network

_HEADER = "HTTP_X_FORWARDED_FOR"
_SCHEME = "HTTP_X_FORWARDED_PROTO"


class BehindProxies:
    """WSGI middleware that sets REMOTE_ADDR and the scheme to those of the client, as the proxies in `trusted` report
    them."""

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if is_in(environ.get("REMOTE_ADDR", ""), self._trusted) and environ.get(_SCHEME) in ("http", "https"):
            environ["wsgi.url_scheme"] = environ[_SCHEME]
        forwarded = environ.get(_HEADER)
        if forwarded:
            environ["REMOTE_ADDR"] = client_address(environ.get("REMOTE_ADDR", ""), forwarded, self._trusted)
        return self._app(environ, start_response)


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The rightmost address of X-Forwarded-For that is not a trusted proxy's: a client may have written anything left
    of it. `peer` when the peer itself is not trusted."""
    address = peer
    for each in reversed(forwarded.split(",")):
        if not is_in(address, trusted):
            break
        try:
            address = str(ipaddress.ip_address(each.strip()))
        except ValueError:
            break
    return address
