"""The state directory: its parts, the locks that keep a second supervisor out, the secret made once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ivr.settings import Settings, SetupError

# Numbers of callers stand in the journal, secrets in run; prompts are for everybody who runs a switch.
_PRIVATE = ("journal", "metrics", "run")
# Supervisors that keep the same kind of process on one home.
_MOST_SHARED = 64


def prepare_home(settings: Settings) -> None:
    """Makes what is missing. SetupError when the directory cannot be written."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        for name in _PRIVATE:
            (settings.home / name).mkdir(mode=0o700, exist_ok=True)
        (settings.prompts / "system").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"{error.filename} cannot be made ({error.strerror})"
        raise SetupError(f"{what}: choose another DIGITREE_HOME") from error


def first_start_path(home: Path) -> Path:
    """There while the first start is not finished."""
    return home / "run" / "first-start"


def clear_metrics(settings: Settings) -> None:
    """Counters belong to the processes of one start; files of dead ones would be added up for ever."""
    shutil.rmtree(settings.metrics, ignore_errors=True)
    settings.metrics.mkdir(mode=0o700, exist_ok=True)


def forget_live_metrics(settings: Settings, pid: int) -> None:
    """Takes what a dead process counted as live (calls, connections) out of the sums."""
    for file in settings.metrics.glob(f"gauge_live*_{pid}.db"):
        file.unlink(missing_ok=True)


def forget_dead_metrics(settings: Settings) -> None:
    """The same for every process that is gone: its supervisor was killed, too, and could not."""
    for file in settings.metrics.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


def read_or_make_secret(settings: Settings) -> str:
    """DIGITREE_SECRET, or the 256 bits kept in home/secret; of several processes that make it at once, one does."""
    if settings.secret:
        return settings.secret
    path = settings.home / "secret"
    with contextlib.suppress(FileNotFoundError):
        if kept := path.read_text().strip():
            return kept
    unfinished = path.with_name(f".secret.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()
    return path.read_text().strip()


def _lock_path(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.lock"


@contextmanager
def home_locks(home: Path, names: Collection[str], shared: Collection[str] = ()) -> Iterator[None]:
    """One lock for each kind of process this supervisor keeps, held as long as it lives: the kernel lets go of
    them however it ends. Supervisors of different processes may share a home, and several may keep a kind that is
    in `shared`: the second of them holds esl.2.lock."""
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
    """Process id of the supervisor of each kind of process that is kept on this home; where several keep one, they
    are called as their locks, esl.2 and so on."""
    found = {}
    for path in (home / "run").glob("*.lock"):
        with contextlib.suppress(OSError, ValueError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found[path.stem] = int(file.read())
    return found
