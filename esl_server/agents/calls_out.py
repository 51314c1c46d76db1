"""Calls out to telephone numbers: over which trunk, with which number shown, and what they may cost.

Every number must be an ordinary one in a country that is allowed (`ivr.domain.telephones.destinations`). A number
that a variable named, so that a caller may have keyed it, is rung within the limits of a day, too: the price of the
longest talk is reserved before it is dialled, and corrected afterwards.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, Protocol

from ivr.domain.errors import IvrError, StorageUnavailable
from ivr.domain.numbers import E164
from ivr.domain.telephones.destinations import find_refusal
from ivr.domain.telephones.errors import DestinationRefused
from ivr.domain.telephones.model import OutLimits, VerifiedOver, cost_usd
from ivr.domain.telephones.way_out import OutTrunk, WayOut, route

log = logging.getLogger(__name__)

_MICROS = 1_000_000
_DAY_S = 86_400.0
# In place of a gateway, in test calls, which reach nobody.
TEST_GATEWAY = "test"


class Spending(Protocol):
    """What was spent in the last day, in millionths of a dollar. Raises StorageUnavailable."""

    def reserve(self, micros: int) -> tuple[int, int, int]:
        """Count one call at this price; returns when (for `give_back`), and the sum and the calls of the day."""

    def give_back(self, when: int, micros: int, calls: int) -> None: ...


class SpendingLimitReached(IvrError):
    """No more calls out to numbers that variables name, for now."""

    code = "spending_limit_reached"


class Reservation(NamedTuple):
    """What was reserved, `by` a Spending."""

    by: Spending
    when: int
    micros: int


class OwnSpending:
    """A Spending of this process alone, for while the one of all cannot be asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls: list[list[float]] = []

    def reserve(self, micros: int) -> tuple[int, int, int]:
        now = self._clock()
        self._calls = [each for each in self._calls if now - each[0] < _DAY_S]
        self._calls.append([now, micros, 1])
        return int(now), round(sum(each[1] for each in self._calls)), round(sum(each[2] for each in self._calls))

    def give_back(self, when: int, micros: int, calls: int) -> None:
        for each in self._calls:
            if int(each[0]) == when and each[1] >= micros:
                each[1] -= micros
                each[2] -= calls
                return


def no_trunks() -> Iterable[OutTrunk]:
    return ()


class CallsOut:
    """One for each process. `trunks` are those that there are; `verified` the numbers beside theirs that are shown to
    be somebody's own."""

    def __init__(
        self,
        trunks: Callable[[], Iterable[OutTrunk]] = no_trunks,
        limits: OutLimits | None = None,
        spending: Spending | None = None,
        verified: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self.limits = limits or OutLimits()
        self._trunks, self._verified = trunks, verified
        self._own = OwnSpending()
        self._spending = spending or self._own

    def may_show(self, number: E164) -> bool:
        """Whether it is a number of a trunk, or verified."""
        return number in self._verified() or any(number in each.trunk.numbers for each in self._trunks())

    def way(self, number: E164, *, caller: E164 | None, came_by: str | None) -> WayOut:
        """Raises DestinationRefused and NoWayOut."""
        return route(number, self._trunks(), self.limits.countries, caller=caller, came_by=came_by)

    def test_way(self, number: E164, caller: E164 | None, region: str) -> WayOut:
        """Of a test call. Raises DestinationRefused."""
        countries = (each.trunk.country for each in self._trunks())
        refusal = find_refusal(number, {*self.limits.countries, region, *countries})
        if refusal is not None:
            raise DestinationRefused(refusal)
        return WayOut((TEST_GATEWAY,), caller or "anonymous", number, VerifiedOver(TEST_GATEWAY, ""))

    def reserve(self, talk_s: int) -> Reservation:
        """The price of a call of this length. Raises SpendingLimitReached."""
        micros = self._micros(talk_s)
        spending = self._spending
        try:
            when, spent, calls = spending.reserve(micros)
        except StorageUnavailable as error:
            log.warning("what calls out have cost is counted by this process alone: %s", error)
            spending = self._own
            when, spent, calls = spending.reserve(micros)
        reserved = Reservation(spending, when, micros)
        if spent > int(self.limits.usd_day * _MICROS) or calls > self.limits.calls_day:
            self._give_back(reserved, micros, 1)
            raise SpendingLimitReached(
                "no more numbers that variables name are rung for now: DIGITREE_OUT_USD_DAY and "
                "DIGITREE_OUT_CALLS_DAY limit what they cost in 24 hours"
            )
        return reserved

    def settle(self, reserved: Reservation, talked_s: float) -> None:
        """Give back what a call that lasted so long did not cost."""
        unspent = reserved.micros - self._micros(talked_s)
        if unspent > 0:
            self._give_back(reserved, unspent, 0)

    def _give_back(self, reserved: Reservation, micros: int, calls: int) -> None:
        try:
            reserved.by.give_back(reserved.when, micros, calls)
        except StorageUnavailable as error:
            log.warning("a call out counts in full: %s", error)

    def _micros(self, talked_s: float) -> int:
        return int(cost_usd(talked_s, self.limits.usd_min) * _MICROS)
