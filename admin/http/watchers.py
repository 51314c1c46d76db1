"""Places for those who watch something: so many in all, and so many for each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ivr.domain.errors import IvrError


class TooManyWatchers(IvrError):
    """This key, or all of them together, watch enough."""

    code = "too_many_streams"
    retryable = True


class Places:
    """Of one process."""

    def __init__(self, each: int, in_all: int) -> None:
        self.each = each
        self.in_all = in_all
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, who: str) -> Iterator[None]:
        """A place for as long as it is needed; raises TooManyWatchers."""
        with self._lock:
            if self._taken[who] >= self.each or self._taken.total() >= self.in_all:
                raise TooManyWatchers("this key has as many streams as it may have; end one first")
            self._taken[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[who] -= 1
                if not self._taken[who]:
                    del self._taken[who]
