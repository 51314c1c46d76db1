"""How long a call will have to wait."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import fmean

# Where nothing is known yet, a talk of this length.
USUAL_TALK_S = 180.0
_LEAST_TALKS = 5


def mean_held_s(held_ms: Sequence[int]) -> float:
    """How long a call takes a person, by the last ones: ringing, talking, and what is to do afterwards."""
    if len(held_ms) < _LEAST_TALKS:
        return USUAL_TALK_S
    return fmean(held_ms) / 1000


def estimated_wait_s(position: int, on_duty: int, held_s: float) -> float:
    """For the call at `position` (1: next), where all are busy: `position` people have to become free, and one of
    `on_duty` does every `held_s / on_duty`."""
    return position * held_s / max(1, on_duty)


def spoken_minutes(wait_s: float) -> int:
    """As it is said: whole minutes, rounded up, at least one."""
    return max(1, ceil(wait_s / 60))
