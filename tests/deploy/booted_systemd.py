"""A systemd for tests, booted as process 1 of namespaces of its own: processes, mounts, network and control groups
belong to it alone. It knows the units that it is given and no others. It sees the files of this machine and can write
those in memory of its own (/run, /tmp, /dev/shm, /var/lib, /var/tmp).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from tests.helpers import wait_until

SYSTEMD = Path("/lib/systemd/systemd")
# What units depend on by default, as far as nothing else stands behind it here.
_TARGETS = ("sysinit", "basic", "network-online", "multi-user", "shutdown", "umount", "final", "booted")
_BOOT = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
cp -r "$1"/. /run/
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /var/tmp
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -o remount,bind,ro /
mount --make-rshared /
exec env -i PATH="$PATH" container=other SYSTEMD_UNIT_PATH=/run/units SYSTEMD_LOG_TARGET=console \\
  /lib/systemd/systemd --system --unit=booted.target --show-status=false
"""
_BOOT_S = 30.0


class CannotBoot(Exception):
    """This machine gives systemd no namespaces; the text says what it said."""


class BootedSystemd:
    """`run` holds what is to lie in its /run: `run/units` has the units."""

    def __init__(self, run: Path) -> None:
        for target in _TARGETS:
            text = f"[Unit]\nDescription={target}\nDefaultDependencies=no\n"
            (run / f"units/{target}.target").write_text(text)
        self._log = run.with_name("boot.log")
        self._group = _make_group()
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--uts", "--ipc", "--net"]
        with self._log.open("wb") as log:
            self._outer = subprocess.Popen(
                [*words, "sh", "-c", _BOOT, "sh", str(run)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: (self._group / "cgroup.procs").write_text("0\n"),
            )  # fmt: skip
        self.pid = 0

    def wait_booted(self) -> None:
        deadline = time.monotonic() + _BOOT_S
        while time.monotonic() < deadline and self._outer.poll() is None:
            children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text().split()
            if children:
                self.pid = int(children[0])
                if self.path("/run/systemd/private").exists():
                    return
            time.sleep(0.05)
        raise CannotBoot(self._log.read_text(errors="replace")[-500:])

    def path(self, path: str) -> Path:
        """A file as its processes see it."""
        return Path(f"/proc/{self.pid}/root{path}")

    def call(
        self, *argv: str, user: str = "", env: Mapping[str, str] | None = None, timeout_s: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """Run a program beside its processes."""
        spaces = ("--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup")
        as_user = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups") if user else ()
        return subprocess.run(
            ["nsenter", "--target", str(self.pid), *spaces, "--", *as_user, *argv],
            env={"PATH": os.environ["PATH"], **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout_s, check=False,
        )  # fmt: skip

    def systemctl(self, *words: str) -> str:
        """Its standard output; AssertionError when it fails."""
        done = self.call("systemctl", *words)
        assert done.returncode == 0, done.stderr + self.call("systemctl", "status", *words[1:]).stdout
        return done.stdout

    def end(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._outer.kill()
        self._outer.wait()
        state = self._group / "cgroup.events"
        wait_until(lambda: "populated 0" in state.read_text(), 20, "all its processes are gone")
        for directory, _, _ in os.walk(self._group, topdown=False):
            os.rmdir(directory)


Systemd = TypeVar("Systemd", bound=BootedSystemd)


def _make_group() -> Path:
    """A control group of the second kind, which no other process is in."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    top = next((Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2"), None)
    if top is None:
        raise CannotBoot("no cgroup2 is mounted")
    group = top / f"digitree-tests-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
    except OSError as error:
        raise CannotBoot(str(error)) from error
    return group


@contextlib.contextmanager
def booted(run: Path, kind: type[Systemd]) -> Iterator[Systemd]:
    """One with the files of `run`. Raises CannotBoot."""
    if os.geteuid() != 0:
        raise CannotBoot("only root can boot one")
    if not SYSTEMD.exists() or not all(map(shutil.which, ("unshare", "nsenter", "setpriv", "systemctl"))):
        raise CannotBoot("no systemd, or no util-linux, on this machine")
    one = kind(run)
    try:
        one.wait_booted()
        yield one
    finally:
        one.end()
