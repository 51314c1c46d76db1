"""`digitree export`: the document on standard output, the report beside it."""

from __future__ import annotations

import json
from contextlib import closing

from ivr.storage.postgres.stores import PostgresStores
from tests.launcher.test_cli import Cli, cli  # noqa: F401 - a fixture

_NODES = {"ask": {"text": "Press 1.", "gather": {"1": "bye"}}, "bye": {"action": "hangup", "audio": "bye.wav"}}


def test_a_menu_goes_out_as_a_flow_and_each_part_is_told(cli: Cli, database: str) -> None:  # noqa: F811
    with closing(PostgresStores(database)) as stores:
        stores.menus.create("ivr_out12345", {"name": "Hill Roofing", "nodes": _NODES}, actor="a test")
    made = cli("export", "Hill Roofing", "--as", "swml", DATABASE_URL=database)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["sections"]["ask"][0]["prompt"]["play"] == "say:Press 1."
    counts, *table = made.stderr.splitlines()
    assert counts == "SignalWire SWML: 1 carried over, 1 changed, 0 not carried"
    assert any("bye.wav is a recording" in line for line in table)
    wrong = cli("export", "Hill Roofing", "--as", "teletext", DATABASE_URL=database)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--as is one of studio, swml" in wrong.stderr
