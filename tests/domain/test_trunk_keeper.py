"""When the switch is told of trunks, and what it is not told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_network
from pathlib import Path

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.sip_options import Transport
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.secrets import Sealer
from ivr.storage.disk.switch_trunks import TrunkFiles
from keeper.trunk_addresses import TrunkAddresses
from keeper.trunks import TrunkKeeper

SEALER = Sealer(lambda: b"ours")


class Told:
    """In place of the switch; `away`: it does not answer."""

    def __init__(self) -> None:
        self.away = False
        self.names: list[Collection[str]] = []
        self.reloads = 0
        self.reloads_before: list[int] = []

    def keep_gateways(self, names: Collection[str]) -> dict[str, str]:
        if self.away:
            raise SwitchUnavailable("away")
        self.names.append(names)
        self.reloads_before.append(self.reloads)
        return {}

    def reload_networks(self) -> None:
        if self.away:
            raise SwitchUnavailable("away")
        self.reloads += 1


def trunk(name: str, sealer: Sealer = SEALER) -> Trunk:
    known = Credentials("account", sealer.seal("pw"))
    return Trunk(name, registration=Registration(Host("registrar.example")), credentials=known)


class Names:
    """In place of name servers: what each name is, None while it cannot be told."""

    def __init__(self, **known: str | None) -> None:
        self.known = known
        self.asked: list[str] = []

    def __call__(self, host: Host, transport: Transport) -> frozenset[str]:
        self.asked.append(host.name)
        found = self.known[host.name.partition(".")[0]]
        if found is None:
            raise OSError("no name server")
        return frozenset({found})


def keeper_of(
    trunks: Sequence[Trunk], tmp_path: Path, told: Told, names: Names, clock: Callable[[], float] = lambda: 0.0
) -> TrunkKeeper:
    addresses = TrunkAddresses(names, clock=clock)
    return TrunkKeeper(lambda: trunks, SEALER, TrunkFiles.of_home(tmp_path), told, addresses)


def places(told: Told) -> list[list[str]]:
    return [[name.rpartition(".")[0] for name in names] for names in told.names]


def test_the_switch_is_told_at_the_first_look_and_of_changes(tmp_path: Path) -> None:
    told, trunks = Told(), [Trunk("telnyx", hosts=(Host("sip.example"),))]
    keeper = keeper_of(trunks, tmp_path, told, Names(sip="192.0.2.1", registrar="192.0.2.2"))
    keeper.look()
    keeper.look()
    trunks.append(trunk("voip"))
    keeper.look()
    assert places(told) == [["telnyx.0"], ["telnyx.0", "voip.registrar"]]
    assert TrunkFiles.of_home(tmp_path).gateways.stat().st_mode & 0o777 == 0o600


def test_who_may_call_is_told_before_a_trunk_is_registered(tmp_path: Path) -> None:
    told = Told()
    keeper_of([trunk("voip")], tmp_path, told, Names(registrar="192.0.2.2")).look()
    assert told.reloads_before == [1]


def test_a_switch_that_is_away_is_told_later(tmp_path: Path) -> None:
    told, trunks = Told(), [trunk("voip")]
    keeper = keeper_of(trunks, tmp_path, told, Names(sip="192.0.2.1", registrar="192.0.2.2"))
    told.away = True
    keeper.look()
    told.away = False
    keeper.look()
    keeper.look()
    assert places(told) == [["voip.registrar"]]


def test_a_trunk_whose_password_cannot_be_opened_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    told, trunks = Told(), [trunk("lost", Sealer(lambda: b"another")), trunk("voip")]
    keeper_of(trunks, tmp_path, told, Names(sip="192.0.2.1", registrar="192.0.2.2")).look()
    assert places(told) == [["voip.registrar"]]
    assert "lost" not in TrunkFiles.of_home(tmp_path).gateways.read_text()


def networks(tmp_path: Path) -> str:
    return TrunkFiles.of_home(tmp_path).networks.read_text()


def test_addresses_that_change_are_told_and_the_old_ones_stay_while_names_cannot_be_looked_up(tmp_path: Path) -> None:
    now, told, names = [0.0], Told(), Names(sip="192.0.2.1")
    keeper = keeper_of([Trunk("telnyx", hosts=(Host("sip.example"),))], tmp_path, told, names, lambda: now[0])
    keeper.look()
    assert 'cidr="192.0.2.1/32"' in networks(tmp_path)
    names.known["sip"] = None
    now[0] = 61.0
    keeper.look()
    assert 'cidr="192.0.2.1/32"' in networks(tmp_path)
    assert told.reloads == 1
    names.known["sip"] = "192.0.2.9"
    now[0] = 122.0
    keeper.look()
    assert 'cidr="192.0.2.9/32"' in networks(tmp_path)
    assert "192.0.2.1" not in networks(tmp_path)
    assert told.reloads == 2
    assert len(names.asked) == 3


def test_a_keeper_that_begins_without_name_servers_keeps_the_addresses_of_the_last_one(tmp_path: Path) -> None:
    trunks = [Trunk("telnyx", hosts=(Host("sip.example"),))]
    keeper_of(trunks, tmp_path, Told(), Names(sip="192.0.2.1")).look()
    keeper_of(trunks, tmp_path, Told(), Names(sip=None)).look()
    assert 'cidr="192.0.2.1/32"' in networks(tmp_path)


def test_networks_that_are_listed_need_no_name_server(tmp_path: Path) -> None:
    names = Names(sip=None)
    trunk = Trunk("twilio", hosts=(Host("sip.example"),), allowed=(ip_network("198.51.100.0/24"),))
    keeper_of([trunk], tmp_path, Told(), names).look()
    assert 'cidr="198.51.100.0/24"' in networks(tmp_path)
    assert names.asked == []
