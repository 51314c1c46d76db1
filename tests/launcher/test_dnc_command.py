"""`digitree dnc`: import, release and verify answer scripts by their exit codes."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests.launcher.test_cli import Cli, cli  # noqa: F401 - a fixture


def test_a_verify_run_finds_a_changed_byte_and_names_its_event(cli: Cli, database: str) -> None:  # noqa: F811
    for n in range(3):
        cli("dnc", "add", f"+1480555000{n}", DATABASE_URL=database)
    right = cli("dnc", "verify", DATABASE_URL=database)
    assert right.returncode == 0
    assert "default: 3 events are right" in right.stdout
    noted = right.stdout.split()[-1]
    assert cli("dnc", "verify", "--expect", noted, DATABASE_URL=database).returncode == 0
    assert cli("dnc", "verify", "--expect", noted[:-1] + "x", DATABASE_URL=database).returncode == 1
    with psycopg.connect(database) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update suppression_event set number_raw = '+14805550009' where seq = 2")
    wrong = cli("dnc", "verify", DATABASE_URL=database)
    assert wrong.returncode == 1
    assert "default: BROKEN after 1 events: event 2 (optout_" in wrong.stderr.replace("\n", " ")


def test_a_file_is_imported_whole_or_its_bad_lines_are_named(cli: Cli, database: str, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "numbers.csv"
    file.write_text("number\n+14805550001\nnobody\n+14805550002\n")
    refused = cli("dnc", "import", str(file), DATABASE_URL=database)
    assert refused.returncode == 1
    assert "line 3: 'nobody' is no telephone number" in refused.stderr
    assert cli("dnc", "check", "+14805550001", DATABASE_URL=database).returncode == 1
    file.write_text("number\n+14805550001\n+14805550002\n")
    done = cli("dnc", "import", str(file), DATABASE_URL=database)
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "2 numbers added")
    assert cli("dnc", "check", "+14805550001", DATABASE_URL=database).returncode == 0
    assert cli("dnc", "import", str(file), "--list", "nobody", DATABASE_URL=database).returncode == 2


def test_a_released_number_is_off_the_list(cli: Cli, database: str) -> None:  # noqa: F811
    cli("dnc", "add", "+14805550001", DATABASE_URL=database)
    assert cli("dnc", "release", "+14805550001", "--reason", "asked for it", DATABASE_URL=database).returncode == 0
    checked = cli("dnc", "check", "+14805550001", DATABASE_URL=database)
    assert checked.returncode == 1
    assert "released" in checked.stdout
    assert cli("dnc", "release", "+14805550001", "--reason", "again", DATABASE_URL=database).returncode == 1
