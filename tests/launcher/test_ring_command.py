"""`digitree call --trunk`: a telephone rung from the machine itself."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ivr.clients import ringing
from ivr.domain.numbers import E164
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import SwitchWord
from ivr.domain.telephones.way_out import where_it_goes
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk
from ivr.storage.postgres.stores import PostgresStores
from launcher.cli import app
from tests.admin.pages import PAGE_TREE

THEIRS, OURS = E164("+14155552671"), E164("+14155550100")


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> list[SwitchWord]:
    ends = [SwitchWord("NORMAL_CLEARING", 200, "OK", 61.0)]

    def ring(_: Any, call: Dialled, told: Any) -> SwitchWord:
        call.command()
        told("ringing")
        return ends[0]

    monkeypatch.setattr(ringing.Ringer, "ring", ring)
    return ends


def test_a_verified_telephone_is_rung_and_how_it_ends_is_said(
    database: str, cache: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, switch: list[SwitchWord]
) -> None:
    for name, value in (("DATABASE_URL", database), ("REDIS_URL", cache), ("DIGITREE_HOME", str(tmp_path))):
        monkeypatch.setenv(name, value)

    def run(number: str, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["call", number, "--trunk", "carrier", *arguments])
        return done.exit_code, done.output

    with closing(PostgresStores(database)) as stores:
        trunk = Trunk("carrier", hosts=(Host("a.example.com"),), numbers=(OURS,))
        stores.trunks.create(trunk, actor="tests")
        menu = stores.menus.create("ivr_abc123", PAGE_TREE, actor="tests").ivr_id
        assert "--menu" in run(THEIRS)[1]
        assert run(THEIRS, "--menu", menu) == (
            1,
            f"digitree: {THEIRS} is not verified over the trunk carrier; under telephones have it called with a"
            " code over this trunk, and give back what it hears\n",
        )
        stores.telephones.add(THEIRS, actor="tests")
        stores.telephones.set_code(THEIRS, b"right", where_it_goes(trunk))
        stores.telephones.verify(THEIRS, b"right", actor="tests")
        code, said = run("(415) 555-2671", "--menu", menu)
        assert (code, said.splitlines()[-1]) == (0, "it was answered; it counts as $0.04")
        switch[0] = SwitchWord("USER_BUSY", 486, "Busy Here")
        code, said = run(THEIRS, "--menu", menu)
        assert (code, said.splitlines()[-1]) == (1, "the telephone is busy (SIP 486 Busy Here); it counts as $0.00")
        refused = run("+19005551234", "--menu", menu)
        assert (refused[0], "premium-rate" in refused[1]) == (1, True)
        assert {each.actor for each in stores.audit.list(action="telephone.ring", limit=9).items} == {"command line"}
