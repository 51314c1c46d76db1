"""Why FreeSWITCH sends nothing to a trunk over TLS: it ends a handshake without a word, so the same is made here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from ivr.clients.host_addresses import find_servers
from ivr.clients.sip_probe import shake_hands
from ivr.clients.tls_peers import TlsCheck, TlsRefused
from ivr.domain.tls_verdicts import Verdict
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk

log = logging.getLogger(__name__)

EVERY_S = 30.0
_AT_ONCE = 4
_TLS_PORT = 5061


class Distrusted(NamedTuple):
    """A host of a trunk, and what is wrong with its certificate."""

    trunk: str
    host: Host
    verdict: Verdict


@dataclass(slots=True)
class _Asked:
    answer: Future[Distrusted | None]
    at: float
    is_told: bool = False


class TrunkCertificates:
    """`look` never waits: what a handshake came to is told by a later one."""

    def __init__(self, tls: TlsCheck, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tls, self._clock = tls, clock
        self._pool = ThreadPoolExecutor(_AT_ONCE, "trunk-certificates")
        # By the whole trunk: one that was changed is looked at anew.
        self._asked: dict[Trunk, _Asked] = {}

    def look(self, trunks: Iterable[Trunk]) -> Iterator[Distrusted]:
        """Ask those of these trunks that are due, and tell once what each handshake came to."""
        before, self._asked = self._asked, {}
        now = self._clock()
        for trunk in trunks:
            if trunk.transport != "tls":
                continue
            asked = before.get(trunk)
            if asked is not None and asked.answer.done() and not asked.is_told:
                asked.is_told = True
                if (found := asked.answer.result()) is not None:
                    yield found
            if asked is None or (asked.is_told and now - asked.at >= EVERY_S):
                asked = _Asked(self._pool.submit(self._find, trunk), now)
            self._asked[trunk] = asked

    def _find(self, trunk: Trunk) -> Distrusted | None:
        hosts = [trunk.registration.server] if trunk.registration is not None else [*trunk.hosts]
        for host in hosts:
            try:
                for server in find_servers(host, "tls"):
                    shake_hands(host.name, (server.name, server.port or _TLS_PORT), self._tls)
            except TlsRefused as error:
                # A handshake that fails without a word on a certificate may want one of ours: none is shown here.
                if error.verdict != "no_tls":
                    return Distrusted(trunk.name, host, error.verdict)
            except (OSError, UnicodeError) as error:
                log.debug("%s of trunk %s: %s", host, trunk.name, error)
        return None
