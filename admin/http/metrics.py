"""Metrics for Prometheus. With PROMETHEUS_MULTIPROC_DIR set, those of all processes that share the directory.

prometheus_client decides on import whether it counts in memory or in files, so the entry point of a process sets the
variable before it imports this module.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ivr.domain.errors import StorageError
from ivr.domain.telephones.model import RingResult
from ivr.storage.disk.keeper_status import STALE_AFTER_S, KeeperStatus, find_status
from ivr.storage.disk.switch_certificate import find_certificate_end
from ivr.storage.disk.trunk_states import TRUNK_STATES_NAME, read_states

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
    """The metrics of all processes, or of this one where they share no directory, and those of the keeper, which
    writes its status to a file."""

    def __init__(self, keeper: Path, unidentified: Callable[[], int], home: Path) -> None:
        self._keeper = keeper
        self._home = home
        self._unidentified = unidentified

    def keeper(self) -> KeeperStatus | None:
        """The keeper's latest status; None before its first report."""
        return find_status(self._keeper)

    def render(self) -> bytes:
        """Prometheus text format."""
        registry = CollectorRegistry()
        registry.register(_KeeperCollector(self._keeper))
        registry.register(_TrunkCollector(self._keeper.with_name(TRUNK_STATES_NAME)))
        registry.register(_CertificateCollector(self._home))
        registry.register(_OptOutCollector(self._unidentified))
        directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if not directory:
            return generate_latest(REGISTRY) + generate_latest(registry)
        multiprocess.MultiProcessCollector(registry, path=directory)
        return generate_latest(registry)


class _KeeperCollector(Collector):
    def __init__(self, path: Path) -> None:
        self._path = path

    def collect(self) -> Iterator[Metric]:
        status = find_status(self._path)
        up = status is not None and time.time() - status.written_at < STALE_AFTER_S
        yield GaugeMetricFamily("digitree_keeper_up", "1: the keeper has reported lately", float(up))
        if status is None:
            return
        for name, text, value in (
            ("digitree_journal_backlog_records", "Records not yet in Postgres", status.backlog_records),
            ("digitree_journal_backlog_oldest_seconds", "Age of the oldest of them", status.backlog_oldest_age_s),
            ("digitree_journal_rejected_records", "Records that Postgres refused", status.rejected_records),
            ("digitree_keeper_failures", "Writes that a store did not accept", status.failures),
            ("digitree_webhook_deliveries_waiting", "Deliveries not yet accepted", status.webhooks_waiting),
            ("digitree_notices_waiting", "Notices for services not yet accepted", status.notices_waiting),
            ("digitree_sounds_waiting", "Recordings not yet kept", status.sounds_waiting),
            ("digitree_sounds_failed", "Attempts to keep a recording that failed", status.sounds_failed),
            ("digitree_messages_waiting", "Messages by channels not yet accepted", status.messages_waiting),
            ("digitree_chains_broken", "Chains that no longer match their signed head", status.broken_chains),
            ("digitree_cache_in_step", "1: Redis holds what Postgres has", float(status.cache_in_step)),
        ):
            yield GaugeMetricFamily(name, text, float(value))
        tries = CounterMetricFamily(
            "digitree_webhook_tries", "Attempts to deliver, by result", labels=["result"]
        )
        tries.add_metric(["delivered"], status.webhooks_delivered)
        tries.add_metric(["failed"], status.webhooks_failed)
        tries.add_metric(["dead"], status.webhooks_dead)
        yield tries
        notices = CounterMetricFamily(
            "digitree_notice_tries", "Attempts to send a notice, by result", labels=["result"]
        )
        notices.add_metric(["delivered"], status.notices_delivered)
        notices.add_metric(["failed"], status.notices_failed)
        notices.add_metric(["dead"], status.notices_dead)
        yield notices
        messages = CounterMetricFamily(
            "digitree_message_tries", "Attempts to send a message by a channel, by result", labels=["result"]
        )
        messages.add_metric(["delivered"], status.messages_delivered)
        messages.add_metric(["failed"], status.messages_failed)
        messages.add_metric(["dead"], status.messages_dead)
        messages.add_metric(["not_sent"], status.messages_not_sent)
        yield messages
        outgoing = CounterMetricFamily(
            "digitree_outgoing_attempts", "Attempts to make an ordered call, by how they ended", labels=["result"]
        )
        for result in sorted({*get_args(RingResult), *status.outgoing}):
            outgoing.add_metric([result], status.outgoing.get(result, 0))
        yield outgoing


class _TrunkCollector(Collector):
    def __init__(self, states: Path) -> None:
        self._states = states

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("digitree_trunk_up", "1: registered, or its host answers", labels=["trunk"])
        for name, state in read_states(self._states).items():
            if state.standing in ("registered", "answers", "refused", "silent", "trying"):
                up.add_metric([name], float(state.standing in ("registered", "answers")))
        yield up


class _CertificateCollector(Collector):
    def __init__(self, home: Path) -> None:
        self._home = home

    def collect(self) -> Iterator[Metric]:
        end = find_certificate_end(self._home)
        if end is not None:
            name, text = "digitree_tls_certificate_expires", "End of the certificate for SIP over TLS, unix seconds"
            yield GaugeMetricFamily(name, text, end)


class _OptOutCollector(Collector):
    def __init__(self, unidentified: Callable[[], int]) -> None:
        self._unidentified = unidentified

    def collect(self) -> Iterator[Metric]:
        name, text = "digitree_opt_outs_unidentified", "Opt-outs of the last 7 days whose number is unknown"
        with suppress(StorageError):  # while Postgres is away only this metric is missing
            yield GaugeMetricFamily(name, text, float(self._unidentified()))


def install(app: Flask) -> None:
    """Count every request of `app`. Labels come from the route table alone, never from what a client wrote."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        # The label that it had before there was another path beside it.
        route = request.url_rule.rule.replace("<menu:", "<") if request.url_rule else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.began)
        return response
