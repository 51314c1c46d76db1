"""Settings in files: who reads them, what an unreadable one says, and that nobody copies them into an environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pydantic_settings import SettingsError

from ivr.settings import Settings
from launcher.services import child_environment
from tests.other_user import UID, needs_root

ROOT = Path(__file__).parents[2]
NAMES = ("DIGITREE_SECRET", "REDIS_URL", "DATABASE_URL", "DIGITREE_API_KEY")


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """DIGITREE_SECRETS_DIR, empty, where other users may look for it; no setting in the environment."""
    for name in [name for name in os.environ if name.startswith("DIGITREE_") or name in NAMES]:
        monkeypatch.delenv(name)
    with tempfile.TemporaryDirectory() as parent:
        directory = Path(parent) / "secrets"
        for each in (directory.parent, directory):
            each.mkdir(exist_ok=True)
            each.chmod(0o755)
        monkeypatch.setenv("DIGITREE_SECRETS_DIR", str(directory))
        yield directory


def test_each_setting_may_be_a_file_of_its_name(secrets: Path) -> None:
    (secrets / "DIGITREE_SECRET").write_text("signs\n")
    (secrets / "DIGITREE_MAX_CALLS").write_text(" 17 ")
    (secrets / "redis.conf").write_text("is no setting")
    (secrets / "REDIS_URL").touch()
    settings = Settings()
    assert (settings.secret, settings.max_calls, settings.redis_url) == ("signs", 17, "")


def test_a_variable_counts_more_than_its_file(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "DIGITREE_SECRET").write_text("of the file")
    monkeypatch.setenv("DIGITREE_SECRET", "of the variable")
    assert Settings().secret == "of the variable"
    monkeypatch.setenv("DIGITREE_SECRET", "")
    assert Settings().secret == "of the file"


def test_child_processes_read_the_files_themselves(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        (secrets / name).write_text(f"secret {name}")
    monkeypatch.chdir(secrets.parent)
    monkeypatch.setenv("DIGITREE_SECRETS_DIR", "secrets")
    env = child_environment(Settings())
    assert not [name for name, value in env.items() if value.startswith("secret ")]
    assert env["DIGITREE_SECRETS_DIR"] == str(secrets), "children may work in another directory"


def test_a_directory_that_is_not_there_is_said_in_one_sentence(secrets: Path) -> None:
    secrets.rmdir()
    with pytest.raises(SettingsError, match=rf"^DIGITREE_SECRETS_DIR={secrets}: No such file.*name a directory"):
        Settings()


_READ = """
import os, sys
os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
from pydantic_settings import SettingsError
from ivr.secret_files import SecretFiles
from ivr.settings import Settings
try:
    Settings()
except SettingsError as error:
    print(error)
"""


@needs_root
def test_a_file_that_others_own_is_named(secrets: Path) -> None:
    file = secrets / "DIGITREE_SECRET"
    file.write_text("signs")
    file.chmod(0o400)
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(UID)], capture_output=True, text=True, timeout=60, check=False
    )
    if "Permission denied" in done.stderr:
        pytest.skip("this tree lies in a directory that others may not enter")
    assert done.stdout == f"{file} cannot be read: let the account of this process read it\n", done.stderr


def made_secrets(directory: Path) -> dict[str, str]:
    """The files that deploy/secrets.sh makes in `directory`/secrets, by name."""
    script = str(ROOT / "deploy/secrets.sh")
    subprocess.run(["sh", script], cwd=directory, check=True, capture_output=True, timeout=60)
    return {path.name: path.read_text() for path in (directory / "secrets").iterdir()}


def test_secrets_are_made_once_at_random_in_a_closed_directory(tmp_path: Path) -> None:
    made = made_secrets(tmp_path)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert all((tmp_path / "secrets" / name).stat().st_mode & 0o777 == 0o444 for name in made)
    for name in ("POSTGRES_PASSWORD", "DIGITREE_SECRET", "DIGITREE_ESL_SECRET", "DIGITREE_FS_PASSWORD"):
        assert re.fullmatch("[0-9a-f]{64}\n", made[name])
    assert len(set(made.values())) == len(made)
    assert made_secrets(tmp_path) == made


def test_what_stood_in_the_old_env_file_goes_on_being_used(tmp_path: Path) -> None:
    lines = ("#POSTGRES_PASSWORD=no", "POSTGRES_PASSWORD=pg", "REDIS_PASSWORD=red", "DIGITREE_SECRET=")
    (tmp_path / ".env").write_text("\n".join(lines) + "\n")
    made = made_secrets(tmp_path)
    assert made["DATABASE_URL"] == "postgresql://digitree:pg@127.0.0.1:15432/digitree\n"
    assert made["redis.conf"].startswith("requirepass red\n")
    assert made["REDIS_URL"] == "redis://:red@127.0.0.1:16379/0\n"
    assert re.fullmatch("[0-9a-f]{64}\n", made["DIGITREE_SECRET"])


@pytest.mark.parametrize(
    ("variable", "file", "value"), [("v", "", "v"), ("", "f", "f"), ("v", "f", "v"), ("", "", r"[0-9a-f-]{36}")]
)
@pytest.mark.parametrize(
    ("name", "setting"), [("switch_secret", "DIGITREE_ESL_SECRET"), ("event_password", "DIGITREE_FS_PASSWORD")]
)
def test_freeswitch_takes_its_secrets_from_the_variable_or_the_file_and_never_an_empty_one(
    tmp_path: Path, name: str, setting: str, variable: str, file: str, value: str
) -> None:
    if file:
        (tmp_path / setting).write_text(f"{file}\n")
    env = {"PATH": os.environ["PATH"], "DIGITREE_SECRETS_DIR": str(tmp_path), setting: variable}
    done = subprocess.run(["sh", "-c", _command_of(name)], env=env, capture_output=True, text=True, check=True)
    assert re.fullmatch(value, done.stdout.rstrip("\n"))
    assert done.stderr == ""


def test_freeswitch_proves_itself_by_the_first_of_two_secrets(tmp_path: Path) -> None:
    (tmp_path / "DIGITREE_ESL_SECRET").write_text("new,old\n")
    env = {"PATH": os.environ["PATH"], "DIGITREE_SECRETS_DIR": str(tmp_path)}
    words = ["sh", "-c", _command_of("switch_secret")]
    assert subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout == "new"


def _command_of(name: str) -> str:
    """The shell command whose output FreeSWITCH takes as its variable `name`."""
    tree = ElementTree.parse(ROOT / "dialplan/freeswitch/vars.xml")  # noqa: S314 - of this repository
    (found,) = [
        each.get("data", "") for each in tree.iter("X-PRE-PROCESS")
        if each.get("cmd") == "exec-set" and each.get("data", "").startswith(f"{name}=")
    ]  # fmt: skip
    return found.partition("=")[2]
