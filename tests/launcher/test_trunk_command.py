"""`digitree trunk`: trunks from the machine itself."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr.secrets import Sealer, read_or_make_secret
from ivr.settings import Settings
from ivr.storage.postgres.stores import PostgresStores
from launcher.cli import app


def test_a_trunk_is_added_changed_shown_and_removed(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("DIGITREE_HOME", str(tmp_path))

    def run(*arguments: str, typed: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(app, ["trunk", *arguments], input=typed)
        return done.exit_code, done.output

    monkeypatch.setenv("DIGITREE_FS_EVENT", "127.0.0.1:1")
    numbers = "numbers=+14155550100,+14155550101"
    account = ("registrar=atlanta1.voip.ms", "username=100000", "calls_at_once=30", numbers)
    code, said = run("add", "account", "--preset", "voipms", *account)
    assert (code, "password: give the password" in said) == (2, True)
    code, said = run("add", "account", "--preset", "voipms", *account, "--password-stdin", typed="5up3r-s3cret\n")
    assert code == 0, said
    code, said = run("show", "account")
    shown = json.loads(said)
    assert (shown["caller_in"], shown["calls_at_once"], shown["has_password"]) == ("national", 30, True)
    assert shown["numbers"] == ["+14155550100", "+14155550101"]
    code, said = run("test", "account")
    assert (code, "the switch cannot be asked" in said) == (1, True)
    assert run("change", "account", "calls_at_once=", "trust_identity=true", "numbers=")[0] == 0
    with closing(PostgresStores(database)) as stores:
        trunk = stores.trunks.find("account").trunk
        assert (trunk.limits.calls_at_once, trunk.trust_identity, trunk.numbers) == (None, True, ())
        opened = Sealer(read_or_make_secret(Settings()).encode).find(trunk.credentials.sealed)
        assert opened == "5up3r-s3cret"
        assert [each.actor for each in stores.audit.list(limit=9).items] == ["command line"] * 2
    assert "atlanta1.voip.ms" in run("list")[1]
    for wrong, told in [
        (("calls_at_once=many",), "calls_at_once"),
        (("calls_at_once=0",), "calls_at_once"),
        (("allowed=everybody",), "allowed.0: everybody is not a network"),
        (("transport=",), "transport"),
        (("colour=red",), "colour"),
        (("password=x",), "--password-stdin"),
        (("transport",), "FIELD=VALUE"),
    ]:
        code, said = run("change", "account", *wrong)
        assert (code, told in said) == (2, True), said
    assert run("add", "account", "hosts=pbx.example")[0] == 1
    for twice, told in (
        (("name=other",), "name: the name of the trunk stands before its fields"),
        (("--preset", "asterisk", "preset=freeswitch"), "preset: it is given twice"),
        (("calls_per_s=zwei",), "calls_per_s: this must be a number\n"),
    ):
        code, said = run("add", "another", "hosts=pbx.example", *twice)
        assert (code, told in said) == (2, True), said
    assert "another" not in run("list")[1]
    assert run("add", "another", "hosts=pbx.example", "preset=asterisk")[0] == 0
    assert run("remove", "account")[0] == 0
    for command in (("show",), ("change",), ("remove",)):
        code, said = run(*command, "account")
        assert (code, "there is no trunk account" in said) == (1, True)


def test_presets_are_listed() -> None:
    said = CliRunner().invoke(app, ["trunk", "presets"]).output
    assert "telnyx" in said
    assert "VoIP.ms" in said
