"""Trunks: what may be stored, and what a person is told about the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.trunks.document import find_faults, parse_trunk
from ivr.domain.trunks.hosts import Host, parse_host
from ivr.domain.trunks.model import Credentials, Limits, Registration, Trunk
from ivr.domain.trunks.networks import parse_network

SEALED = "x" * 100
BY_ADDRESS = Trunk("carrier", allowed=(parse_network("198.51.100.0/24"),))
BY_REGISTRATION = Trunk(
    "account",
    transport="tls",
    srtp="required",
    registration=Registration(Host("sip.example.com", 5081), 120, Host("2001:db8::1")),
    credentials=Credentials("1000", SEALED, "auth@example.com", "example.com"),
    caller_in="national",
    country="DE",
    dialled_in="to",
    trust_identity=True,
    dtmf="info",
    limits=Limits(30, 5.0, 0.5),
    preset="generic",
)


@pytest.mark.parametrize("trunk", [BY_ADDRESS, BY_REGISTRATION, Trunk("pbx", hosts=(Host("pbx.example"),))])
def test_a_trunk_is_read_as_it_was_stored(trunk: Trunk) -> None:
    document = trunk.to_json()
    assert parse_trunk(trunk.name, document) == trunk
    assert list(find_faults(document)) == []


def test_a_password_is_shown_to_nobody() -> None:
    shown = BY_REGISTRATION.public_json()
    assert shown["has_password"] is True
    assert BY_ADDRESS.public_json()["has_password"] is False
    assert SEALED not in f"{shown} {BY_REGISTRATION}"


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"hosts": ["sip:pbx.example"]}, [("/hosts/0", "invalid_host")]),
        ({"hosts": ["pbx.example", "PBX.example."]}, [("/hosts/1", "host_repeated")]),
        ({"allowed": ["198.51.100.7/24"]}, [("/allowed/0", "invalid_network")]),
        ({"allowed": ["192.0.2.1", "192.0.2.1/32"]}, [("/allowed/1", "network_repeated")]),
        ({"allowed": []}, [("/allowed", "no_peer")]),
        ({"numbers": ["+14155550100", "4155550101"]}, [("/numbers/1", "invalid_number")]),
        ({"numbers": ["+14155550100", "+14155550100"]}, [("/numbers/1", "number_repeated")]),
        ({"country": "XX"}, [("/country", "unknown_country")]),
        ({"srtp": "required"}, [("/srtp", "srtp_without_tls")]),
        ({"srtp": "required", "transport": "tcp"}, [("/srtp", "srtp_without_tls")]),
        ({"srtp": "required", "transport": "tls"}, []),
        ({"srtp": "optional"}, []),
        ({"lookup": "srv"}, [("/lookup", "no_srv_name")]),
        ({"lookup": "srv", "hosts": ["example.com"]}, []),
        ({"lookup": "srv", "hosts": ["example.com:5060"]}, [("/lookup", "no_srv_name")]),
        ({"lookup": "srv", "hosts": ["192.0.2.1"]}, [("/lookup", "no_srv_name")]),
        ({"lookup": "srv", "hosts": ["a.example", "b.example"]}, [("/lookup", "no_srv_name")]),
        ({"registrar": "sip.example.com"}, [("/registrar", "not_registered")]),
        ({"expiry_s": 60}, [("/expiry_s", "not_registered")]),
        ({"outbound_proxy": "a"}, [("/outbound_proxy", "not_registered")]),
        ({"username": "1000"}, [("/password", "no_password")]),
        ({"username": "1000", "sealed": "typed"}, []),
        ({"realm": "a", "sealed": "typed"}, [("/realm", "no_username"), ("/password", "no_username")]),
        ({"auth_username": "a"}, [("/auth_username", "no_username")]),
    ],
)
def test_each_fault_of_a_trunk_by_address_is_named(changes: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    found = list(find_faults({**BY_ADDRESS.to_json(), **changes}))
    assert [(each.pointer, each.code) for each in found] == faults


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"registrar": None}, [("/registrar", "no_registrar")]),
        ({"registrar": "a b"}, [("/registrar", "invalid_host")]),
        ({"outbound_proxy": "a:0"}, [("/outbound_proxy", "invalid_host")]),
        ({"expiry_s": None}, [("/expiry_s", "no_expiry")]),
        ({"sealed": None}, [("/password", "no_password")]),
        (
            {"username": None, "sealed": None, "auth_username": None, "realm": None},
            [("/username", "no_username")],
        ),
        ({"lookup": "srv", "registrar": "sip.example.com"}, []),
        ({"lookup": "srv"}, [("/lookup", "no_srv_name")]),
        ({"kind": "address", "allowed": ["192.0.2.1"]}, [(f"/{each}", "not_registered") for each in (
            "registrar", "expiry_s", "outbound_proxy")]),
    ],
)  # fmt: skip
def test_each_fault_of_a_registration_is_named(changes: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    found = list(find_faults({**BY_REGISTRATION.to_json(), **changes}))
    assert [(each.pointer, each.code) for each in found] == faults


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "address"},
        {"transport": "sctp"},
        {"srtp": "zrtp"},
        {"lookup": "naptr"},
        {"caller_in": "raw"},
        {"dtmf": "rfc2833"},
        {"dialled_in": "from"},
        {"sealed": "typed"},
        {"username": 'a"b'},
        {"username": "a@b"},
        {"auth_username": "a b"},
        {"realm": 'a"'},
        {"hosts": ["a/b"]},
        {"allowed": ["everybody"]},
        {"numbers": ["4155550100"]},
    ],
)
def test_what_could_not_have_been_stored_is_not_read(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_trunk("account", {**BY_REGISTRATION.to_json(), **changes})


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 65, "a/b"])
def test_a_trunk_needs_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="without a name"):
        parse_trunk(name, BY_ADDRESS.to_json())


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("sip.example.com", Host("sip.example.com")),
        ("SIP.Example.com.", Host("sip.example.com")),
        ("localhost:5060", Host("localhost", 5060)),
        ("192.0.2.10:65535", Host("192.0.2.10", 65535)),
        ("[2001:DB8:0::1]", Host("2001:db8::1")),
        ("[2001:db8::1]:5080", Host("2001:db8::1", 5080)),
        ("_sip._udp.example.com", Host("_sip._udp.example.com")),
    ],
)
def test_hosts_are_names_and_addresses_with_and_without_ports(text: str, host: Host) -> None:
    assert parse_host(text) == host
    assert parse_host(str(host)) == host


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "a b", "sip:example.com", "user@example.com", "example.com;transport=tcp", "https://example.com"),
        *("example.com:", "example.com:0", "example.com:65536", "example.com:05060", "2001:db8::1", "[2001:db8::1"),
        *("[example.com]", "256.0.0.1", "192.0.2", "a..b", "-a.example", "a-.example", "ä.example", "a\n"),
        *(".".join(["a" * 60] * 5), "a" * 64, "<include>", "$${domain}"),
    ],
)
def test_what_is_no_host_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as sip\.example\.com"):
        parse_host(text)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.1/32", "192.0.2.1/32"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("2001:db8::", "2001:db8::/128"),
        ("2001:DB8::/32", "2001:db8::/32"),
    ],
)
def test_networks_are_written_in_one_form(text: str, network: str) -> None:
    assert str(parse_network(text)) == network


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a network"),
        ("example.com", "is not a network"),
        ("192.0.2.0/33", "is not a network"),
        ("192.0.2.0/", "is not a network"),
        ("192.0.2.1-192.0.2.9", "is not a network"),
        ("192.0.2.0/255.255.255.0", "write 192.0.2.0/24"),
        ("192.0.2.9/24", "write 192.0.2.0/24"),
        ("0.0.0.0/0", "too much of the internet"),
        ("54.0.0.0/7", "too much of the internet"),
        ("::/0", "too much of the internet"),
    ],
)
def test_what_is_no_network_of_a_carrier_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_network(text)


@given(st.text(max_size=40))
def test_any_text_is_a_host_and_a_network_or_is_refused_in_one_line(text: str) -> None:
    for parse in (parse_host, parse_network):
        try:
            known = parse(text)
        except ValueError as error:
            told = str(error)
        else:
            told = str(known)
            assert parse(told) == known
        assert told.isprintable()
