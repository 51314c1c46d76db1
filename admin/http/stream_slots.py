"""Slots for open streams: a limit per API key and one for the whole process. Free of HTTP, so that services may use
it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ivr.domain.errors import IvrError

# The last entry of a queue whose stream is over.
END = object()


class TooManyStreams(IvrError):
    """The limit of open streams is reached, of this API key or of the process."""

    code = "too_many_streams"
    retryable = True


class StreamSlots:
    """The open streams of one process: at most `each` per API key, at most `in_all` together."""

    def __init__(self, each: int, in_all: int) -> None:
        self.each = each
        self.in_all = in_all
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, actor: str) -> Iterator[None]:
        """A slot, held until the block is left; raises TooManyStreams."""
        with self._lock:
            if self._taken[actor] >= self.each:
                open_now = self._taken[actor]
                text = f"an API key may have {self.each} open streams; yours has {open_now}, so close one first"
                raise TooManyStreams(text)
            if self._taken.total() >= self.in_all:
                text = f"a process serves {self.in_all} open streams at most, and all are in use; try again later"
                raise TooManyStreams(text)
            self._taken[actor] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[actor] -= 1
                if not self._taken[actor]:
                    del self._taken[actor]
