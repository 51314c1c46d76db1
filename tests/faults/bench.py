"""What every row uses: a site, callers, and how many calls make a crowd here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import redis

from tests.faults.calling import Call, Callers
from tests.faults.proxy import Proxy
from tests.faults.site import Site
from tests.faults.verdict import Row, judge

if TYPE_CHECKING:
    from tests.faults.rows_disk import Disk

# Started so fast, a crowd is there within some seconds and the machine is not only busy with answering.
STARTS_PER_S = 60.0
# A fault of a store may delay a new call by this.
LATER_MS = 250.0


@dataclass
class Crowd:
    """The calls of one row: `load` while they are made, `calls` and `records` (by channel) when all is over."""

    load: str
    calls: list[Call] = field(default_factory=list)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Bench:
    """`live` calls at a time, `speed` times as fast as life. `quick` rows do less of everything."""

    site: Site
    callers: Callers
    live: int = 200
    quick: bool = False
    speed: float = 1.0
    esl_processes: int = 2
    redis_proxy: Proxy | None = None
    postgres_proxy: Proxy | None = None
    far_redis: redis.Redis | None = None
    disk: Disk | None = None

    @contextmanager
    def crowd(self, row: Row, *, judged: bool = True, **options: Any) -> Iterator[Crowd]:
        """Live calls while the block runs, new ones as the old end; afterwards all are judged. Options are those of
        `Callers.load` and of `judge`."""
        judging = {name: options.pop(name) for name in _JUDGING if name in options}
        options = {"did": self.site.did, "live": self.live, "per_s": STARTS_PER_S, "speed": self.speed, **options}
        crowd = Crowd(self.callers.load(**options))
        self.callers.wait_live(crowd.load, options["live"])
        try:
            yield crowd
        finally:
            crowd.calls = self.callers.finish(crowd.load)
        if judged:
            crowd.records = judge(row, self.site, crowd.calls, **judging)

    def burst(self, row: Row, total: int, **options: Any) -> Crowd:
        """So many calls, to their end."""
        judging = {name: options.pop(name) for name in _JUDGING if name in options}
        options = {"live": min(total, self.live), "per_s": STARTS_PER_S, "speed": self.speed, **options}
        crowd = Crowd(self.callers.load(self.site.did, total=total, **options))
        crowd.calls = self.callers.wait_over(crowd.load)
        crowd.records = judge(row, self.site, crowd.calls, **judging)
        return crowd

    def wait_new_calls(self, crowd: Crowd, timeout_s: float = 60.0) -> None:
        """A quarter of a crowd has begun since, so what is there now has served new callers too."""
        self.callers.wait_started(crowd.load, max(5, self.live // 4), timeout_s)


_JUDGING = ("versions", "unbroken", "clock_s", "opt_out_fails", "flush_s")


def start_times_ms(calls: Sequence[Call], since: float = 0.0, until: float = float("inf")) -> list[float]:
    """How long those who called in this time waited for an answer."""
    return sorted(call.answer_ms for call in calls if call.answer_ms is not None and since <= call.began_at < until)


def compare_start_times(bench: Bench, row: Row, calls: Sequence[Call], since: float, until: float) -> None:
    """New calls during a fault start within 250 ms of the usual (the calls before it). What the callers' own process
    had to wait for its turn is the machine's doing."""
    allowed_ms = LATER_MS + bench.callers.lag_ms
    usual = start_times_ms(calls, until=since)
    during = start_times_ms(calls, since, until)
    row.check(bool(during), "nobody called during the fault")
    if during and usual:
        middle = usual[len(usual) // 2]
        row.figures.append(f"slowest start {during[-1]:.0f} ms, usually {middle:.0f} to {usual[-1]:.0f} ms")
        row.check(during[-1] <= usual[-1] + allowed_ms, f"a call started after {during[-1]:.0f} ms")


def share(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the sorted values lie."""
    return values[min(len(values) - 1, int(len(values) * part))]


def now() -> float:
    return time.time()
