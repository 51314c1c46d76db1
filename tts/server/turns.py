"""Work that is done one by one, in the order in which it was asked for.

A thread that asks waits for its turn. Who asks when every place is taken, or has waited too long, is refused with a
time to retry: then more is asked of this machine than it does in minutes, and waiting on would help nobody.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from tts.client.errors import TtsUnavailable

_RETRY_S = 5.0


class Turns:
    """`places`: how many may be at work or wait; `longest_wait_s`: then the wait is given up."""

    def __init__(self, places: int, longest_wait_s: float) -> None:
        self.places = places
        self._longest_wait_s = longest_wait_s
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn, until the block is left; raises TtsUnavailable."""
        turn = threading.Event()
        with self._lock:
            if len(self._queue) >= self.places:
                text = f"{self.places} prompts are being made or wait for it, which is the limit; try again later"
                raise TtsUnavailable(text, _RETRY_S, "tts_busy")
            self._queue.append(turn)
            self._queue[0].set()
        try:
            if not turn.wait(self._longest_wait_s):
                text = f"the prompts before it were not made in {self._longest_wait_s:.0f} s; try again later"
                raise TtsUnavailable(text, _RETRY_S, "tts_busy")
            yield
        finally:
            with self._lock:
                self._queue.remove(turn)
                if self._queue:
                    self._queue[0].set()
