"""What holds of every request before it has a view: a Host that can be one, and OPTIONS."""

from __future__ import annotations

import re

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed

from admin.http.problems import ApiError, allowed_methods

# RFC 9110, 7.2: a name, an IPv4 or a bracketed IPv6 address, and a port.
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)


def install(app: Flask) -> None:
    app.before_request(_need_host)
    app.before_request(_answer_options)


def _need_host() -> None:
    """Links and redirects are made of it. HTTP/1.0 knows none."""
    host = request.environ.get("HTTP_HOST")
    if host is None and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return
    if host is None or not _HOST.fullmatch(host):
        raise ApiError(400, "bad_host", "send one Host header with the name or address of this server")


def _answer_options() -> Response | None:
    """The methods of a path. It needs no key: the OpenAPI document says the same to everybody."""
    if request.method != "OPTIONS":
        return None
    refused = request.routing_exception
    if not isinstance(refused, MethodNotAllowed):
        return None
    return Response(status=204, headers={"Allow": allowed_methods(refused)})
