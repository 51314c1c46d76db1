"""The state directory: its parts, the lock that keeps a second supervisor out, the secret made once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.settings import Settings
from ivr.stack.launch import StackError

# Numbers of callers stand in the journal, secrets in run; prompts are for everybody who runs a switch.
_PRIVATE = ("journal", "metrics", "run")


def prepare_home(settings: Settings) -> None:
    """Makes what is missing. StackError when the directory cannot be written."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        for name in _PRIVATE:
            (settings.home / name).mkdir(mode=0o700, exist_ok=True)
        (settings.prompts / "system").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"{error.filename} cannot be made ({error.strerror})"
        raise StackError(f"{what}: choose another DIGITREE_HOME") from error


def clear_metrics(settings: Settings) -> None:
    """Counters belong to the processes of one start; files of dead ones would be added up for ever."""
    shutil.rmtree(settings.metrics, ignore_errors=True)
    settings.metrics.mkdir(mode=0o700, exist_ok=True)


def read_or_make_secret(settings: Settings) -> str:
    """DIGITREE_SECRET, or the 256 bits kept in home/secret."""
    if settings.secret:
        return settings.secret
    path = settings.home / "secret"
    with contextlib.suppress(FileNotFoundError):
        if kept := path.read_text().strip():
            return kept
    made = secrets.token_hex(32)
    unfinished = path.with_name("secret.new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return made


def _lock_path(home: Path) -> Path:
    return home / "run" / "supervisor.lock"


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Held as long as the supervisor lives: the kernel lets go of it however the process ends."""
    with open(os.open(_lock_path(home), os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"`digitree up` already runs on {home} (process {file.read().strip() or '?'}). "
                "Stop it with `digitree down`, or choose another DIGITREE_HOME."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def find_supervisor(home: Path) -> int | None:
    """The process id of the supervisor that runs on this home; None when there is none."""
    try:
        with _lock_path(home).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
    except (FileNotFoundError, ValueError):
        pass
    return None
