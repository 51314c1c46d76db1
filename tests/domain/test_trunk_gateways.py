"""Trunks as gateways of FreeSWITCH."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.trunks.gateways import gateways_of, text_of
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import PASSWORD, Credentials, Registration, Trunk

SEALED, OPENED = "g" * 100, "x"
KNOWN = Credentials("account", SEALED, "auth@example.com", "the realm")
REGISTERED = Trunk(
    "voip-ms",
    transport="tls",
    srtp="required",
    registration=Registration(Host("chicago.voip.example"), 300, Host("2001:db8::1", 5071)),
    credentials=KNOWN,
    dialled_in="to",
)
BY_ADDRESS = Trunk("telnyx", hosts=(Host("sip.telnyx.example"), Host("192.0.2.7", 5070)))


def read(trunk: Trunk, password: str = OPENED) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """The parameters and variables of each gateway by its place, as an XML parser reads them."""
    root = ElementTree.fromstring(text_of(list(gateways_of(trunk)), {SEALED: password}))  # noqa: S314 - it is ours
    found = {}
    for gateway in root:
        name, place, mark = gateway.attrib["name"].split(".")
        assert name == trunk.name
        assert re.fullmatch("[0-9a-f]{10}", mark)
        params = {each.attrib["name"]: each.attrib["value"] for each in gateway.iter("param")}
        found[place] = params, {each.attrib["name"]: each.attrib["value"] for each in gateway.iter("variable")}
    return found


def test_a_registration_has_all_that_its_registrar_asks_for() -> None:
    assert read(REGISTERED) == {
        "registrar": (
            {
                "proxy": "chicago.voip.example",
                "context": "public",
                "extension": "auto_to_user",
                "caller-id-in-from": "true",
                "ping": "30",
                "register": "true",
                "expire-seconds": "300",
                "retry-seconds": "30",
                "register-transport": "tls",
                "register-proxy": "sip:[2001:db8::1]:5071;transport=tls",
                "outbound-proxy": "sip:[2001:db8::1]:5071;transport=tls",
                "username": "account",
                "password": OPENED,
                "auth-username": "auth@example.com",
                "realm": "the realm",
            },
            {"rtp_secure_media_outbound": "mandatory"},
        )
    }


def test_hosts_of_a_trunk_by_address_are_gateways_in_their_order_that_register_nowhere() -> None:
    found = read(BY_ADDRESS)
    assert [params["proxy"] for params, _ in found.values()] == ["sip.telnyx.example", "192.0.2.7:5070"]
    for params, variables in found.values():
        assert params["register"] == "false"
        assert "username" not in params
        assert variables == {}


@given(st.from_regex(PASSWORD, fullmatch=True))
def test_a_password_is_read_as_it_is_and_says_nothing_to_the_preprocessor(password: str) -> None:
    text = text_of(list(gateways_of(REGISTERED)), {SEALED: password})
    assert read(REGISTERED, password)["registrar"][0]["password"] == password
    (value,) = re.findall('name="password" value="([^"]*)"', text)
    assert re.fullmatch("(?:[A-Za-z0-9]|&#[0-9]+;)+", value)


@pytest.mark.parametrize(
    "changed",
    [
        replace(REGISTERED, srtp="optional"),
        replace(REGISTERED, transport="udp"),
        replace(REGISTERED, credentials=replace(KNOWN, sealed="h" * 100)),
    ],
)
def test_what_changed_is_another_gateway_and_what_did_not_is_the_same(changed: Trunk) -> None:
    (before,), (after,) = gateways_of(REGISTERED), gateways_of(changed)
    assert before.name != after.name
    assert [before] == list(gateways_of(replace(REGISTERED)))


def test_a_gateway_whose_password_cannot_be_opened_is_left_out() -> None:
    assert text_of(list(gateways_of(REGISTERED)), {}) == "<include>\n</include>\n"
