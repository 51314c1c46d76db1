"""The locks that keep a second supervisor of the same processes off one home."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ivr.settings import SetupError

# Supervisors that may run the same kind of process on one home.
_MOST_SHARED = 64


def _lock_path(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.lock"


@contextmanager
def home_locks(home: Path, names: Collection[str], shared: Collection[str] = ()) -> Iterator[None]:
    """One lock for each kind of process that this supervisor runs, which the kernel releases however the supervisor
    ends. Supervisors of different kinds may share a home, and several may run a kind that is in `shared`: the second
    of them holds esl.2.lock."""
    with contextlib.ExitStack() as held:
        for name in sorted(names):
            turns = [name, *(f"{name}.{number}" for number in range(2, _MOST_SHARED + 1) if name in shared)]
            files = (_lock(held, _lock_path(home, turn)) for turn in turns)
            file = next((file for file in files if file is not None), None)
            if file is None:
                raise SetupError(
                    f"`digitree up` already runs on {home} (process {_lock_path(home, name).read_text().strip()}). "
                    "Stop it with `digitree down`, or choose another DIGITREE_HOME."
                )
            file.seek(0)
            file.truncate()
            file.write(f"{os.getpid()}\n")
            file.flush()
        yield


def _lock(held: contextlib.ExitStack, path: Path) -> TextIO | None:
    """The file, locked until `held` is closed; None when another process has it."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return held.enter_context(file)


def find_supervisors(home: Path) -> dict[str, int]:
    """Process id of the supervisor of each kind of process that runs on this home. Where several run one kind, they
    are named as their locks are: esl.2 and so on."""
    found = {}
    for path in (home / "run").glob("*.lock"):
        with contextlib.suppress(OSError, ValueError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found[path.stem] = int(file.read())
    return found
