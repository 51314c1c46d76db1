"""What the keeper writes of trunks is what this switch reads."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from devswitch.trunk_files import Gateway, read_gateways, read_lists
from ivr.domain.trunks.gateways import gateways_of, text_of
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.domain.trunks.networks import parse_network
from ivr.domain.trunks.table import PlacedTrunk, lists_text

PASSWORD = """$${secret}&<>'"--><X-PRE-PROCESS#;%2B"""


def test_a_gateway_is_read_with_its_account_and_a_hostile_password() -> None:
    trunk = Trunk(
        "carrier",
        hosts=(Host("out.example.com", 5070),),
        registration=Registration(Host("sip.example.com", 5080), 300, Host("proxy.example.com")),
        credentials=Credentials("account", "sealed", auth_username="other@example.com", realm="example.com"),
    )
    registrar, out = read_gateways(text_of([*gateways_of(trunk)], {"sealed": PASSWORD}))
    assert registrar == Gateway(
        registrar.name,
        Host("sip.example.com", 5080),
        registers=True,
        proxy=Host("proxy.example.com"),
        expiry_s=300,
        username="account",
        auth_username="other@example.com",
        password=PASSWORD,
        realm="example.com",
    )
    assert registrar.name.startswith("carrier.registrar.")
    assert registrar.sent_to == ("proxy.example.com", 5060)
    assert (out.registers, out.sent_to) == (False, ("out.example.com", 5070))
    assert PASSWORD not in repr(registrar)


def test_the_networks_of_trunks_are_read_as_far_as_this_switch_has_addresses() -> None:
    trunk = Trunk("carrier", trust_identity=True)
    placed = [PlacedTrunk(trunk, (parse_network("198.51.100.0/24"), parse_network("2001:db8::/32")))]
    lists = read_lists(lists_text(placed))
    assert lists == {
        "trunk-callers": (IPv4Network("198.51.100.0/24"),),
        "trunk-vouching": (IPv4Network("198.51.100.0/24"),),
        "trunk-dialled-in-to": (),
        "trunk-encrypted": (),
        "trunk-keys-as-info": (),
        "trunk-keys-as-tones": (),
    }


@pytest.mark.parametrize("text", ["", "<include>", "<include><gateway name='a'/></include>"])
def test_another_text_is_no_file_of_trunks(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a file of trunks|is not a host"):
        read_gateways(text)
