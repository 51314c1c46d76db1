"""Which trunk a call came by, and who may call because of one."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.numbers import E164
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.domain.trunks.table import (
    PlacedTrunk,
    TrunkTable,
    hosts_of,
    lists_text,
    networks_of,
    parse_table,
    table_text,
)

HERE, THERE = E164("+14155550100"), E164("+14155550101")


def placed(name: str, *networks: str, numbers: tuple[E164, ...] = (), trust: bool = False) -> PlacedTrunk:
    return PlacedTrunk(Trunk(name, numbers=numbers, trust_identity=trust), tuple(map(ip_network, networks)))


@pytest.mark.parametrize(
    ("sender", "did", "gateway", "trunk"),
    [
        ("192.0.2.7", HERE, "", "wide"),
        ("192.0.2.9", HERE, "", "narrow"),
        ("198.51.100.1", HERE, "", "first"),
        ("198.51.100.1", THERE, "", "second"),
        ("198.51.100.1", None, "", "first"),
        ("198.51.100.1", HERE, "second.registrar.0123456789", "second"),
        # Whoever may call can name any gateway.
        ("192.0.2.7", HERE, "second.registrar.0123456789", "wide"),
        ("203.0.113.1", HERE, "second.registrar.0123456789", None),
        ("2001:db8::1", HERE, "", "six"),
        ("no address", HERE, "", None),
        ("", HERE, "", None),
    ],
)
def test_a_call_came_by_the_trunk_of_its_sender(
    sender: str, did: E164 | None, gateway: str, trunk: str | None
) -> None:
    table = TrunkTable(
        [
            placed("wide", "192.0.2.0/24"),
            placed("narrow", "192.0.2.9/32"),
            placed("second", "198.51.100.1/32", numbers=(THERE,)),
            placed("first", "198.51.100.1/32", numbers=(HERE,)),
            placed("six", "2001:db8::/32"),
            placed("lost"),
        ]
    )
    found = table.find(sender, did, gateway)
    assert (found.name if found else None) == trunk


def test_without_trunks_no_call_came_by_one() -> None:
    assert TrunkTable().find("192.0.2.1", HERE, "") is None


def test_addresses_of_hosts_count_where_no_network_is_listed() -> None:
    registrar, proxy, host = Host("sip.example"), Host("proxy.example"), Host("192.0.2.10", 5080)
    known = {registrar: {"192.0.2.1", "192.0.2.2"}, host: {"192.0.2.10"}}
    trunk = Trunk("voip", hosts=(host,), registration=Registration(registrar, 300, proxy))
    assert hosts_of(trunk) == (host, registrar, proxy)
    assert [str(each) for each in networks_of(trunk, known)] == ["192.0.2.1/32", "192.0.2.2/32", "192.0.2.10/32"]
    listed = Trunk("listed", hosts=(host,), allowed=(ip_network("198.51.100.0/24"),))
    assert hosts_of(listed) == ()
    assert networks_of(listed, known) == listed.allowed


NETWORKS = st.sampled_from(["192.0.2.0/24", "192.0.2.0/25", "192.0.2.9/32", "198.51.100.0/24", "2001:db8::/32"])
PLACED = st.lists(
    st.builds(
        lambda name, networks, trust: placed(name, *networks, trust=trust),
        st.sampled_from("abcdefgh"),
        st.lists(NETWORKS, max_size=3),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda each: each.trunk.name,
)


def listed(text: str, name: str) -> list[str]:
    found = re.search(rf'<list name="{name}" default="deny">\n(.*?)  </list>', text, re.DOTALL)
    assert found
    return re.findall(r'<node type="allow" cidr="([^"]+)"/>', found[1])


@given(PLACED)
def test_all_of_the_trunks_networks_may_call_and_only_trusted_ones_vouch(trunks: list[PlacedTrunk]) -> None:
    text = lists_text(trunks)
    assert set(listed(text, "trunk-callers")) == {str(network) for each in trunks for network in each.networks}
    vouching = list(map(ip_network, listed(text, "trunk-vouching")))
    trusted = {network for each in trunks if each.trunk.trust_identity for network in each.networks}
    doubted = {network for each in trunks if not each.trunk.trust_identity for network in each.networks}
    assert set(vouching) <= trusted
    for network in trusted - set(vouching):
        assert any(network.version == other.version and network.overlaps(other) for other in doubted)
    assert listed(text, "trunk-encrypted") == []
    assert not any(one.version == other.version and one.overlaps(other) for one in vouching for other in doubted)


@given(PLACED)
def test_a_table_is_read_as_it_was_written(trunks: list[PlacedTrunk]) -> None:
    assert list(parse_table(table_text(trunks))) == trunks


def test_sound_is_encrypted_where_one_of_the_trunks_wants_it() -> None:
    wants, shared = replace(placed("wants", "192.0.2.0/24").trunk, srtp="required"), placed("other", "192.0.2.0/24")
    text = lists_text([PlacedTrunk(wants, shared.networks), shared, placed("clear", "198.51.100.0/24")])
    assert listed(text, "trunk-encrypted") == ["192.0.2.0/24"]


def test_nobodys_password_is_in_the_table() -> None:
    text = table_text([PlacedTrunk(Trunk("a", credentials=Credentials("account", "sealed-text")), ())])
    assert "account" not in text
    assert "sealed-text" not in text


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[{"name": "a"}]', "null", '[{"name":"a","trunk":{}}]'])
def test_another_text_is_no_table(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of json, too
        parse_table(text)
