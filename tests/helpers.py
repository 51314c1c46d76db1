"""What tests of every folder share and what is no fixture."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ivr.domain.signed_values import SignedValues

T = TypeVar("T")
SECRET = "0" * 64
SIGNED = SignedValues(SECRET.encode)
# By which switches of tests prove themselves to call servers of tests.
SWITCH_SECRET = "f00d" * 8
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


def as_owner(database_url: str) -> str:
    """The embedded Postgres in the role that owns the tables."""
    return database_url.replace("//digitree@", "//digitree_owner@", 1)


def as_superuser(database_url: str) -> str:
    """The embedded Postgres in the role that may do all, as an attacker with the keys to it."""
    return database_url.replace("//digitree@", "//postgres@", 1)
