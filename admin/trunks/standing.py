"""How a trunk stands, and whether it works when it is tried now."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ivr.clients.gateway_watch import GatewayWatch
from ivr.clients.host_addresses import find_servers
from ivr.clients.sip_probe import ask_options
from ivr.clients.switch import SwitchUnavailable
from ivr.clients.tls_peers import TlsCheck, TlsRefused
from ivr.domain.trunks.gateways import gateways_of
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Registration, Trunk
from ivr.domain.trunks.refusals import refused, untrusted
from ivr.domain.trunks.state import TrunkState
from ivr.storage.disk.trunk_states import read_states

WITHIN_S = 8.0
MOST_SERVERS = 8


@dataclass(frozen=True, slots=True)
class Trial:
    """`works`: None where nothing could be tried; `said`: a sentence for people."""

    works: bool | None
    said: str


@dataclass(frozen=True)
class TrunkStanding:
    """`states`: what the keeper writes; `connect` makes a connection to the switch."""

    states: Path
    connect: Callable[[], GatewayWatch]
    tls: TlsCheck

    def find(self, name: str) -> TrunkState:
        return read_states(self.states).get(name, TrunkState())

    def all(self) -> dict[str, TrunkState]:
        return read_states(self.states)

    def test(self, trunk: Trunk) -> Trial:
        """Register now, or ask the hosts. Takes seconds where nobody answers."""
        if trunk.registration is not None:
            return self._register(trunk, trunk.registration)
        if trunk.hosts:
            return self._ask(trunk)
        return Trial(None, f"{trunk.name} has no host to ask: call one of its numbers")

    def _register(self, trunk: Trunk, registration: Registration) -> Trial:
        name = next(iter(gateways_of(trunk))).name
        try:
            with self.connect() as watch:
                if name not in {each.name for each in watch.statuses()}:
                    return Trial(None, f"the switch does not have {trunk.name} yet: try again in a few seconds")
                watch.register(name)
                until = time.monotonic() + WITHIN_S
                while (left := until - time.monotonic()) > 0:
                    news = watch.heard(left)
                    if news is None or news.name != name or news.status is None:
                        continue
                    if news.status < 300:
                        return Trial(True, f"{trunk.name} is registered with {registration.registrar}")
                    return Trial(False, refused(trunk, news.status))
        except SwitchUnavailable as error:
            return Trial(None, f"the switch cannot be asked: {error}")
        if trunk.transport == "tls" and not (asked := self._ask_host(trunk, registration.server)).works:
            # FreeSWITCH does not say that it has ended a handshake.
            return asked
        return Trial(False, refused(trunk, 408))

    def _ask(self, trunk: Trunk) -> Trial:
        """All at once; the first host that answers anything but 403 is there: many refuse OPTIONS."""
        with ThreadPoolExecutor(len(trunk.hosts)) as pool:
            tried = list(pool.map(lambda host: self._ask_host(trunk, host), trunk.hosts))
        return next((each for each in tried if each.works), tried[0])

    def _ask_host(self, trunk: Trunk, host: Host) -> Trial:
        """All servers that its SRV records name, at once, as FreeSWITCH would try one after the other."""
        try:
            servers = find_servers(host, trunk.transport)[:MOST_SERVERS]
        except OSError:
            return Trial(False, f"{host} is not known to the DNS just now: look at its name")
        with ThreadPoolExecutor(len(servers)) as pool:
            tried = list(pool.map(lambda server: self._ask_server(trunk, host, server), servers))
        return next((each for each in tried if each.works), tried[0])

    def _ask_server(self, trunk: Trunk, host: Host, server: Host) -> Trial:
        at = None if server == host else (server.name, server.port or 0)
        try:
            status = ask_options(f"sip:{host};transport={trunk.transport}", tls=self.tls, server=at)
        except TlsRefused as error:
            return Trial(False, untrusted(host, error.verdict))
        if status is None or status == 403:
            return Trial(False, refused(trunk, status or 408))
        return Trial(True, f"{host} answers")
