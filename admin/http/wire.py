"""What holds of every request before it has a view: a Host that can be one, and OPTIONS."""

from __future__ import annotations

import ipaddress
import re

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed

from admin.http.problems import ApiError, allowed_methods
from ivr.domain.net_ports import PORT
from ivr.settings import split_host_port

_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound

# RFC 9110, 7.2: a name, an IPv4 or a bracketed IPv6 address, and a port. RFC 3986, 3.2.3 allows a port with zeros
# before it, and a colon without a port.
_HOST = re.compile(rf"(?:[A-Za-z0-9._~-]{{1,253}}|\[[0-9A-Fa-f:.]{{2,45}}\])(?::(?:0{{0,9}}{PORT})?)?", re.ASCII)
# RFC 9110, 9.3.7: the server itself instead of one of its paths.
_SERVER_ITSELF = "*"


def install(app: Flask, own: OwnHosts) -> None:
    app.before_request(lambda: _need_host(own))
    app.before_request(lambda: _answer_options(app))


class OwnHosts:
    """The hosts that the app answers to: the names of DIGITREE_HOSTS, loopback, and the address where it listens (of
    a wildcard any address, which no foreign name can stand for). Without a name in the setting, every host."""

    def __init__(self, names: frozenset[str] = frozenset(), listens_on: str = "127.0.0.1:0") -> None:
        host = split_host_port(listens_on)[0]
        self._wildcard = host in _WILDCARDS
        self._own = {*names, host.lower(), "localhost"} if names else None

    def has(self, host: str) -> bool:
        """`host`: the header, with or without a port."""
        if self._own is None:
            return True
        name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
        if name.lower().rstrip(".") in self._own:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._wildcard or address.is_loopback


def _need_host(own: OwnHosts) -> None:
    """Links and redirects are made of it. HTTP/1.0 knows none."""
    host = request.environ.get("HTTP_HOST")
    if host is None and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return
    if host is None or not _HOST.fullmatch(host):
        raise ApiError(400, "bad_host", "send one Host header with the name or address of this server")
    if not own.has(host):
        text = "this server does not answer to that name; whoever runs it can add the name to DIGITREE_HOSTS"
        raise ApiError(421, "wrong_host", text)


def _answer_options(app: Flask) -> Response | None:
    """The methods of a path, or those of the server. It needs no key: the OpenAPI document says the same to
    everybody."""
    if request.method != "OPTIONS":
        return None
    if request.environ["PATH_INFO"] == _SERVER_ITSELF:
        every: set[str] = set().union(*(rule.methods or () for rule in app.url_map.iter_rules()))
        return Response(status=204, headers={"Allow": ", ".join(sorted(every | {"OPTIONS"}))})
    refused = request.routing_exception
    if not isinstance(refused, MethodNotAllowed):
        return None
    return Response(status=204, headers={"Allow": allowed_methods(refused)})
