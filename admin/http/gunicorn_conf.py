"""gunicorn's configuration for the admin app: `gunicorn --config python:admin.http.gunicorn_conf admin.wsgi:app`.

It is loaded in gunicorn's master before the fork, so nothing here may import psycopg: each worker first patches with
gevent and then imports the app.
"""

from __future__ import annotations

import gc
import os
from typing import Any

from ivr.settings import Settings

_settings = Settings()
# prometheus_client reads this when it is imported, which happens in the workers.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_settings.metrics))
os.makedirs(os.environ["PROMETHEUS_MULTIPROC_DIR"], mode=0o700, exist_ok=True)

bind = _settings.http
worker_class = "admin.http.gunicorn_worker.AdminWorker"
workers = min(2, os.cpu_count() or 1)
worker_connections = 1000
backlog = 1024
# Seconds without a heartbeat after which the master replaces a worker; requests have their own limit.
timeout = 60
graceful_timeout = 20
keepalive = 15
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# The app writes its own access log, escaped.
accesslog = None
logger_class = "admin.http.gunicorn_log.Log"
errorlog = "-"
loglevel = _settings.log_level.lower()
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": _settings.log_level, "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": _settings.log_level, "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        # httpx would log every request to the speech process.
        "httpx": {"level": "WARNING"},
    },
}


def post_worker_init(_worker: Any) -> None:
    """Exempt the app's own objects from garbage collection: they live as long as the worker, and a full pass over
    them stops every request for some 70 ms. The garbage of requests is still collected, though less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def worker_exit(_server: Any, _worker: Any) -> None:
    """Unfreeze: frozen objects would outlive the modules that their finalizers need."""
    gc.unfreeze()


def child_exit(_server: Any, worker: Any) -> None:
    """Remove a dead worker's gauges from the totals."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
