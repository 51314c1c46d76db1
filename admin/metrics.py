"""Figures for Prometheus. With PROMETHEUS_MULTIPROC_DIR set, those of all processes that share the directory.

prometheus_client decides when it is imported whether it counts in memory or in files, so a process's edge sets the
variable before it imports this.
"""

from __future__ import annotations

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

METRICS_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("digitree_http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "digitree_http_request_seconds",
    "Time to the answer",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)


class Metrics:
    """The exposition of all processes, or of this one where they do not share a directory."""

    def render(self) -> bytes:
        """Prometheus text format."""
        directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if not directory:
            return generate_latest(REGISTRY)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, path=directory)
        return generate_latest(registry)


def install(app: Flask) -> None:
    """Count every request of `app`. Labels come from the route table alone, never from what a client wrote."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.began)
        return response
