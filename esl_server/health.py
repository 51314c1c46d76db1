"""Which addresses are worth a try: after five failures in a row one is left alone for a minute, then tried again.

Every process counts for itself and tells the others once a second what changed (`Shared`, in Redis), so that no call
asks anybody. The keeper says there, too, which addresses do not answer OPTIONS.
"""

from __future__ import annotations

import time
from collections.abc import Callable

# What an address is to blame for: one that is busy or declines is there.
_FAILURES = frozenset({"no_answer", "unreachable", "error", "answered_silent"})
FAILURES_IN_A_ROW = 5
REST_S = 60.0


class Health:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # uri -> (failures in a row, rests until)
        self._failing: dict[str, tuple[int, float]] = {}

    def note(self, uri: str, result: str) -> None:
        if result not in _FAILURES:
            if result != "cancelled":
                self._failing.pop(uri, None)
            return
        failures = self._failing.get(uri, (0, 0.0))[0] + 1
        self._failing[uri] = failures, self._clock() + REST_S if failures >= FAILURES_IN_A_ROW else 0.0

    def is_resting(self, uri: str) -> bool:
        known = self._failing.get(uri)
        return known is not None and self._clock() < known[1]
