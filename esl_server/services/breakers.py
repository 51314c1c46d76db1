"""Circuit breakers: a service that failed five times in a row is not asked for ten seconds, then by one call at a
time until it answers.

Every process counts for itself and exchanges changes with the others once a second (`share`), so that no call waits
for that; without Redis it goes by what it saw itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ivr.domain.errors import StorageUnavailable
from ivr.domain.services import ServiceAnswer
from ivr.storage.redis.service_health import Noted

FAILURES_IN_A_ROW = 5
OPEN_S = 10.0
# One that asks for the others and is never heard of again holds them up for no longer than this.
_LONGEST_TRIAL_S = 5.0


class Shared(Protocol):
    """Raises StorageUnavailable (ivr.storage.redis.service_health)."""

    def exchange(
        self, noted: dict[str, Noted], failures_in_a_row: int, open_s: float
    ) -> frozenset[str]: ...


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    open_until: float = float("-inf")
    tried_until: float = float("-inf")


class Breakers:
    """One for each process; a breaker is of a service at an address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failing: dict[str, _Breaker] = {}
        self._unshared: dict[str, Noted] = {}
        self._open_elsewhere: frozenset[str] = frozenset()

    def lets_through(self, name: str) -> bool:
        """Whether the service may be asked now. Where it says so, `note` must follow."""
        if name in self._open_elsewhere:
            return False
        breaker = self._failing.get(name)
        if breaker is None or breaker.failures < FAILURES_IN_A_ROW:
            return True
        now = self._clock()
        if now < max(breaker.open_until, breaker.tried_until):
            return False
        breaker.tried_until = now + _LONGEST_TRIAL_S
        return True

    def note(self, name: str, *, answered: bool) -> None:
        """What came of asking it."""
        if answered:
            self._failing.pop(name, None)
            self._unshared[name] = Noted(answered=True)
            return
        breaker = self._failing.setdefault(name, _Breaker())
        breaker.failures += 1
        breaker.tried_until = float("-inf")
        if breaker.failures >= FAILURES_IN_A_ROW:
            breaker.open_until = self._clock() + OPEN_S
        before = self._unshared.get(name, Noted())
        self._unshared[name] = before._replace(failures=before.failures + 1)

    def share(self, shared: Shared) -> None:
        """Exchange changes with the other processes."""
        noted, self._unshared = self._unshared, {}
        try:
            found = shared.exchange(noted, FAILURES_IN_A_ROW, OPEN_S)
        except StorageUnavailable:
            self._open_elsewhere = frozenset()
            self._unshared = {**noted, **self._unshared}
            return
        for name in found:
            # Afterwards this process, too, asks by one call at a time.
            breaker = self._failing.setdefault(name, _Breaker())
            breaker.failures = max(breaker.failures, FAILURES_IN_A_ROW)
        self._open_elsewhere = found


def is_well(answer: ServiceAnswer) -> bool:
    """Whether an answer says that the service works: also one that refuses a request does."""
    match answer.failure:
        case None | "refused":
            return True
        case "status":
            return answer.status is not None and answer.status < 500
        case _:
            return False
