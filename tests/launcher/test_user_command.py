"""`digitree user`: users from the machine itself."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from ivr.storage.postgres.stores import PostgresStores
from launcher.cli import app

PASSWORD = "correct horse battery"


def test_a_user_is_added_given_a_new_password_and_disabled(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)

    def run(*arguments: str, typed: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(app, ["user", *arguments], input=typed)
        return done.exit_code, done.output

    assert run("add", "ada", "--scope", "read", "--password-stdin", typed="short\n")[0] == 2
    assert run("add", "a da", "--password-stdin", typed=f"{PASSWORD}\n")[0] == 2
    code, said = run("add", "ada", "--scope", "read", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (code, said.startswith("user_")) == (0, True)
    assert run("add", "ADA", "--password-stdin", typed=f"{PASSWORD}\n")[0] == 1
    assert "may log in" in run("list")[1]
    assert run("add", "own", "--role", "boss", "--password-stdin", typed=f"{PASSWORD}\n")[0] == 2
    assert run("add", "own", "--role", "owner", "--password-stdin", typed=f"{PASSWORD}\n")[0] == 0
    assert "owner" in run("list")[1]
    assert run("disable", "own")[0] == 1, "the last owner"
    stores = PostgresStores(database)
    try:
        assert run("password", "Ada", "--password-stdin", typed="another password\n")[0] == 0
        assert stores.users.check("ada", PASSWORD) is None
        assert stores.users.check("ada", "another password") is not None
        assert run("disable", "ada")[0] == 0
        assert stores.users.check("ada", "another password") is None
        assert run("enable", "ada")[0] == 0
        assert stores.users.check("ada", "another password") is not None
        assert run("disable", "bob")[0] == 1
    finally:
        stores.close()
