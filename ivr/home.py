"""The state directory: its parts, who may read them, and the files that metrics are kept in."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from ivr.settings import Settings, SetupError

# The journal has callers' numbers and run has secrets.
_PRIVATE = ("journal", "run")


def prompts_are_shared(settings: Settings) -> bool:
    """Whether a switch that is not ours, under another account, reads the prompts."""
    return settings.switch == "none"


def prepare_home(settings: Settings, owner: tuple[int, int] | None = None) -> int:
    """Make the directories that are missing, for this user alone, or for `owner` (uid and gid) when this is root.
    What is there already and belongs to others, or may be read by them, is taken over. Returns how many files and
    directories that were. SetupError when it is not possible."""
    shared = prompts_are_shared(settings)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        for name in _PRIVATE:
            (settings.home / name).mkdir(mode=0o700, exist_ok=True)
        (settings.prompts / "system").mkdir(parents=True, exist_ok=True)
        settings.sounds.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.recordings.mkdir(mode=0o700, parents=True, exist_ok=True)
        open_to_switch = (settings.prompts, settings.recordings)
        passed = shared and any(each.is_relative_to(settings.home) for each in open_to_switch)
        taken = _take_over(settings.home, owner, 0o700, 0o711 if passed else 0o700, but=open_to_switch)
        mode = 0o755 if shared else 0o700
        taken += _take_over(settings.prompts, owner, mode, mode)
        # Another account's switch opens a recording by its name, and lists none; the files' modes are their makers'.
        settings.recordings.chmod(0o711 if shared else 0o700)
        if owner is not None:
            os.chown(settings.recordings, *owner)
        return taken
    except OSError as error:
        what = f"{error.filename} cannot be made ({error.strerror})"
        raise SetupError(f"{what}: choose another DIGITREE_HOME") from error


def _take_over(
    top: Path, owner: tuple[int, int] | None, mode: int, top_mode: int, *, but: Sequence[Path] = ()
) -> int:
    """Directories get `mode`, `top` itself `top_mode`, files `mode` without leave to run them, but where they had it.
    What is below one of `but` is left alone.

    Links are never followed, and a file with a second name elsewhere stays as it is: whoever may write here could
    otherwise have root give them any file of the machine.
    """
    if owner is None and stat.S_IMODE(top.stat().st_mode) == top_mode:
        return 0
    taken = 0
    for where, directories, files, descriptor in os.fwalk(top, follow_symlinks=False):
        if Path(where) in but:
            directories.clear()
            continue
        taken += _take(descriptor, os.fstat(descriptor), owner, top_mode if Path(where) == top else mode)
        for name in files:
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or _is_right(found, owner, mode):
                continue
            opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
            try:
                taken += _take(opened, os.fstat(opened), owner, mode)
            finally:
                os.close(opened)
    return taken


def _is_right(found: os.stat_result, owner: tuple[int, int] | None, mode: int) -> bool:
    if owner is None and found.st_uid != os.geteuid():
        return True  # not ours to change
    return (owner is None or found.st_uid == owner[0]) and stat.S_IMODE(found.st_mode) == _wanted_mode(found, mode)


def _wanted_mode(found: os.stat_result, mode: int) -> int:
    if stat.S_ISDIR(found.st_mode) or found.st_mode & stat.S_IXUSR:
        return mode
    return mode & ~0o111


def _take(descriptor: int, found: os.stat_result, owner: tuple[int, int] | None, mode: int) -> int:
    if _is_right(found, owner, mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
        return 0
    if owner is not None and found.st_uid != owner[0]:
        os.fchown(descriptor, *owner)
    os.fchmod(descriptor, _wanted_mode(found, mode))
    return 1


def prepare_metrics(settings: Settings) -> None:
    """Make the directory of metric files, as the account that counts. SetupError when others may write there."""
    try:
        settings.metrics.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        what = f"{settings.metrics} cannot be made ({error.strerror})"
        raise SetupError(f"{what}: set DIGITREE_METRICS_DIR") from error
    if settings.metrics_dir:
        return
    found = settings.metrics.lstat()
    # Anybody may make names in /dev/shm.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o022:
        what = f"{settings.metrics} is not a directory that only this account can write"
        raise SetupError(f"{what}: remove it, or set DIGITREE_METRICS_DIR")


def first_start_path(home: Path) -> Path:
    """The file that exists until the first start is finished."""
    return home / "run" / "first-start"


def restoring_path(home: Path) -> Path:
    """The file that exists while a backup is being restored."""
    return home / "run" / "restoring"


def clear_metrics(settings: Settings) -> None:
    """Remove all metric files: counters belong to the processes of one start, and dead ones' would be summed
    forever."""
    for file in settings.metrics.glob("*.db"):
        file.unlink(missing_ok=True)


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
