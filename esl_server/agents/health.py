"""Which addresses are worth a try: after five failures in a row one is left alone for a minute, then tried again.

Every process counts for itself and tells the others once a second what changed (`share`), so that no call asks
anybody. The keeper asks those that rest and were unreachable with OPTIONS: one that is silent is skipped until it
answers. No address is asked for a failure or two: what is there and has not failed gets calls and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ivr.domain.errors import StorageUnavailable
from ivr.storage.redis.agent_health import AgentHealth, Known, Noted

# What an address is to blame for: one that is busy or declines is there.
_FAILURES = frozenset({"no_answer", "unreachable", "error", "answered_silent"})
FAILURES_IN_A_ROW = 5
REST_S = 60.0


class Health:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # uri -> (failures in a row, rests until)
        self._failing: dict[str, tuple[int, float]] = {}
        self._known = Known(frozenset(), frozenset())
        self._untold: dict[str, Noted] = {}

    def note(self, uri: str, result: str) -> None:
        if result == "cancelled":
            return
        if result not in _FAILURES:
            self._failing.pop(uri, None)
            self._untold[uri] = Noted(well=True)
            return
        failures = self._failing.get(uri, (0, 0.0))[0] + 1
        self._failing[uri] = failures, self._clock() + REST_S if failures >= FAILURES_IN_A_ROW else 0.0
        before = self._untold.get(uri, Noted())
        suspect = before.suspect or result == "unreachable"
        self._untold[uri] = before._replace(failures=before.failures + 1, suspect=suspect)

    def is_resting(self, uri: str) -> bool:
        known = self._failing.get(uri)
        return uri in self._known.resting or (known is not None and self._clock() < known[1])

    def is_silent(self, uri: str) -> bool:
        """It does not answer OPTIONS."""
        return uri in self._known.silent

    def share(self, shared: AgentHealth) -> None:
        """Tells the other processes and hears of them; without Redis each counts for itself."""
        noted, self._untold = self._untold, {}
        try:
            self._known = shared.exchange(noted, FAILURES_IN_A_ROW, REST_S)
        except StorageUnavailable:
            self._known = Known(frozenset(), frozenset())
            self._untold = {**noted, **self._untold}
