"""The passwords that FreeSWITCH reads: its file, and the keeper's care for it."""

from __future__ import annotations

import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.agents import Agent, Target
from ivr.secrets import Sealer
from ivr.storage.disk.agent_passwords import (
    FLAG,
    AgentPasswords,
    decode,
    encode,
    ensure_file,
    passwords_path,
    variable_of,
)
from ivr.storage.postgres.stores import PostgresStores
from keeper.agent_passwords import PasswordKeeper

SEALER = Sealer(lambda: b"0123456789abcdef")
HARDEST = "Aa0_.+/*!@#%:~-"


def settings_of(text: str) -> dict[str, str]:
    """What FreeSWITCH sets when it reads the file."""
    return dict(each.attrib["data"].split("=", 1) for each in ElementTree.fromstring(text))  # noqa: S314


def test_freeswitch_reads_each_password_as_a_variable_and_that_it_has_them_all() -> None:
    text = encode({"a" * 32: HARDEST, "b" * 32: "x"})
    assert settings_of(text) == {FLAG: "true", variable_of("a" * 32): HARDEST, variable_of("b" * 32): "x"}
    assert decode(text) == {"a" * 32: HARDEST, "b" * 32: "x"}


@pytest.mark.parametrize("password", ['a"/>', "a,b=c", "a}b", "${x}", "a b", ""])
def test_what_could_break_out_of_the_file_or_the_dial_string_is_not_written(password: str) -> None:
    with pytest.raises(ValueError, match="not fit"):
        encode({"a" * 32: password})


def test_the_first_file_says_that_nothing_is_known_yet_and_none_is_written_over(home: Path) -> None:
    path = passwords_path(home)
    ensure_file(path)
    assert settings_of(path.read_text()) == {}
    AgentPasswords(path).add({"a" * 32: "x"})
    ensure_file(path)
    assert decode(path.read_text()) == {"a" * 32: "x"}
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]


def test_the_keeper_writes_what_is_in_force_and_tells_the_switch_of_changes_alone(
    stores: PostgresStores, home: Path
) -> None:
    path, told = passwords_path(home), []
    keeper = PasswordKeeper(stores.database, SEALER, AgentPasswords(path), lambda: told.append(path.read_text()))
    sealed, other = SEALER.seal("first"), Sealer(lambda: b"of another installation").seal("x")
    targets = (Target("sip:a@b", "me", sealed), Target("sip:c@d"), Target("sip:e@f", "me", other))
    stores.agents.create(Agent("sales", targets), actor="t")
    keeper.look()
    keeper.look()
    assert [decode(each) for each in told] == [{SEALER.reference(sealed): "first"}]
    stores.agents.delete("sales", actor="t")
    keeper.look()
    keeper.look()
    assert decode(path.read_text()) == {}
    assert len(told) == 2


def test_a_password_whose_agent_is_being_saved_stays(stores: PostgresStores, home: Path) -> None:
    file = AgentPasswords(passwords_path(home))
    keeper = PasswordKeeper(stores.database, SEALER, file, lambda: None)
    sealed = SEALER.seal("first")
    file.add({SEALER.reference(sealed): "first"})
    keeper.look()
    assert file.references() == {SEALER.reference(sealed)}
    stores.agents.create(Agent("sales", (Target("sip:a@b", "me", sealed),)), actor="t")
    keeper.look()
    keeper.look()
    assert file.references() == {SEALER.reference(sealed)}


def test_a_switch_that_is_away_is_told_when_it_is_back(stores: PostgresStores, home: Path) -> None:
    told = []

    def reload() -> None:
        told.append("asked")
        if len(told) < 3:
            raise SwitchUnavailable("no switch")

    keeper = PasswordKeeper(stores.database, SEALER, AgentPasswords(passwords_path(home)), reload)
    for _ in range(5):
        keeper.look()
    assert len(told) == 3


def test_a_reference_tells_nothing_of_the_password_and_is_the_same_in_every_process() -> None:
    sealed = SEALER.seal("secret-word")
    again = Sealer(lambda: b"0123456789abcdef")
    assert SEALER.reference(sealed) == again.reference(sealed)
    assert SEALER.reference(sealed) != SEALER.reference(SEALER.seal("secret-word"))
    assert Sealer(lambda: b"another").reference(sealed) != SEALER.reference(sealed)
