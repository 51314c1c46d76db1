"""The services of a process, over its settings."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import lru_cache

import gevent

from esl_server.resolver import Resolver
from esl_server.services.client import AskedCounter, NetworkServices
from esl_server.services.idle_turn import IdleTurn
from esl_server.services.notices import Notices
from ivr.clients.kept_connections import Idle
from ivr.clients.service_http import ServiceHttp
from ivr.secrets import Sealer, signed_values
from ivr.settings import Settings
from ivr.storage.disk.journal import Journal
from ivr.storage.disk.snapshot import snapshot_path
from ivr.storage.disk.text_snapshot import SERVICES_NAME
from ivr.storage.redis.service_health import ServiceHealth
from ivr.storage.redis.services import ServicesReader
from ivr.storage.service_source import ServiceSource

log = logging.getLogger(__name__)

SHARE_EVERY_S = 1.0
_OPENED = 1000
_RESOLVERS = 8
_RESOLVED_S = 10.0


@dataclass(frozen=True, slots=True)
class ServicesOfProcess:
    """`services` for calls; `run` in a greenlet of its own."""

    services: NetworkServices
    idle: Idle
    health: ServiceHealth

    def run(self) -> None:
        """Share what is known of services with the other processes, and close connections that nobody uses. Does not
        return."""
        while True:
            gevent.sleep(SHARE_EVERY_S)
            try:
                self.services.breakers.share(self.health)
                self.idle.sweep(time.monotonic())
            except Exception:
                log.exception("the health of services is not shared")


def services_of(settings: Settings, sealer: Sealer, journal: Journal, count: AskedCounter) -> ServicesOfProcess:
    """Nothing connects yet."""
    # Secrets are opened once, not for each request.
    resolver = Resolver(_RESOLVERS, _RESOLVED_S)
    idle, turn, find_opened = Idle(), IdleTurn(), lru_cache(_OPENED)(sealer.find)
    services = NetworkServices(
        ServiceSource(
            ServicesReader(settings.redis_url, signed_values(settings)),
            snapshot_path(settings.home).with_name(SERVICES_NAME),
        ),
        ServiceHttp(find_opened, settings.outbound_private, resolver, idle=idle, pause=turn),
        Notices(journal, sealer.seal).leave,
        count,
        pause=turn,
    )
    return ServicesOfProcess(services, idle, ServiceHealth(settings.redis_url))
