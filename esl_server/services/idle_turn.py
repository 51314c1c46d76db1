"""Work that gives way to all else: one piece at a time, each when the loop has nothing else to do.

Answers of a slow service come by the hundred. Handled as they come, a caller's key would wait behind all of them; so
it waits behind one at most.
"""

from __future__ import annotations

from gevent import get_hub
from gevent.lock import Semaphore


class IdleTurn:
    """One for each process."""

    def __init__(self) -> None:
        self._one = Semaphore(1)

    def __call__(self) -> None:
        """Wait for a turn. A loop that is never idle gives none: whoever waits bounds the time."""
        with self._one:
            hub = get_hub()
            idle = hub.loop.idle()
            try:
                hub.wait(idle)
            finally:
                idle.close()
