"""The account that Digitree's processes run under when root starts them: nothing is served as root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ivr.settings import SetupError
from launcher.private_view import closed_above, show_below

ACCOUNT = "digitree"
# Other services run as `nobody`, too, and could read all that is its.
_NOBODY = 65534
_CHOOSE = "name one by DIGITREE_USER or --user"


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int


def choose_account(wanted: str, home: Path) -> Account | None:
    """The account to change to: the one that is wanted, else the owner of `home`, the user who called sudo, or
    `digitree`, which is made where it is missing. None when this process is not root. Raises SetupError."""
    if os.geteuid() != 0:
        if wanted and wanted not in (str(os.geteuid()), _name_of(os.geteuid())):
            raise SetupError(f"DIGITREE_USER={wanted}: only root can start Digitree as another user")
        return None
    if wanted:
        return _named(wanted)
    for uid in (_owner(home), int(os.environ.get("SUDO_UID") or 0)):
        if uid not in (0, _NOBODY) and (found := _of_uid(uid)):
            return found
    return _digitree() or _make()


def _named(wanted: str) -> Account:
    try:
        entry = pwd.getpwuid(int(wanted)) if wanted.isdecimal() else pwd.getpwnam(wanted)
    except KeyError:
        raise SetupError(f"DIGITREE_USER={wanted}: there is no such account (useradd --system {wanted})") from None
    if entry.pw_uid in (0, _NOBODY):
        raise SetupError(f"DIGITREE_USER={wanted}: Digitree needs an account of its own, neither root nor nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _digitree() -> Account | None:
    try:
        return _named(ACCOUNT)
    except SetupError:
        return None


def _make() -> Account:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if useradd is None:
        raise SetupError(f"root does not run Digitree's processes, and this machine has no useradd: {_CHOOSE}")
    options = ("--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
    done = subprocess.run((useradd, *options, ACCOUNT), capture_output=True, text=True, timeout=60, check=False)
    made = _digitree()
    if made is None:
        reason = done.stderr.strip() or f"useradd ended with {done.returncode}"
        raise SetupError(f"the account {ACCOUNT} cannot be made ({reason}): {_CHOOSE}")
    return made


def _owner(path: Path) -> int:
    try:
        return path.lstat().st_uid
    except OSError:
        return 0


def _of_uid(uid: int) -> Account | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _name_of(uid: int) -> str:
    found = _of_uid(uid)
    return found.name if found else ""


def account_names(account: Account | None) -> tuple[str, ...]:
    """Those who may speak to a server that runs as `account` (None: as this process)."""
    return (account.name if account else _name_of(os.geteuid()), _name_of(0))


def become(account: Account, touches: Collection[Path]) -> None:
    """Give up root for good. `touches` are the directories and programs that the account needs: those below a closed
    directory (/root is 0700) stay visible to this process and its children alone. Raises SetupError."""
    if closed := closed_above(touches, account.uid, account.gid):
        try:
            show_below(closed)
        except OSError as error:
            shut = " ".join(map(str, closed))
            raise SetupError(
                f"the account {account.name} cannot enter {shut}, and this system gives no process its own view "
                f"({error.strerror}): put Digitree elsewhere, start it as an ordinary user, or chmod o+x {shut}"
            ) from error
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    for path in touches:
        if not os.access(path, os.R_OK | os.X_OK):
            raise SetupError(f"the account {account.name} cannot use {path}: let others read it (chmod -R o+rX)")


def as_account(
    account: Account | None, argv: tuple[str, ...], *, touches: tuple[Path, ...], death_signal: signal.Signals
) -> tuple[str, ...]:
    """`argv` run under `account` (None: under this one) as a child of this process, which it does not outlive."""
    if account is None:
        return argv
    before = (sys.executable, "-m", "launcher.run_as", str(account.uid), str(account.gid), str(int(death_signal)))
    return (*before, str(os.getpid()), *map(str, touches), "--", *argv)
