"""Why an agent could not be called over TLS. FreeSWITCH does not say: a handshake that it breaks off looks like an
agent that does not reply. So one more handshake is made, after the attempt."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable

import gevent

from esl_server.resolver import Resolver
from ivr.clients.tls_peers import TlsCheck, TlsRefused
from ivr.domain.sip_options import find_peer
from ivr.domain.tls_verdicts import TlsVerify, Verdict

log = logging.getLogger(__name__)

# The caller waits for it.
ANSWER_S = 1.0
KEPT_S = 60.0
_MOST_KEPT = 1000


class TlsVerdicts:
    """One per process. A verdict is used for a minute."""

    def __init__(
        self, check: TlsCheck, resolver: Resolver | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._check = check
        self._resolve = resolver or Resolver()
        self._clock = clock
        self._known: dict[tuple[str, TlsVerify], tuple[Verdict | None, float]] = {}

    def of(self, uri: str, verify: TlsVerify = "name") -> Verdict | None:
        """None: the certificate is right, nobody is there, or the address is not one over TLS."""
        peer = find_peer(uri)
        if peer is None or peer.transport != "tls":
            return None
        known = self._known.get((uri, verify))
        if known is None or self._clock() - known[1] >= KEPT_S:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            known = self._ask(peer.host, peer.port, verify), self._clock()
            self._known[uri, verify] = known
        return known[0]

    def _ask(self, host: str, port: int, verify: TlsVerify) -> Verdict | None:
        try:
            with gevent.Timeout(ANSWER_S, TimeoutError):
                address = self._resolve(host, port)[0]
                with socket.create_connection((address, port)) as plain:
                    self._check.wrap(plain, host, verify).close()
        except TlsRefused as error:
            log.warning("agent at %s:%d: TLS: %s", host, port, error.verdict)
            return error.verdict
        except OSError:
            pass
        return None
