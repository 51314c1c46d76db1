"""The Flask app itself: route table, errors, headers, metrics, access log."""

from __future__ import annotations

import logging
import time
from functools import partial

from flask import Flask, Response, g, request

from admin import pages
from admin.endpoints import ENDPOINTS
from admin.help import site as help_site
from admin.http import metrics, problems, wire
from admin.http.compression import compress
from admin.http.proxies import BehindProxies
from admin.http.routing import EntryConverter, MenuConverter, mount
from admin.http.services import Services
from admin.wiring import connect_stores, make_services
from ivr.settings import Settings, parse_hosts, parse_networks
from ivr.storage.disk.room import is_full

access_log = logging.getLogger("admin.access")
_PROBES = ("/healthz", "/readyz")

# Set unless the view has set them.
_ALWAYS = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)


_HSTS = "max-age=31536000"


def create_app(settings: Settings | None = None, services: Services | None = None) -> Flask:
    """The Flask app over these services, or over the stores named in the settings or the environment."""
    if services is None:
        settings = settings or Settings()
        services = make_services(settings, connect_stores(settings))
    app = Flask("admin", static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.converters["entry"] = EntryConverter
    app.url_map.converters["menu"] = MenuConverter
    app.url_map.redirect_defaults = False
    problems.install(app, partial(is_full, settings.home) if settings is not None else lambda: False)
    metrics.install(app)
    wire.install(app, wire.OwnHosts(parse_hosts(settings.hosts), settings.http) if settings else wire.OwnHosts())
    mount(app, ENDPOINTS, services)
    pages.install(app, services, ENDPOINTS)
    help_site.install(app)
    # They run from the last to the first.
    app.after_request(compress)
    app.after_request(_finish)
    if settings is not None and (trusted := parse_networks(settings.proxies)):
        app.wsgi_app = BehindProxies(app.wsgi_app, trusted)  # type: ignore[method-assign]
    return app


def _finish(response: Response) -> Response:
    headers = response.headers
    for name, value in _ALWAYS:
        if name not in headers:
            headers.add(name, value)
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", _HSTS)
    window = g.get("rate")
    if window is not None:
        headers.add("RateLimit-Limit", str(window.limit))
        headers.add("RateLimit-Remaining", str(window.remaining))
        headers.add("RateLimit-Reset", str(window.reset_s))
    principal = g.get("principal")
    # A line for each request is for DEBUG: a dialler sends a hundred a second. Metrics count them, and the audit log
    # has the changes. %r keeps a client's text on one line.
    failed = response.status_code >= 500 and request.path not in _PROBES
    level = logging.WARNING if failed else logging.DEBUG
    access_log.log(
        level,
        "%s %s %.200r %d %.1f ms %s",
        request.remote_addr,
        request.method,
        request.path,
        response.status_code,
        (time.perf_counter() - g.began) * 1000 if "began" in g else 0,
        principal.key_id if principal else "-",
    )
    return response
