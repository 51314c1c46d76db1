"""How a program is to be started and stopped: data only, plus the two things Linux must be told at the start.

A child must not outlive its supervisor, not even one that was killed with SIGKILL: each asks the kernel for a
signal at its parent's death (prctl(2), PR_SET_PDEATHSIG). The kernel forgets that wish when the process changes
its user, so a program that runs as somebody else is told by setpriv(1), which asks after the change.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.settings import SetupError

_PR_SET_PDEATHSIG = 1
# An account of ours where somebody made one; `nobody` is on every system.
SERVICE_ACCOUNTS = ("digitree", "nobody")


@dataclass(frozen=True, slots=True)
class Launch:
    """One program: `argv` complete, `env` complete, `stop_signal` the polite one.

    `death_signal` is what the kernel sends when the supervisor is gone; a program that is started through
    setpriv has it in argv already, and None here.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals | None = signal.SIGTERM
    pass_fds: tuple[int, ...] = ()
    cwd: Path | None = None

    def before_exec(self) -> Callable[[], None] | None:
        """For subprocess's preexec_fn: runs in the child between fork and exec, so it makes system calls only."""
        if self.death_signal is None or not sys.platform.startswith("linux"):
            return None
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        number, parent = int(self.death_signal), os.getpid()

        def bind_to_parent() -> None:
            prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:  # it died between fork and here: nobody will send the signal
                os._exit(1)

        return bind_to_parent


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int


def find_service_account() -> Account | None:
    """Whom to become for a program that refuses to run as root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in SERVICE_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise SetupError(
        "Postgres refuses to run as root, and this machine has no account `digitree` or `nobody`. "
        "Create one (useradd --system digitree), run as an ordinary user, or set DATABASE_URL."
    )


def as_account(
    account: Account | None, argv: tuple[str, ...], *, touches: tuple[Path, ...], death_signal: signal.Signals | None
) -> tuple[str, ...]:
    """`argv` run as `account` (None: as we are); `touches` are the paths it must be able to reach.

    A path below a closed directory (/root is 0700) is reached with CAP_DAC_OVERRIDE instead of opening that
    directory to everyone on the machine. access(2), by which Postgres looks at its own programs, counts it only with
    the securebit (capabilities(7), SECBIT_NO_SETUID_FIXUP).
    """
    if account is None:
        return argv
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise SetupError(
            "Postgres refuses to run as root, and `setpriv` (package util-linux) is missing. "
            "Install it, run as an ordinary user, or set DATABASE_URL."
        )
    prefix = [setpriv, f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    if not all(_reachable(path, account) for path in touches):
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
    if death_signal is not None:
        prefix.append(f"--pdeathsig={death_signal.name}")
    return (*prefix, "--", *argv)


def _reachable(path: Path, account: Account) -> bool:
    """True when `account` may enter every directory above `path` and, if it is a program, run it."""
    if not all(_may_execute(parent, account) for parent in path.parents):
        return False
    return _may_execute(path, account)


def _may_execute(path: Path, account: Account) -> bool:
    found = path.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
