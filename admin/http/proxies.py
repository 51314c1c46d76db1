"""Where a request comes from when proxies of ours stand in front. Else all clients would share the proxy's address,
and whoever guesses passwords would lock out everybody."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ivr.settings import Network

_HEADER = "HTTP_X_FORWARDED_FOR"


class BehindProxies:
    """WSGI: REMOTE_ADDR becomes the client's, as far as the proxies in `trusted` tell it."""

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said = environ.get(_HEADER)
        if said:
            environ["REMOTE_ADDR"] = client_address(environ.get("REMOTE_ADDR", ""), said, self._trusted)
        return self._app(environ, start_response)


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The nearest address of X-Forwarded-For that is no proxy of ours: what stands left of it anybody may have
    written. `peer` when it is none of ours itself."""
    address = peer
    for each in reversed(forwarded.split(",")):
        if not _is_in(address, trusted):
            break
        try:
            address = str(ipaddress.ip_address(each.strip()))
        except ValueError:
            break
    return address


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in networks)
