"""What a process counts, published once a second: nothing on a call's way touches a metric.

The files lie in PROMETHEUS_MULTIPROC_DIR; the admin app's `/metrics` adds up those of all processes.
"""

from __future__ import annotations

import logging
import os
from collections import Counter as Tally

from prometheus_client import Counter, Gauge

from esl_server.server import EslServer

log = logging.getLogger(__name__)

_CALLS = Counter("digitree_calls", "Calls ended, by outcome", ["outcome"])
_LIVE = Gauge("digitree_live_calls", "Calls being served", multiprocess_mode="livesum")
_CONNECTIONS = Gauge("digitree_esl_connections", "Open event sockets", multiprocess_mode="livesum")
_TAKEN_OVER = Counter("digitree_calls_taken_over", "Calls continued after their worker was lost")
_REFUSED = Counter("digitree_esl_connections_refused", "Connections closed at once: address or flood")
_STRANGERS = Counter("digitree_esl_strangers", "Connections that were no FreeSWITCH call")
_PLAIN = {"taken_over": _TAKEN_OVER, "connections_refused": _REFUSED, "strangers": _STRANGERS}


class Publisher:
    def __init__(self, server: EslServer) -> None:
        self._server = server
        self._published: Tally[str] = Tally()

    def publish(self) -> None:
        server = self._server
        _LIVE.set(server.live)
        _CONNECTIONS.set(server.connections)
        ended = []
        for name, count in server.counters.items():
            more = count - self._published[name]
            if more:
                self._published[name] = count
                (_PLAIN.get(name) or _CALLS.labels(name)).inc(more)
                ended.append(f"{more} {name}")
        if ended:
            # One line a second, not one a call: each call has its record.
            log.info("ended: %s; %d live", ", ".join(ended), server.live)


def mark_dead() -> None:
    """Take this process's gauges out of the sum."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(os.getpid())
