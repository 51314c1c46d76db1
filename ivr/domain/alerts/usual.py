"""What is usual: judged by the same hours of the same weekday in the weeks before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WEEKS = 4
# In so many of the weeks before there were as many calls as the threshold: one holiday changes nothing.
_NEEDED = 3
# Of so few opt-outs no share is told.
LEAST_OPT_OUTS = 5


class Share(NamedTuple):
    calls: int
    opt_outs: int


def misses_calls(now: int, before: Sequence[int], least: int) -> bool:
    """Whether no call came in these hours, though at least `least` came in most of the weeks before. `before` has
    the calls of those weeks, WEEKS of them; an installation that is younger misses none."""
    return now == 0 and len(before) == WEEKS and sum(count >= least for count in before) >= _NEEDED


def is_unusual_share(now: Share, before: Share, times: int, least: int) -> bool:
    """Whether the share of callers who opted out is more than `times` that of the time before, each over at least
    `least` calls."""
    if min(now.calls, before.calls) < least or now.opt_outs < LEAST_OPT_OUTS:
        return False
    return now.opt_outs * before.calls > times * max(before.opt_outs, 1) * now.calls


def failed_lately(results: Sequence[bool], failures: int, attempts: int) -> int | None:
    """The number of failures among the last `attempts`, if they are `failures` and more; `results` are the latest
    first, True for a success."""
    failed = sum(not each for each in results[:attempts])
    return failed if failed >= failures else None
