"""Whether a call may wait, and for how long."""

from __future__ import annotations

from typing import Literal

# Why a call does not wait (any longer), as `case` of a transfer names it.
CLOSED, FULL, WAITED = "closed", "full", "no_answer"
Refusal = Literal["closed", "full", "no_answer"]

MAX_WAIT_S = 7200
MAX_WAITING = 1000
USUAL_WAITING = 20


def refusal(on_duty: int, waiting: int, max_waiting: int) -> Refusal | None:
    """Of a call that comes to a line in which `waiting` others are; None: it may wait."""
    if not on_duty:
        return "closed"
    return "full" if waiting >= max_waiting else None


def remaining_s(entered_ms: int, now_ms: int, wait_s: int) -> float:
    """How long the call waits at most from now on; 0: its time is over."""
    return max(0.0, wait_s - (now_ms - entered_ms) / 1000)


def piece_s(position: int, on_duty: int, remaining: float) -> int:
    """For how long the call may listen before it looks again: a second near the head of the line, where the next
    person is for it, up to four behind. Whole seconds, at least one."""
    near = position <= 2 * max(1, on_duty)
    return max(1, min(1 if near else 4, round(remaining)))
