"""`digitree menu`: a menu as a file and back from the shell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ivr.storage.postgres.stores import PostgresStores
from tests.domain.test_bundles import MENU, packed
from tests.launcher.test_cli import Cli, cli  # noqa: F401 - a fixture


@pytest.fixture
def stores(database: str) -> Iterator[PostgresStores]:
    with closing(PostgresStores(database)) as stores:
        yield stores


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "plumbers.zip"
    path.write_bytes(packed())
    return path


def test_a_menu_is_brought_in_taken_out_and_put_into_another(
    cli: Cli,  # noqa: F811
    database: str,
    stores: PostgresStores,
    home: Path,
    bundle: Path,
    tmp_path: Path,
) -> None:
    made = cli("menu", "import", str(bundle), DATABASE_URL=database)
    assert made.returncode == 0, made.stderr
    ivr_id = made.stdout.strip()
    stored = stores.menus.get(ivr_id)
    assert (stored.name, stored.version, stored.document) == (MENU["name"], 1, MENU)
    assert (home / "prompts" / stored.prompts["welcome.wav"].file).is_file()
    assert [line for line in made.stderr.splitlines() if line.startswith("not here yet: ")] == [
        "not here yet: agent desk", "not here yet: opening hours office", "not here yet: list regulars",
    ]  # fmt: skip
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    assert cli("menu", "export", "Plumbers", str(first), DATABASE_URL=database).returncode == 0
    stores.menus.create("ivr_aaaaaa", {"name": "Other", "nodes": {"bye": {"action": "hangup"}}}, actor="t")
    into = cli("menu", "import", str(first), "--into", "Other", DATABASE_URL=database)
    assert (into.returncode, into.stdout.strip()) == (0, "ivr_aaaaaa")
    assert cli("menu", "export", "ivr_aaaaaa", str(second), DATABASE_URL=database).returncode == 0
    assert first.read_bytes() == second.read_bytes()


def test_what_cannot_be_done_is_said_and_nothing_is_left(
    cli: Cli,  # noqa: F811
    database: str,
    stores: PostgresStores,
    bundle: Path,
    tmp_path: Path,
) -> None:
    stores.menus.create("ivr_aaaaaa", {"name": "Other", "nodes": {"bye": {"action": "hangup"}}}, actor="t")
    refused: list[tuple[Any, str]] = [
        (("import", str(tmp_path / "none.zip")), "cannot be read"),
        (("import", str(bundle), "--into", "Nobody"), "no menu is called Nobody"),
        (("export", "Nobody", str(tmp_path / "x.zip")), "no menu is called Nobody"),
        (("export", "Other", str(bundle)), "exists already"),
        (("export", "Other", str(tmp_path / "none" / "x.zip")), "cannot be written"),
        (("export", "ivr_nobody1", str(tmp_path / "x.zip")), "no menu for ivr_nobody1"),
    ]
    for words, said in refused:
        answer = cli("menu", *words, DATABASE_URL=database)
        assert answer.returncode in (1, 2), words
        assert said in answer.stderr
    bundle.write_bytes(packed()[:-1])
    damaged = cli("menu", "import", str(bundle), DATABASE_URL=database)
    assert (damaged.returncode, "not a bundle, which is a ZIP file" in damaged.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["plumbers.zip"]
    assert len(stores.menus.list().items) == 1
