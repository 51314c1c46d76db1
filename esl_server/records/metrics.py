"""The metrics of a process, published once a second: no call waits for a metric.

The files are in PROMETHEUS_MULTIPROC_DIR; the admin app's `/metrics` adds up those of all processes.
"""

from __future__ import annotations

import logging
import os
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence
from typing import Protocol

from prometheus_client import Counter, Gauge, Histogram

from esl_server.records.counters import CallCounters

log = logging.getLogger(__name__)

_CALLS = Counter("digitree_calls", "Calls ended, by outcome", ["outcome"])
_LIVE = Gauge("digitree_live_calls", "Calls being served", multiprocess_mode="livesum")
_CONNECTIONS = Gauge("digitree_esl_connections", "Open event sockets", multiprocess_mode="livesum")
_TAKEN_OVER = Counter("digitree_calls_taken_over", "Calls continued after their worker was lost")
_REFUSED = Counter("digitree_esl_connections_refused", "Connections closed at once: address or flood")
_REJECTED = Counter("digitree_esl_rejected_handshakes", "Connections that did not finish the handshake of a call")
_UNPROVEN = Counter(
    "digitree_esl_unproven",
    "Connections that are not our switch's: a user of this machine, or channel data without the secret",
    ["by"],
)
# The former name of digitree_esl_rejected_handshakes, kept for one release.
_STRANGERS = Counter("digitree_esl_strangers", "Renamed: see digitree_esl_rejected_handshakes")
_KEY_TO_PROMPT = Histogram(
    "digitree_key_to_prompt_seconds",
    "From a question's reply to the next question, the call server's part of it",
    buckets=(0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)
_AGENT_RING = Histogram(
    "digitree_agent_ring_seconds",
    "How long an agent's address rang, by result of the attempt",
    ["result"],
    buckets=(0.5, 1, 2, 4, 6, 8, 10, 15, 20, 30, 60, 120),
)
_ASKED = Counter(
    "digitree_service_requests",
    "Questions to services: ok, kept (answered from what was kept), or the failure",
    ["service", "result"],
)
_ASKED_S = Histogram(
    "digitree_service_seconds",
    "How long calls waited for a service that was asked",
    ["service"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3),
)
_WAITS = Histogram(
    "digitree_line_wait_seconds",
    "How long callers waited in a line, by what ended it: person, no_answer, full, closed, left, key",
    ["ended"],
    buckets=(5, 10, 20, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600),
)
_WAITING = Gauge("digitree_line_waiting", "Calls that wait in a line", multiprocess_mode="livesum")
_MENUS = Counter(
    "digitree_menu_lookups",
    "Menus by where they were found: redis, last_good, nowhere; document_read: not yet in this process",
    ["found_in"],
)
_NOT_RECORDED = Counter(
    "digitree_not_recorded", "Recordings that failed or lack a part: no room on the disk, or no file for the switch"
)
_NOT_JOINED = Counter(
    "digitree_not_joined", "Talks of all who answer that had one person: the switch has no mod_conference"
)
# Counters of the server; every other name is an outcome of calls.
_PLAIN = {
    "taken_over": (_TAKEN_OVER,),
    "connections_refused": (_REFUSED,),
    "unproven_user": (_UNPROVEN.labels("user"),),
    "unproven_secret": (_UNPROVEN.labels("secret"),),
    "rejected_handshakes": (_REJECTED, _STRANGERS),
}


class Server(Protocol):
    """The server's numbers (esl_server.server)."""

    @property
    def live(self) -> int: ...

    @property
    def connections(self) -> int: ...

    @property
    def counters(self) -> Tally[str]: ...


class MetricsPublisher:
    def __init__(self, server: Server, counters: CallCounters) -> None:
        self._server = server
        self._counters = counters
        self._published: Tally[str] = Tally()

    def publish(self) -> None:
        server = self._server
        _LIVE.set(server.live)
        _CONNECTIONS.set(server.connections)
        self._publish_calls()
        ended = []
        for name, count in server.counters.items():
            more = count - self._published[name]
            if more:
                self._published[name] = count
                for counter in _PLAIN.get(name) or (_CALLS.labels(name),):
                    counter.inc(more)
                ended.append(f"{more} {name}")
        if ended:
            # One line a second instead of one per call: each call has its record.
            log.info("ended: %s; %d live", ", ".join(ended), server.live)

    def _publish_calls(self) -> None:
        counters = self._counters
        thought_s, counters.thought_s[:] = counters.thought_s[:], []
        observe(_KEY_TO_PROMPT, thought_s)
        rang, counters.rang[:] = counters.rang[:], []
        by_result: dict[str, list[float]] = {}
        for result, ring_ms in rang:
            by_result.setdefault(result, []).append(ring_ms / 1000)
        for result, seconds in by_result.items():
            observe(_AGENT_RING.labels(result), seconds)
        asked, counters.asked[:] = counters.asked[:], []
        for (service, result), count in Tally(each[:2] for each in asked).items():
            _ASKED.labels(service, result).inc(count)
        waited: dict[str, list[float]] = {}
        for service, result, ms in asked:
            if result not in ("kept", "circuit_open"):
                waited.setdefault(service, []).append(ms / 1000)
        for service, seconds in waited.items():
            observe(_ASKED_S.labels(service), seconds)
        if more := counters.not_recorded - self._published["not_recorded"]:
            self._published["not_recorded"] = counters.not_recorded
            _NOT_RECORDED.inc(more)
        if more := counters.not_joined - self._published["not_joined"]:
            self._published["not_joined"] = counters.not_joined
            _NOT_JOINED.inc(more)
        waits, counters.waited[:] = counters.waited[:], []
        by_end: dict[str, list[float]] = {}
        for ended, waited_ms in waits:
            by_end.setdefault(ended if ended.isalpha() or "_" in ended else "key", []).append(waited_ms / 1000)
        for ended, seconds in by_end.items():
            observe(_WAITS.labels(ended), seconds)
        _WAITING.set(counters.waiting)
        for place, count in counters.found_in.items():
            more = count - self._published[f"found_in {place}"]
            if more:
                self._published[f"found_in {place}"] = count
                _MENUS.labels(place).inc(more)


def observe(histogram: Histogram, values: Sequence[float]) -> None:
    """Observe all values at once, with one write to the file per bucket instead of one per value."""
    if not values:
        return
    bounds, buckets = histogram._upper_bounds, histogram._buckets
    for at, count in Tally(bisect_left(bounds, value) for value in values).items():
        buckets[at].inc(count)
    histogram._sum.inc(sum(values))


def mark_dead() -> None:
    """Remove this process's gauges from the sum."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(os.getpid())
