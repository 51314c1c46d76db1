"""Addresses of clients: which of them are one household, and which are in a network."""

from __future__ import annotations

import ipaddress

import pytest

from admin.http.addresses import household, is_in

NETWORKS = [ipaddress.ip_network(each) for each in ("192.0.2.0/24", "2001:db8::/32")]


@pytest.mark.parametrize(
    ("address", "of"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:3:1:2:3:4", "2001:db8:0:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("a:b:nonsense", "a:b:nonsense"),
        ("?", "?"),
    ],
)
def test_a_client_is_an_ipv4_address_or_the_first_64_bits_of_ipv6(address: str, of: str) -> None:
    assert household(address) == of


@pytest.mark.parametrize(
    ("address", "inside"),
    [("192.0.2.255", True), ("192.0.3.0", False), ("2001:db8:ffff::1", True), ("2001:db9::", False), ("?", False)],
)
def test_an_address_is_in_a_network_and_what_is_none_is_in_no_network(address: str, inside: bool) -> None:
    assert is_in(address, NETWORKS) is inside
    assert not is_in(address, [])
