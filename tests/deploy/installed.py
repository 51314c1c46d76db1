"""The units of deploy/systemd on a systemd of the test's own, with this environment's programs."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.deploy import units
from tests.deploy.booted_systemd import BootedSystemd, CannotBoot, booted
from tests.helpers import wait_until

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("digitree"))
START_S = 300


class Installed(BootedSystemd):
    def log(self, name: str) -> str:
        path = self.path(f"/run/{name}.log")
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, names: dict[str, str]) -> None:
        """Start units, by name, and wait until each has said that it is ready, in these words."""
        for name in names:
            self.systemctl("start", name)
        for name, words in names.items():
            wait_until(partial(self._said_or_died, name, words), START_S, f"{name} is ready")
            assert words in self.log(name), self.log(name)[-3000:]

    def _said_or_died(self, name: str, words: str) -> bool:
        return words in self.log(name) or self.systemctl("show", "-P", "NRestarts", name).strip() != "0"

    def python(self, code: str, *words: str) -> str:
        done = self.call(sys.executable, "-c", code, *words, env={"PYTHONPATH": str(ROOT)})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def statuses(self) -> list[dict[str, str]]:
        """/proc/PID/status of all processes of the account."""
        text = self.call("sh", "-c", "for each in /proc/[0-9]*/status; do cat $each; echo; done").stdout
        rows = ([line.split(":\t", 1) for line in each.splitlines() if ":\t" in line] for each in text.split("\n\n"))
        found = [dict(each) for each in rows]
        return [each for each in found if "Uid" in each and each["Uid"].split()[0] != "0"]


def put_units(directory: Path, names: tuple[str, ...], **more: str) -> Path:
    """What is to lie in /run: the units `names` and their settings."""
    run = directory / "run"
    for name in (*names, units.SHARED):
        path = run / "units" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        freeswitch = shutil.which("freeswitch") or units.FREESWITCH
        path.write_text(units.installed(name, program=PROGRAM, freeswitch=freeswitch, settings="/run/etc/"))
    for name, text in more.items():
        (run / "units" / f"{name}.service").write_text(text)
    for name in (*names, *(f"{each}.service" for each in more)):
        said = run / f"units/{name}.d"
        said.mkdir()
        log = f"/run/{name}.log"
        (said / "said.conf").write_text(f"[Service]\nStandardOutput=append:{log}\nStandardError=append:{log}\n")
    (run / "etc").mkdir()
    (run / "etc/digitree.conf").write_text("DIGITREE_ESL_PROCESSES=1\n")
    return run


@contextlib.contextmanager
def installed(run: Path) -> Iterator[Installed]:
    """A systemd with them; skips the test where there can be none."""
    if os.geteuid() == 0 and not _others_reach(Path(PROGRAM)):
        pytest.skip("this tree lies where no unit may look")
    try:
        with booted(run, Installed) as one:
            yield one
    except CannotBoot as error:
        pytest.skip(f"systemd cannot be booted here: {error}")


def _others_reach(path: Path) -> bool:
    hidden = ("/home", "/root", "/run", "/tmp", "/var/tmp")  # noqa: S108
    real = [*Path(os.path.abspath(path)).parents]
    return all(each.stat().st_mode & 0o001 and str(each) not in hidden for each in real)
