"""Directories below a closed one, for a process that gives up root: a view of the file system of its own
(mount_namespaces(7)), in which the closed directory is empty but for them. To everybody else it stays closed.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

_CLONE_NEWNS = 0x20000  # sched.h
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_SLAVE = 1, 2, 4, 32, 4096, 16384, 1 << 19


def closed_above(paths: Collection[Path], uid: int, gid: int) -> dict[Path, list[Path]]:
    """Each directory that `uid` may not enter, with those of `paths` (directories, or programs in one) that lie below
    it."""
    closed: dict[Path, list[Path]] = {}
    for path in dict.fromkeys(Path(os.path.realpath(each)) for each in paths):
        directory = path if path.is_dir() else path.parent
        for parent in reversed(directory.parents):
            if not _may_enter(parent, uid, gid):
                closed.setdefault(parent, []).append(directory)
                break
    return closed


def _may_enter(directory: Path, uid: int, gid: int) -> bool:
    found = directory.stat()
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == gid else stat.S_IXOTH))


def show_below(closed: Mapping[Path, Collection[Path]]) -> None:
    """Change this process's view, and that of its children to come. Needs root; OSError when the system refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    kept = os.umask(0o022)
    try:
        _show(libc, closed)
    finally:
        os.umask(kept)


def _show(libc: ctypes.CDLL, closed: Mapping[Path, Collection[Path]]) -> None:
    _checked(libc.unshare(_CLONE_NEWNS))
    _mount(libc, "none", "/", "", _MS_REC | _MS_SLAVE)
    for directory, below in closed.items():
        shown = [path for path in sorted(set(below)) if not any(parent in below for parent in path.parents)]
        held = [(path, os.open(path, os.O_PATH | os.O_DIRECTORY)) for path in shown]
        _mount(libc, "none", str(directory), "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=64k")
        for path, descriptor in held:
            path.mkdir(parents=True)
            _mount(libc, f"/proc/self/fd/{descriptor}", str(path), "", _MS_BIND | _MS_REC)
            os.close(descriptor)
        _mount(libc, "none", str(directory), "", _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)


def _mount(libc: ctypes.CDLL, source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    words = (word.encode() if word else None for word in (source, target, kind))
    _checked(libc.mount(*words, ctypes.c_ulong(flags), options.encode() if options else None))


def _checked(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
