"""/healthz, /readyz, /metrics."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, request

from admin.health.schema import AliveSchema, ReadySchema
from admin.health.service import Readiness
from admin.http.metrics import METRICS_TYPE, Metrics
from admin.http.routing import Answer, ApiCall, Routes, dump_json, json_answer, text_answer

routes = Routes("health")


@routes("GET", "/healthz", scope=None, answers=(Answer(200, "The process is alive", AliveSchema),), problems=(422,))
def healthz(_call: ApiCall) -> Response:
    """Is this process alive? It asks no other process."""
    return json_answer({"status": "ok"})


@routes(
    "GET",
    "/readyz",
    scope=None,
    answers=(Answer(200, "Ready", ReadySchema), Answer(503, "Not ready: a check failed", ReadySchema)),
    problems=(422,),
)
def readyz(call: ApiCall) -> Response:
    """Is everything that calls and requests need available? One check per dependency.

    With `Accept: text/plain` as lines of text.
    """
    lines = call.service(Readiness).run()
    ready = all(line.ok for line in lines)
    status = 200 if ready else 503
    if request.accept_mimetypes.best_match(["application/json", "text/plain"], "application/json") == "text/plain":
        text = "".join(f"{'ok  ' if line.ok else 'FAIL'} {line.name}: {line.detail}\n" for line in lines)
        return Response(text, status, content_type="text/plain; charset=utf-8")
    # In JSON, too, each check is a line of its own.
    checks = ",\n".join(dump_json(asdict(line)) for line in lines)
    document = f'{{"status":"{"ready" if ready else "not ready"}","checks":[\n{checks}\n]}}\n'
    return text_answer(document, status, {} if ready else {"Retry-After": "2"})


@routes(
    "GET",
    "/metrics",
    scope="read",
    answers=(Answer(200, "Prometheus text format", {"type": "string"}, METRICS_TYPE.split(";")[0]),),
)
def metrics(call: ApiCall) -> Response:
    """Metrics of all processes for Prometheus."""
    return Response(call.service(Metrics).render(), content_type=METRICS_TYPE)
