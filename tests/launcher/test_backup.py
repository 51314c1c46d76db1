"""`digitree backup` and `digitree restore` on databases alone; with calls: tests/launcher/test_restored.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from launcher.backup.restoring import restoring_path
from tests.helpers import as_superuser
from tests.launcher.test_cli import Cli, cli  # noqa: F401 - a fixture

PASSPHRASE = "correct horse battery"


@pytest.fixture
def empty_database(migrated_postgres_url: str) -> Iterator[str]:
    """DATABASE_URL of a database without tables."""
    parts = urlsplit(migrated_postgres_url)
    with psycopg.connect(as_superuser(migrated_postgres_url), autocommit=True) as connection:
        connection.execute("drop database if exists restored")
        connection.execute("create database restored owner digitree")
        yield urlunsplit(parts._replace(path="/restored"))
        connection.execute("drop database restored with (force)")


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


@pytest.fixture
def restored_home(tmp_path: Path) -> Path:
    return tmp_path / "restored"


def _fill(cli: Cli, home: Path, database: str) -> None:  # noqa: F811
    for number in range(3):
        assert cli("dnc", "add", f"+1480555000{number}", DATABASE_URL=database).returncode == 0
    (home / "prompts" / "system").mkdir(parents=True)
    (home / "prompts" / "a.wav").write_bytes(b"sound")
    (home / "sounds" / "names").mkdir(parents=True)
    (home / "sounds" / "names" / "sound_1").write_bytes(b"what a caller said")
    (home / "witness").mkdir()
    (home / "witness" / "heads.jsonl").write_text("")


def test_all_of_it_is_there_after_a_restore(
    cli: Cli,  # noqa: F811
    home: Path,
    database: str,
    empty_database: str,
    tmp_path: Path,
    restored_home: Path,
    secret_file: Path,
) -> None:
    _fill(cli, home, database)
    file = tmp_path / "all.backup"
    made = cli("backup", str(file), "--passphrase-file", str(secret_file), DATABASE_URL=database)
    assert made.returncode == 0, made.stderr
    assert "encrypted" in made.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    arguments = ("restore", str(file), "--passphrase-file", str(secret_file))
    env = {"DATABASE_URL": empty_database, "DIGITREE_HOME": str(restored_home)}
    done = cli(*arguments, **env)
    assert done.returncode == 0, done.stderr
    assert (restored_home / "secret").read_text() == (home / "secret").read_text()
    assert (restored_home / "prompts" / "a.wav").read_bytes() == b"sound"
    assert (restored_home / "sounds" / "names" / "sound_1").read_bytes() == b"what a caller said"
    assert not restoring_path(restored_home).exists()
    assert list(restored_home.glob("replaced-*")) == [], "there was nothing to move aside"
    assert cli("dnc", "check", "+14805550002", **env).returncode == 0
    assert "default: 3 events are right" in cli("dnc", "verify", **env).stdout
    with psycopg.connect(empty_database) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("delete from suppression_event")


def test_a_backup_goes_on_while_others_write_and_has_each_write_whole_or_not_at_all(
    cli: Cli,  # noqa: F811
    home: Path,
    database: str,
    empty_database: str,
    tmp_path: Path,
    restored_home: Path,
) -> None:
    with psycopg.connect(database) as writer:
        writer.execute("insert into ivr (id, name, version) values ('ivr_a', 'A', 1)")
        made = cli("backup", str(tmp_path / "b"), DATABASE_URL=database)
        assert made.returncode == 0, made.stderr
        assert "keep it where only you can read it" in made.stderr
        writer.execute("insert into did (did, ivr_id) values ('+14805550001', 'ivr_a')")
    done = cli("restore", str(tmp_path / "b"), DATABASE_URL=empty_database, DIGITREE_HOME=str(restored_home))
    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty_database) as connection:
        counted = "select (select count(*) from ivr), (select count(*) from did)"
        assert connection.execute(counted).fetchone() == (0, 0)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def _no_backup(file: Path) -> None:
    file.write_bytes(b"PK\x03\x04 something else")


@pytest.mark.parametrize(
    ("damage", "passphrase", "reason"),
    [
        (_cut, PASSPHRASE, "cut off"),
        (_no_backup, PASSPHRASE, "not a backup of Digitree"),
        (None, PASSPHRASE + "!", "the passphrase does not open this backup"),
        (None, "", "encrypted: give its passphrase"),
    ],
)
def test_a_file_that_is_not_right_is_refused_before_anything_is_touched(
    cli: Cli,  # noqa: F811
    database: str,
    empty_database: str,
    tmp_path: Path,
    restored_home: Path,
    damage: Callable[[Path], None] | None,
    passphrase: str,
    reason: str,
) -> None:
    file = tmp_path / "b"
    made = cli("backup", str(file), DATABASE_URL=database, DIGITREE_BACKUP_PASSPHRASE=PASSPHRASE)
    assert made.returncode == 0, made.stderr
    if damage is not None:
        damage(file)
    env = {"DATABASE_URL": empty_database, "DIGITREE_HOME": str(restored_home)}
    refused = cli("restore", str(file), DIGITREE_BACKUP_PASSPHRASE=passphrase, **env)
    assert refused.returncode == 1
    assert reason in refused.stderr
    assert not restored_home.exists()
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)


def test_what_is_there_is_kept_unless_told_and_then_moved_aside(
    cli: Cli,  # noqa: F811
    home: Path,
    database: str,
    empty_database: str,
    tmp_path: Path,
    restored_home: Path,
) -> None:
    _fill(cli, home, database)
    assert cli("backup", str(tmp_path / "b"), DATABASE_URL=database).returncode == 0
    restored_home.mkdir()
    (restored_home / "secret").write_text("another\n")
    env = {"DIGITREE_HOME": str(restored_home)}
    assert "has tables already" in cli("restore", str(tmp_path / "b"), DATABASE_URL=database, **env).stderr
    refused = cli("restore", str(tmp_path / "b"), DATABASE_URL=empty_database, **env)
    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)
    assert (restored_home / "secret").read_text() == "another\n"
    told = cli("restore", str(tmp_path / "b"), "--replace", DATABASE_URL=empty_database, **env)
    assert told.returncode == 0, told.stderr
    assert (restored_home / "secret").read_text() == (home / "secret").read_text()
    (aside,) = restored_home.glob("replaced-*")
    assert (aside / "secret").read_text() == "another\n"


def test_another_secret_in_the_environment_is_refused(
    cli: Cli,  # noqa: F811
    database: str,
    empty_database: str,
    tmp_path: Path,
    restored_home: Path,
) -> None:
    assert cli("backup", str(tmp_path / "b"), DATABASE_URL=database).returncode == 0
    env = {"DATABASE_URL": empty_database, "DIGITREE_HOME": str(restored_home), "DIGITREE_SECRET": "x" * 32}
    refused = cli("restore", str(tmp_path / "b"), **env)
    assert "DIGITREE_SECRET is not the secret of this backup" in refused.stderr
    assert not restored_home.exists()


def test_a_file_is_never_written_over_and_nothing_is_left_of_a_backup_that_failed(
    cli: Cli,  # noqa: F811
    database: str,
    tmp_path: Path,
    empty_database: str,
) -> None:
    file = tmp_path / "b"
    file.write_text("mine")
    assert "exists already" in cli("backup", str(file), DATABASE_URL=database).stderr
    assert file.read_text() == "mine"
    refused = cli("backup", str(tmp_path / "c"), DATABASE_URL=empty_database)
    assert "nothing to back up" in refused.stderr
    nowhere = cli("backup", str(tmp_path / "usb" / "d"), DATABASE_URL=database)
    assert f"{tmp_path / 'usb'} is not a directory: make it" in nowhere.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["b"]


def test_a_home_with_an_unfinished_restore_is_not_started(cli: Cli, home: Path) -> None:  # noqa: F811
    marker = restoring_path(home)
    marker.parent.mkdir(parents=True)
    marker.touch()
    refused = cli("up")
    assert (refused.returncode, "a restore into this DIGITREE_HOME is not finished" in refused.stderr) == (1, True)
