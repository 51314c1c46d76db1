"""The addresses of trunks' hosts, looked up again and again. What was found stays until something else is found: a
carrier does not lose its way here because a name server is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ivr.clients.host_addresses import find_addresses
from ivr.domain.sip_options import Transport
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk
from ivr.domain.trunks.table import hosts_of

log = logging.getLogger(__name__)

EVERY_S = 60.0
# How long a look waits for what it asks; the rest is taken at a later one.
WITHIN_S = 4.0
_AT_ONCE = 4

_Key = tuple[Host, Transport]
Find = Callable[[Host, Transport], frozenset[str]]


class TrunkAddresses:
    def __init__(self, find: Find = find_addresses, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._find, self._clock = find, clock
        self._pool = ThreadPoolExecutor(_AT_ONCE, "trunk-addresses")
        self._found: dict[_Key, frozenset[str]] = {}
        self._asked: dict[_Key, tuple[Future[frozenset[str]], float]] = {}

    def look(self, trunks: Iterable[Trunk]) -> None:
        """Ask for what is due, and take what was found."""
        keys = {(host, trunk.transport) for trunk in trunks for host in hosts_of(trunk)}
        for key in self._asked.keys() - keys:
            self._asked.pop(key)[0].cancel()
            self._found.pop(key, None)
        now = self._clock()
        due = [key for key in keys if self._is_due(key, now)]
        for key in due:
            self._asked[key] = self._pool.submit(self._find, *key), now
        wait([self._asked[key][0] for key in due], WITHIN_S)
        for key, (answer, _) in self._asked.items():
            if answer.done():
                self._take(key, answer)

    def of(self, trunk: Trunk) -> dict[Host, frozenset[str]]:
        """What is known; a host that was never found is not in it."""
        keys = [(host, trunk.transport) for host in hosts_of(trunk)]
        return {key[0]: self._found[key] for key in keys if key in self._found}

    def _is_due(self, key: _Key, now: float) -> bool:
        if key not in self._asked:
            return True
        answer, at = self._asked[key]
        return answer.done() and now - at >= EVERY_S

    def _take(self, key: _Key, answer: Future[frozenset[str]]) -> None:
        try:
            self._found[key] = answer.result()
        except OSError as error:
            log.debug("%s: %s", key[0], error)
