"""The state directory: its parts, and the files that metrics are kept in."""

from __future__ import annotations

import shutil
from pathlib import Path

from ivr.settings import Settings, SetupError

# Numbers of callers stand in the journal, secrets in run; prompts are for everybody who runs a switch.
_PRIVATE = ("journal", "metrics", "run")


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
