"""Registrations that the switch has left: ended with their challenge answered, which FreeSWITCH does not do."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from ivr.clients.registration_end import LeftRegistration, end_registration
from ivr.clients.tls_peers import TlsCheck, TlsRefused

log = logging.getLogger(__name__)

# FreeSWITCH ends its gateways once a second; where it is believed, this changes nothing.
_AFTER_S = 2.0
_AT_ONCE = 4


class LeftRegistrations:
    """`leave` never waits."""

    def __init__(self, tls: TlsCheck, after_s: float = _AFTER_S) -> None:
        self._tls, self._after_s = tls, after_s
        self._pool = ThreadPoolExecutor(_AT_ONCE, "left-registrations")
        self._stopping = threading.Event()

    def leave(self, left: LeftRegistration) -> None:
        self._pool.submit(self._leave, left)

    def close(self) -> None:
        self._stopping.set()
        self._pool.shutdown(wait=True)

    def _leave(self, left: LeftRegistration) -> None:
        self._stopping.wait(self._after_s)
        name = left.trunk.name
        try:
            status = end_registration(left, self._tls)
            log.info("trunk %s is registered no more as %s: %s", name, left.contact, status)
        except (OSError, TlsRefused, ValueError) as error:
            log.info("trunk %s: the end of its registration was not heard: %s", name, error or "no answer")
