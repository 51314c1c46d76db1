"""The time of one call, in milliseconds since it came in.

While an application runs (a prompt plays, a gather waits) the call's time is scheduled: it goes from event to
event and may run faster than the wall clock (`speed`), so that tests need not wait for five seconds of silence.
While the switch waits for our server's next command, time is the wall clock's: the server's time is measured, never
scaled.
"""

from __future__ import annotations

import math
import time

from gevent.event import Event


class CallClock:
    """The clock of one call. `speed` 1 is real time, 50 plays a 5 s prompt in 100 ms, infinity takes no time.

    With `counts_idle` false the server's time is not counted, so that every time in a call is known beforehand.
    """

    def __init__(self, speed: float = 1.0, counts_idle: bool = True) -> None:
        if not speed > 0:
            raise ValueError(f"speed {speed} is not above 0")
        self.speed = speed
        self._counts_idle = counts_idle
        self.started_wall_s = time.time()
        self.now_ms = 0.0
        self._mark_s = time.monotonic()

    @property
    def wall_s(self) -> float:
        """Seconds since the epoch by the call's time (ahead of the real time in a call that runs fast)."""
        return self.started_wall_s + self.now_ms / 1000

    def catch_up(self) -> float:
        """Bring `now_ms` up to the wall clock; for the time in which no application runs."""
        mark_s = time.monotonic()
        if self._counts_idle:
            self.now_ms += max(0.0, mark_s - self._mark_s) * 1000
        self._mark_s = mark_s
        return self.now_ms

    def wait_until(self, at_ms: float, wake: Event) -> bool:
        """Let the call's time reach `at_ms`. False if `wake` was set before; it is cleared then."""
        ahead_ms = at_ms - self.now_ms
        if ahead_ms > 0:
            due_s = self._mark_s + ahead_ms / 1000 / self.speed
            left_s = due_s - time.monotonic()
            if (left_s > 0 and wake.wait(left_s)) or wake.is_set():
                wake.clear()
                mark_s = time.monotonic()
                passed_ms = (mark_s - self._mark_s) * 1000 * (1.0 if math.isinf(self.speed) else self.speed)
                self.now_ms = min(at_ms, self.now_ms + passed_ms)
                self._mark_s = mark_s
                return False
            self.now_ms = at_ms
            # Keep to the schedule (no drift over a call) unless it is behind: then count from now.
            self._mark_s = due_s if self.speed == 1.0 else time.monotonic()
        return True
