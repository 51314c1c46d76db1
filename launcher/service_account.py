"""The account that Postgres runs under when Digitree runs as root, which Postgres refuses."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
from dataclasses import dataclass
from pathlib import Path

from ivr.settings import SetupError

# `digitree` where the administrator made it; `nobody` is on every system.
SERVICE_ACCOUNTS = ("digitree", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int


def find_service_account() -> Account | None:
    """The account to change to; None when this process is not root."""
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
    """`argv` run under `account` (None: under this one); `touches` are the paths that it must be able to reach.

    A path below a closed directory (/root is 0700) is reached with CAP_DAC_OVERRIDE, so that the directory stays
    closed to everyone else. access(2), by which Postgres checks its own programs, honours the capability only with
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
