"""Root gives itself up: which account takes its place, what that account can reach, and what it keeps of root."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ivr.settings import SetupError
from launcher.private_view import closed_above
from launcher.program_files import compile_packages
from launcher.service_account import Account, choose_account
from tests.other_user import UID, needs_root

_BECOME = """
import json, os, sys
from pathlib import Path
from ivr.settings import SetupError
from launcher.service_account import Account, become
os.umask(0o077)
uid, shown, hidden = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
try:
    become(Account("other", uid, uid), [shown])
except SetupError as error:
    sys.exit(str(error))
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
print(json.dumps({
    "uids": status["Uid"].split(), "gids": status["Gid"].split(), "groups": status["Groups"].split(),
    "capabilities": [status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")],
    "read": (shown / "file").read_text(), "hidden": hidden.exists(),
}))
"""


def become_other(shown: Path, hidden: Path, uid: int = UID) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _BECOME, str(uid), str(shown), str(hidden)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """A directory below a closed one, with a file."""
    directory = tmp_path / "closed" / "between" / "shown"
    directory.mkdir(parents=True)
    (directory / "file").write_text("reached")
    (tmp_path / "closed" / "hidden").write_text("root's own")
    (tmp_path / "closed").chmod(0o700)
    for path in (directory, directory / "file"):
        path.chmod(0o755)
    return directory


@needs_root
def test_the_account_keeps_nothing_of_root_and_reaches_what_it_needs_below_a_closed_directory(shown: Path) -> None:
    done = become_other(shown, shown.parents[1] / "hidden")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["uids"] == told["gids"] == [str(UID)] * 4
    assert told["groups"] == []
    assert {int(each, 16) for each in told["capabilities"]} == {0}
    assert told["read"] == "reached"
    assert told["hidden"] is False
    assert stat.S_IMODE(shown.parents[1].stat().st_mode) == 0o700, "for everybody else it is as closed as before"
    assert (shown.parents[1] / "hidden").read_text() == "root's own"


@needs_root
def test_what_the_account_cannot_read_is_named_with_what_to_do(shown: Path) -> None:
    shown.chmod(0o700)
    done = become_other(shown, shown.parents[1] / "hidden")
    assert done.returncode != 0
    assert f"cannot use {shown}: let others read it" in done.stderr


def test_an_ordinary_user_stays_who_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: UID)
    assert choose_account("", tmp_path) is None
    assert choose_account(str(UID), tmp_path) is None
    with pytest.raises(SetupError, match="only root"):
        choose_account("daemon", tmp_path)


@needs_root
@pytest.mark.parametrize("wanted", ["root", "0", "nobody", "65534"])
def test_neither_root_nor_nobody_is_taken(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(SetupError, match="neither root nor nobody"):
        choose_account(wanted, tmp_path)


@needs_root
def test_an_account_that_does_not_exist_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"no such account.*useradd --system no-such-account"):
        choose_account("no-such-account", tmp_path)


@needs_root
def test_a_home_keeps_its_owner_unless_that_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    daemon, nobody = pwd.getpwnam("daemon"), pwd.getpwnam("nobody")
    os.chown(tmp_path, daemon.pw_uid, daemon.pw_gid)
    assert choose_account("", tmp_path) == Account("daemon", daemon.pw_uid, daemon.pw_gid)
    os.chown(tmp_path, nobody.pw_uid, nobody.pw_gid)
    chosen = choose_account("", tmp_path)
    assert chosen is not None
    assert chosen.name == "digitree"


@needs_root
def test_sudo_runs_digitree_as_the_user_who_called_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = pwd.getpwnam("daemon")
    monkeypatch.setenv("SUDO_UID", str(daemon.pw_uid))
    assert choose_account("", tmp_path / "new") == Account("daemon", daemon.pw_uid, daemon.pw_gid)


def test_what_root_compiles_can_be_read_by_the_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "module.py").write_text("answer = 42\n")
    (tmp_path / "module.py").chmod(0o644)
    monkeypatch.setattr("launcher.program_files._package_directories", lambda: [tmp_path])
    kept = os.umask(0o077)
    try:
        compile_packages()
    finally:
        assert os.umask(kept) == 0o077
    (compiled,) = (tmp_path / "__pycache__").iterdir()
    modes = [stat.S_IMODE(path.stat().st_mode) & 0o055 for path in (compiled.parent, compiled)]
    assert modes == [0o055, 0o044]


def test_only_directories_that_the_account_may_not_enter_are_closed() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        top = Path(made)
        for name in ("open/a", "group/b", "closed/c/d"):
            (top / name).mkdir(parents=True)
        for name, mode in ((".", 0o711), ("open", 0o711), ("group", 0o710), ("closed", 0o700)):
            (top / name).chmod(mode)
        paths = [top / name for name in ("open/a", "group/b", "closed/c", "closed/c/d")]
        group = top.stat().st_gid
        assert closed_above(paths, UID, group) == {top / "closed": [top / "closed/c", top / "closed/c/d"]}
        assert set(closed_above(paths, UID, group + 1)) == {top / "closed", top / "group"}
        assert closed_above(paths, os.geteuid(), group) == {}
