"""What both embedded servers need: their wheel, a directory for their socket, the end of leftover processes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from ivr.settings import SetupError
from launcher.program import Program

# sockaddr_un holds 108 bytes with its final zero on Linux, 104 on the BSDs; Postgres's lock file adds 5.
_LONGEST_SOCKET_PATH = 98
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 20.0
_POLL_S = 0.02


def package_directory(package: str) -> Path:
    """Where a Python package is installed."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SetupError(f"the Python package {package} is not installed: pip install -e . in the project")
    return Path(found.origin).parent


def socket_directory(directory: Path, socket_name: str) -> Path:
    """`directory`, or a short private one of its owner when the socket's path would be too long for the kernel."""
    if len(os.fsencode(directory / socket_name)) <= _LONGEST_SOCKET_PATH:
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    holder = directory.stat() if directory.exists() else None
    owner = holder.st_uid if holder else os.geteuid()
    short = Path(tempfile.gettempdir()) / f"digitree-{owner}-{digest}"
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        if holder and owner != os.geteuid():
            os.chown(short, owner, holder.st_gid)
    found = short.lstat()
    # Anybody may make names in /tmp: a directory that others can enter is refused.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
        what = f"{short} is not a private directory of this account"
        raise SetupError(f"{what}: remove it, or choose a shorter DIGITREE_HOME")
    return short


def kill_leftovers(directory: Path, first: signal.Signals) -> None:
    """End every server whose working directory is `directory`: both change into theirs."""
    patience_s = 5.0
    for number in (first, signal.SIGKILL):
        deadline = time.monotonic() + patience_s
        pids = _processes_in(directory)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        while pids and time.monotonic() < deadline:
            time.sleep(_POLL_S)
            pids = _processes_in(directory)
        if not pids:
            return


def _processes_in(directory: Path) -> list[int]:
    if not sys.platform.startswith("linux"):
        return []
    wanted = os.path.realpath(directory)
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{entry}/cwd") == wanted and _is_server(int(entry)):
                    found.append(int(entry))
    return found


def _is_server(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip() in {"postgres", "redis-server", "valkey-server"}
    return False


@contextlib.contextmanager
def running_server(program: Program, ready: Callable[[], bool], what: str) -> Iterator[None]:
    """Runs a server, for tests and tools; SetupError with the end of its log when it does not start."""
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            program.argv, env=dict(program.env), cwd=program.cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            process_group=0, preexec_fn=program.before_exec(), umask=program.umask,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + _START_TIMEOUT_S
            while not ready():
                if child.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SetupError(f"{what} did not start:\n{log.read()[-2000:].decode(errors='replace')}")
                time.sleep(_POLL_S)
            yield
        finally:
            if child.poll() is None:
                child.send_signal(program.stop_signal)
                try:
                    child.wait(_STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
