"""`python -m tests.closed_process ACCOUNT WRITABLE... -- PROGRAM...`: a program as a container closes it in, where no
container can be run. Root starts it; it is not root, has no capability and no way to get one, and its file system can
be written in the WRITABLE directories alone.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.service_account import Account, become

_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_SETATTR, _RDONLY = 442, 1
_NEWNS, _BIND, _REC, _PRIVATE = 0x20000, 4096, 16384, 1 << 18
_CAPBSET_DROP, _NO_NEW_PRIVS = 24, 38
_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttr(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns"))


def closed(account: str, writable: list[Path], argv: list[str]) -> list[str]:
    """`argv` run so."""
    return [sys.executable, "-m", "tests.closed_process", account, *map(str, writable), "--", *argv]


def skip_unless_possible() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can close a process in")
    done = subprocess.run(closed("root", [], ["/bin/true"]), capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        pytest.skip("this system gives no process a view of the file system of its own")


def _checked(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _set_attributes(path: Path, attributes: _MountAttr) -> None:
    where, size = os.fsencode(path), ctypes.sizeof(attributes)
    _checked(_libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, where, _AT_RECURSIVE, ctypes.byref(attributes), size))


def make_read_only(writable: list[Path]) -> None:
    """All but `writable`, for this process and its children."""
    _checked(_libc.unshare(_NEWNS))
    _checked(_libc.mount(None, b"/", None, ctypes.c_ulong(_REC | _PRIVATE), None))
    for path in writable:
        _checked(_libc.mount(os.fsencode(path), os.fsencode(path), None, ctypes.c_ulong(_BIND | _REC), None))
    _set_attributes(Path("/"), _MountAttr(set=_RDONLY))
    for path in writable:
        _set_attributes(path, _MountAttr(clear=_RDONLY))


def drop_capabilities() -> None:
    """From what this process, or a program that it runs, can ever have again."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        _checked(_libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0))
    _checked(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))


def main() -> None:
    name, *writable = sys.argv[1 : sys.argv.index("--")]
    argv = sys.argv[sys.argv.index("--") + 1 :]
    entry = pwd.getpwnam(name)
    touches = [Path(sys.prefix), Path(sys.base_prefix), Path.cwd(), *map(Path, writable)]
    make_read_only([Path(path) for path in writable])
    drop_capabilities()
    if entry.pw_uid:
        become(Account(entry.pw_name, entry.pw_uid, entry.pw_gid), touches)
    os.execv(argv[0], argv)  # noqa: S606


if __name__ == "__main__":
    main()
