"""When the switch is told of trunks, and what it is not told."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.secrets import Sealer
from keeper.trunks import TrunkKeeper

SEALER = Sealer(lambda: b"ours")


class Told:
    """In place of the switch; `away`: it does not answer."""

    def __init__(self) -> None:
        self.away = False
        self.names: list[Collection[str]] = []

    def keep_gateways(self, names: Collection[str]) -> None:
        if self.away:
            raise SwitchUnavailable("away")
        self.names.append(names)


def trunk(name: str, sealer: Sealer = SEALER) -> Trunk:
    known = Credentials("account", sealer.seal("pw"))
    return Trunk(name, registration=Registration(Host("registrar.example")), credentials=known)


def places(told: Told) -> list[list[str]]:
    return [[name.rpartition(".")[0] for name in names] for names in told.names]


def test_the_switch_is_told_at_the_first_look_and_of_changes(tmp_path: Path) -> None:
    told, trunks = Told(), [Trunk("telnyx", hosts=(Host("sip.example"),))]
    keeper = TrunkKeeper(lambda: trunks, SEALER, tmp_path / "trunks.xml", told)
    keeper.look()
    keeper.look()
    trunks.append(trunk("voip"))
    keeper.look()
    assert places(told) == [["telnyx.0"], ["telnyx.0", "voip.registrar"]]
    assert (tmp_path / "trunks.xml").stat().st_mode & 0o777 == 0o600


def test_a_switch_that_is_away_is_told_later(tmp_path: Path) -> None:
    told, trunks = Told(), [trunk("voip")]
    keeper = TrunkKeeper(lambda: trunks, SEALER, tmp_path / "trunks.xml", told)
    told.away = True
    keeper.look()
    told.away = False
    keeper.look()
    keeper.look()
    assert places(told) == [["voip.registrar"]]


def test_a_trunk_whose_password_cannot_be_opened_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    told, trunks = Told(), [trunk("lost", Sealer(lambda: b"another")), trunk("voip")]
    TrunkKeeper(lambda: trunks, SEALER, tmp_path / "trunks.xml", told).look()
    assert places(told) == [["voip.registrar"]]
    assert "lost" not in (tmp_path / "trunks.xml").read_text()
