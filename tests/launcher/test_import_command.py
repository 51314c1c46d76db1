"""`digitree import`: a menu of another system becomes one here, with a report."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from ivr.storage.postgres.stores import PostgresStores
from tests.domain.imports.test_freepbx import packed
from tests.launcher.test_cli import Cli, cli  # noqa: F401 - a fixture

_FLOW = {
    "description": "Hill Roofing",
    "initial_state": "Trigger",
    "states": [
        {"name": "Trigger", "type": "trigger", "transitions": [{"event": "incomingCall", "next": "hello"}]},
        {
            "name": "hello",
            "type": "say-play",
            "properties": {"say": "Thank you for calling."},
            "transitions": [{"event": "audioComplete", "next": "pay"}],
        },
        {"name": "pay", "type": "capture-payments", "transitions": []},
    ],
}


def test_a_flow_becomes_a_menu_and_each_part_is_told(cli: Cli, database: str, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(_FLOW))
    made = cli("import", str(file), DATABASE_URL=database)
    assert made.returncode == 0, made.stderr
    ivr_id, counts, *table = made.stdout.splitlines()
    assert counts == "Twilio Studio: 2 carried over, 0 changed, 1 not carried"
    assert any("NOT CARRIED" in line and "there is no capture-payments here" in line for line in table)
    with closing(PostgresStores(database)) as stores:
        stored = stores.menus.get(ivr_id)
    assert (stored.name, stored.version, list(stored.document["nodes"])) == (
        "Hill Roofing", 1, ["hello", "pay", "end_of_call"]
    )  # fmt: skip


def test_a_dry_run_makes_nothing_and_a_file_that_is_none_says_so(cli: Cli, database: str, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(_FLOW))
    dry = cli("import", str(file), "--dry-run", "--json", DATABASE_URL=database)
    assert json.loads(dry.stdout)["id"] is None
    with closing(PostgresStores(database)) as stores:
        assert stores.menus.list(limit=1).items == []
    file.write_text("hello")
    wrong = cli("import", str(file), DATABASE_URL=database)
    assert wrong.returncode == 2
    assert "neither XML nor JSON" in wrong.stderr


def test_a_backup_whose_sounds_nobody_can_convert_becomes_a_menu_and_says_so(
    cli: Cli, database: str, cache: str, tmp_path: Path  # noqa: F811
) -> None:
    modules = {
        "Ivr": {"configs": {"ivrs": {"1": [{"id": "1", "name": "Main", "announcement": "1"}]}, "entries": {}}},
        "Recordings": {"configs": {"data": [{"id": "1", "filename": "custom/hello", "files": {}}]}},
    }
    file = tmp_path / "backup.tar.gz"
    file.write_bytes(packed(modules, ("files/var/lib/asterisk/sounds/en/custom/hello.wav", b"RIFF, and so on")))
    dry = cli("import", "--dry-run", str(file))
    assert "comes with the file: hello.wav" in dry.stdout.splitlines()
    made = cli("import", str(file), DATABASE_URL=database, REDIS_URL=cache)
    assert made.returncode == 0, made.stderr
    (told,) = [line for line in made.stdout.splitlines() if "hello.wav, there" in line]
    assert told.startswith("to be uploaded: hello.wav, there custom/hello: the speech process does not answer")
    with closing(PostgresStores(database)) as stores:
        assert stores.menus.get(made.stdout.splitlines()[0]).version == 1
