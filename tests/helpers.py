"""What tests of every folder share and what is no fixture."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_PATIENCE_S = 20.0


def wait_until(predicate: Callable[[], T], timeout_s: float, what: str, poll_s: float = 0.02) -> T:
    """The predicate's first true value; for what has no event to wait for. Fails with `what` after `timeout_s`, and
    never before 20 s: what is to come at all may take that long on a busy machine."""
    deadline = time.monotonic() + max(timeout_s, _PATIENCE_S)
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(poll_s)


def pids_in(directory: Path) -> list[int]:
    """Processes that work in this directory. Where the kernel does not tell whose that is (root of a container, of
    processes under another account), those whose command line names it, and their children."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            try:
                is_there = process.cwd() == str(directory)
            except psutil.AccessDenied:
                parent = process.parent()
                words = [*process.cmdline(), *(parent.cmdline() if parent else ())]
                is_there = any(word.startswith(str(directory)) for word in words)
            if is_there:
                found.append(process.pid)
    return found


class Watch:
    """Time of our own, at least: what passes while threads of this process wait for a processor does not count."""

    def __init__(self) -> None:
        self._began_s, self._queued_s = time.monotonic(), _queued_s()

    def own_s(self) -> float:
        return time.monotonic() - self._began_s - max(0.0, _queued_s() - self._queued_s)


@contextmanager
def taking_less_than(limit_s: float) -> Iterator[None]:
    """Fails at the end of a block that took longer, however busy the machine is with others."""
    watch = Watch()
    yield
    own_s = watch.own_s()
    assert own_s < limit_s, f"{own_s:.3f} s"


def longest_turn_s(is_over: Callable[[], object]) -> float:
    """For gevent: until it is over, the longest that any greenlet kept all others waiting, in time of our own."""
    import gevent

    longest_s = 0.0
    while not is_over():
        watch = Watch()
        gevent.sleep(0.01)
        longest_s = max(longest_s, watch.own_s() - 0.01)
    return longest_s


def _queued_s() -> float:
    """What the kernel's scheduler has counted for all threads of this process (sched-stats); 0 where it does not."""
    queued_ns = 0
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            queued_ns += int((thread / "schedstat").read_text().split()[1])
    return queued_ns / 1e9
