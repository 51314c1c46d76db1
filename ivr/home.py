"""The state directory: its parts, and the files that metrics are kept in."""

from __future__ import annotations

import shutil
from pathlib import Path

from ivr.settings import Settings, SetupError

# The journal has callers' numbers and run has secrets; prompts are readable, since a switch may run as another user.
_PRIVATE = ("journal", "metrics", "run")


def prepare_home(settings: Settings) -> None:
    """Make the directories that are missing. SetupError when that is not possible."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        for name in _PRIVATE:
            (settings.home / name).mkdir(mode=0o700, exist_ok=True)
        (settings.prompts / "system").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"{error.filename} cannot be made ({error.strerror})"
        raise SetupError(f"{what}: choose another DIGITREE_HOME") from error


def first_start_path(home: Path) -> Path:
    """The file that exists until the first start is finished."""
    return home / "run" / "first-start"


def restoring_path(home: Path) -> Path:
    """The file that exists while a backup is being restored."""
    return home / "run" / "restoring"


def clear_metrics(settings: Settings) -> None:
    """Remove all metric files: counters belong to the processes of one start, and dead ones' would be summed
    forever."""
    shutil.rmtree(settings.metrics, ignore_errors=True)
    settings.metrics.mkdir(mode=0o700, exist_ok=True)


def forget_live_metrics(settings: Settings, pid: int) -> None:
    """Remove what a dead process counted as live (calls, connections) from the sums."""
    for file in settings.metrics.glob(f"gauge_live*_{pid}.db"):
        file.unlink(missing_ok=True)


def forget_dead_metrics(settings: Settings) -> None:
    """The same for every process that has ended: its supervisor was killed, too, and could not do it."""
    for file in settings.metrics.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)
