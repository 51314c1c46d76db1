"""What calls out have cost in a day: over all processes in Redis, in one process while Redis is away."""

from __future__ import annotations

from decimal import Decimal

import pytest

from esl_server.agents.calls_out import CallsOut, OwnSpending, SpendingLimitReached
from ivr.domain.errors import StorageUnavailable
from ivr.domain.telephones.model import OutLimits
from ivr.storage.redis.calls_out import CallsOutSpending

LIMITS = OutLimits(usd_min=Decimal("0.02"), usd_day=Decimal("0.10"), calls_day=3)
AWAY = "redis://127.0.0.1:1/0"


class Clock:
    now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def test_two_call_servers_count_together_for_24_hours(cache: str) -> None:
    clock = Clock()
    one, two = (CallsOutSpending(cache, clock=clock) for _ in range(2))
    hour, spent, calls = one.reserve(60_000)
    assert (spent, calls) == (60_000, 1)
    clock.now += 3 * 3600
    assert two.reserve(20_000)[1:] == (80_000, 2)
    one.give_back(hour, 40_000, 0)
    assert two.reserve(0)[1:] == (40_000, 3)
    clock.now += 22 * 3600
    assert one.reserve(0)[1:] == (20_000, 3), "the first hour is gone, with its call"


@pytest.mark.parametrize("url", ["redis", AWAY])
def test_the_limits_hold_with_redis_and_without(cache: str, url: str) -> None:
    calls_out = CallsOut(limits=LIMITS, spending=CallsOutSpending(cache if url == "redis" else AWAY))
    kept = calls_out.reserve(180)
    with pytest.raises(SpendingLimitReached):
        calls_out.reserve(180)
    calls_out.settle(kept, 61.0)  # two minutes begun of three
    calls_out.settle(calls_out.reserve(180), 0.0)
    calls_out.reserve(60)
    with pytest.raises(SpendingLimitReached, match="DIGITREE_OUT_CALLS_DAY"):
        calls_out.reserve(0)


def test_a_process_alone_forgets_after_a_day() -> None:
    clock = Clock()
    own = OwnSpending(clock)
    own.reserve(5)
    clock.now += 86_399
    assert own.reserve(7)[1:] == (12, 2)
    clock.now += 2
    assert own.reserve(1)[1:] == (8, 2)


def test_redis_that_is_away_is_told_as_such() -> None:
    with pytest.raises(StorageUnavailable):
        CallsOutSpending(AWAY).reserve(1)
