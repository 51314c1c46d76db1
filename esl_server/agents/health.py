"""The health of agents' addresses: after five failures in a row an address is not tried for a minute.

Every process counts for itself and exchanges changes with the others once a second (`share`), so that no call waits
for an answer. The keeper sends OPTIONS to unreachable addresses: one that does not reply is skipped until it does. An
address with fewer failures gets no OPTIONS.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ivr.domain.errors import StorageUnavailable
from ivr.storage.redis.agent_health import AgentHealth, KnownTargets, Noted

# Failures of the address; one that is busy or declines is reachable.
_FAILURES = frozenset({"no_answer", "unreachable", "error", "answered_silent", "vanished"})
_WELL = Noted(well=True)
FAILURES_IN_A_ROW = 5
REST_S = 60.0


class Health:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # uri -> (failures in a row, rests until)
        self._failing: dict[str, tuple[int, float]] = {}
        self._known = KnownTargets(frozenset(), frozenset())
        self._unshared: dict[str, Noted] = {}

    def note(self, uri: str, result: str) -> None:
        if result == "cancelled":
            return
        if result not in _FAILURES:
            self._failing.pop(uri, None)
            self._unshared[uri] = _WELL
            return
        failures = self._failing.get(uri, (0, 0.0))[0] + 1
        self._failing[uri] = failures, self._clock() + REST_S if failures >= FAILURES_IN_A_ROW else 0.0
        before = self._unshared.get(uri, Noted())
        suspect = before.suspect or result == "unreachable"
        self._unshared[uri] = before._replace(failures=before.failures + 1, suspect=suspect)

    def is_resting(self, uri: str) -> bool:
        known = self._failing.get(uri)
        return uri in self._known.resting or (known is not None and self._clock() < known[1])

    def is_silent(self, uri: str) -> bool:
        """Whether the address does not reply to OPTIONS."""
        return uri in self._known.silent

    def share(self, shared: AgentHealth) -> None:
        """Exchange changes with the other processes; without Redis each counts for itself."""
        noted, self._unshared = self._unshared, {}
        try:
            self._known = shared.exchange(noted, FAILURES_IN_A_ROW, REST_S)
        except StorageUnavailable:
            self._known = KnownTargets(frozenset(), frozenset())
            self._unshared = {**noted, **self._unshared}
