"""`digitree dnc`: import, release and verify answer scripts by their exit codes."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from openpyxl import Workbook

from ivr.domain.dnc.events import OptOut
from ivr.domain.numbers import E164
from ivr.domain.signed_heads import head_from_line
from ivr.secrets import head_signer
from ivr.settings import Settings
from ivr.storage.disk.witness_file import WitnessFile, witness_path
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.stores import PostgresStores
from keeper.head_signer import HeadKeeper
from tests.helpers import as_superuser
from tests.launcher.test_cli import Cli, cli  # noqa: F401 - a fixture


def test_a_verify_run_finds_a_changed_byte_and_names_its_event(cli: Cli, database: str) -> None:  # noqa: F811
    for n in range(3):
        cli("dnc", "add", f"+1480555000{n}", DATABASE_URL=database)
    right = cli("dnc", "verify", DATABASE_URL=database)
    assert right.returncode == 0
    assert "default: 3 events are right" in right.stdout
    noted = right.stdout.split()[-1]
    assert cli("dnc", "verify", "--expect", noted, DATABASE_URL=database).returncode == 0
    printed = right.stdout.strip()
    assert cli("dnc", "verify", "--expect", printed, DATABASE_URL=database).returncode == 0
    assert cli("dnc", "verify", "--expect", noted[:-1] + "x", DATABASE_URL=database).returncode == 1
    with psycopg.connect(as_superuser(database)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update suppression_event set number_raw = '+14805550009' where seq = 2")
    wrong = cli("dnc", "verify", DATABASE_URL=database)
    assert wrong.returncode == 1
    assert "default: BROKEN after 1 events: event 2 (optout_" in wrong.stderr.replace("\n", " ")


def test_good_lines_are_imported_and_bad_ones_written_to_a_file(cli: Cli, database: str, tmp_path: Path) -> None:  # noqa: F811
    file, bad = tmp_path / "numbers.csv", tmp_path / "bad.csv"
    file.write_text("id;Phone\n1;4805550001.0\n2;nobody\n3;555 0141\n4;480-555-0002 x12\n")
    dry = cli("dnc", "import", str(file), "--dry-run", DATABASE_URL=database)
    assert dry.stdout.startswith("dry run, nothing is written: 2 numbers added, 0 already listed")
    assert dry.stdout.endswith("2 bad lines left out\n")
    assert "read as UTF-8 text separated by semicolon; the numbers are in Phone" in dry.stderr
    assert cli("dnc", "check", "+14805550001", DATABASE_URL=database).returncode == 1
    done = cli("dnc", "import", str(file), "--bad", str(bad), DATABASE_URL=database)
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "2 numbers added")
    assert "line 4: 555 0141 has 7 digits; a US number has 10" in done.stderr
    assert bad.read_text().splitlines() == [
        "line,number,reason",
        "3,nobody,nobody is not a telephone number",
        "4,555 0141,555 0141 has 7 digits; a US number has 10",
    ]
    assert cli("dnc", "check", "480-555-0001", DATABASE_URL=database).returncode == 0
    assert cli("dnc", "import", str(file), "--list", "nobody", DATABASE_URL=database).returncode == 2


def test_several_columns_and_a_sheet_can_be_chosen(cli: Cli, database: str, tmp_path: Path) -> None:  # noqa: F811
    file, book = tmp_path / "numbers.csv", Workbook()
    file.write_text("Home,Work,Mobile\n480-555-0001,480-555-0002,480-555-0003\n")
    some = cli("dnc", "import", str(file), "--column", "Home", "--column", "3", DATABASE_URL=database)
    assert some.stdout.startswith("2 numbers added")
    assert "the numbers are in Home, Mobile" in some.stderr
    assert cli("dnc", "import", str(file), DATABASE_URL=database).stdout.startswith("1 numbers added, 2 already")
    book.worksheets[0].append(["480-555-0004"])
    book.create_sheet("More").append(["480-555-0005"])
    book.save(tmp_path / "book.xlsx")
    first = cli("dnc", "import", str(tmp_path / "book.xlsx"), DATABASE_URL=database)
    assert "read as Excel workbook, sheet Sheet; the numbers are in column 1" in first.stderr
    assert "sheet More has numbers, too, and is not read; --sheet chooses it" in first.stderr
    more = cli("dnc", "import", str(tmp_path / "book.xlsx"), "--sheet", "More", DATABASE_URL=database)
    assert more.stdout.startswith("1 numbers added")
    assert cli("dnc", "check", "480-555-0005", DATABASE_URL=database).returncode == 0


def test_a_strict_import_is_all_or_nothing(cli: Cli, database: str, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "numbers.csv"
    file.write_text("number\n+14805550001\nnobody\n+14805550002\n")
    refused = cli("dnc", "import", str(file), "--strict", DATABASE_URL=database)
    assert refused.returncode == 1
    assert "line 3: nobody is not a telephone number" in refused.stderr
    assert cli("dnc", "check", "+14805550001", DATABASE_URL=database).returncode == 1
    file.write_text("")
    empty = cli("dnc", "import", str(file), DATABASE_URL=database)
    assert (empty.returncode, empty.stderr) == (1, "digitree: nothing stands in the file\n")


def test_a_listed_number_that_cannot_exist_is_named(cli: Cli, database: str) -> None:  # noqa: F811
    cli("dnc", "add", "+14805550001", DATABASE_URL=database)
    assert cli("dnc", "doctor", DATABASE_URL=database).returncode == 0
    listed = (("+15550170", "480,5550170"), ("+48055501580", "4805550158.0"), ("+48221234567", "+48221234567"))
    with closing(PostgresStores(database)) as stores:
        for number, raw in listed:
            stores.dnc.record(OptOut(f"event_{number}", E164(number), raw, "import", datetime.now(UTC)))
    found = cli("dnc", "doctor", DATABASE_URL=database)
    assert found.returncode == 1
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert found.stdout.splitlines() == [
        f"default +15550170 (import, {today}): +15550170 has 7 digits after +1; a US number has 10; "
        "it was received as 480,5550170",
        f"default +48055501580 (import, {today}): it was received as 4805550158.0, which is +14805550158",
    ]
    assert cli("dnc", "release", "+15550170", "--reason", "nobody's", DATABASE_URL=database).returncode == 0
    assert "+15550170" not in cli("dnc", "doctor", DATABASE_URL=database).stdout


def test_a_released_number_is_off_the_list(cli: Cli, database: str) -> None:  # noqa: F811
    cli("dnc", "add", "+14805550001", DATABASE_URL=database)
    assert cli("dnc", "release", "+14805550001", "--reason", "asked for it", DATABASE_URL=database).returncode == 0
    checked = cli("dnc", "check", "+14805550001", DATABASE_URL=database)
    assert checked.returncode == 1
    assert "released" in checked.stdout
    assert cli("dnc", "release", "+14805550001", "--reason", "again", DATABASE_URL=database).returncode == 1


def sign_heads(database: str, home: Path, secret: str = "s" * 64) -> HeadKeeper:
    """What the keeper does every few seconds."""
    settings = Settings(DIGITREE_HOME=home, DIGITREE_SECRET=secret)  # type: ignore[call-arg]
    heads = HeadKeeper(Database(database), head_signer(settings), WitnessFile(witness_path(home)))
    heads.look()
    return heads


def test_an_end_cut_off_with_the_head_set_back_is_found_by_the_witness_file(
    cli: Cli,  # noqa: F811
    database: str,
    tmp_path: Path,
) -> None:
    for n in range(3):
        cli("dnc", "add", f"+1480555000{n}", DATABASE_URL=database)
    sign_heads(database, tmp_path / "signer")
    witness = ("--witness", str(witness_path(tmp_path / "signer")))
    right = cli("dnc", "verify", *witness, DATABASE_URL=database, DIGITREE_SECRET="s" * 64)
    assert right.returncode == 0, right.stderr
    assert "default: 3 events are right, 3 of them signed; default:3:" in right.stdout
    with psycopg.connect(as_superuser(database)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from suppression_event where seq = 3")
        connection.execute("delete from suppression where number = '+14805550002'")
        connection.execute(
            "update suppression_list set head_seq = 2, head_hash = (select hash from suppression_event where seq = 2)"
        )
        connection.execute("truncate signed_head")
    unaware = cli("dnc", "verify", DATABASE_URL=database, DIGITREE_SECRET="s" * 64)
    assert (unaware.returncode, "no witness file" in unaware.stderr) == (0, True)
    wrong = cli("dnc", "verify", *witness, DATABASE_URL=database, DIGITREE_SECRET="s" * 64)
    assert wrong.returncode == 1
    assert "the end was cut off: event 3 was signed at" in wrong.stderr.replace("\n", " ")


def test_a_witness_file_that_was_changed_is_broken_and_another_key_is_not_believed(
    cli: Cli,  # noqa: F811
    database: str,
    tmp_path: Path,
) -> None:
    cli("dnc", "add", "+14805550000", DATABASE_URL=database)
    sign_heads(database, tmp_path / "signer")
    path = witness_path(tmp_path / "signer")
    witness = ("--witness", str(path))
    stranger = cli("dnc", "verify", *witness, DATABASE_URL=database, DIGITREE_SECRET="t" * 64)
    assert stranger.returncode == 0
    key = head_from_line(path.read_text().splitlines()[0]).key
    assert f"signed with {key}" in stranger.stderr
    assert "1 of them signed" not in stranger.stdout
    believed = cli("dnc", "verify", *witness, "--key", key, DATABASE_URL=database, DIGITREE_SECRET="t" * 64)
    assert "1 of them signed" in believed.stdout
    path.write_text(path.read_text().replace('"seq":1,', '"seq":2,'))
    changed = cli("dnc", "verify", *witness, DATABASE_URL=database, DIGITREE_SECRET="s" * 64)
    assert changed.returncode == 1
    assert "has no genuine signature" in changed.stderr


def test_the_audit_log_is_verified_too(cli: Cli, database: str, tmp_path: Path) -> None:  # noqa: F811
    with closing(PostgresStores(database)) as stores:
        for n in range(3):
            stores.audit.add("key_1", "ivr.patch", f"ivr_{n}")
    sign_heads(database, tmp_path / "signer")
    witness = ("--witness", str(witness_path(tmp_path / "signer")))
    right = cli("audit", "verify", *witness, DATABASE_URL=database, DIGITREE_SECRET="s" * 64)
    assert (right.returncode, right.stdout.split(";")[0]) == (0, "audit: 3 events are right, 3 of them signed")
    with psycopg.connect(as_superuser(database)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update audit_log set actor = 'somebody' where subject = 'ivr_1'")
    wrong = cli("audit", "verify", *witness, DATABASE_URL=database, DIGITREE_SECRET="s" * 64)
    assert wrong.returncode == 1
    assert "event 2 (entry" in wrong.stderr
