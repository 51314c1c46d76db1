"""Where an agent may send callers on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.agents import SIP_URI, find_allowed

LIST = (
    "sip:desk@pbx.example.com",
    "sip:+1480*@trunk.example.com:5070;transport=tcp",
    "sips:a.b@[2001:db8::1]",
    "sip:room.example.com",
)


@pytest.mark.parametrize(
    ("refer_to", "allowed"),
    [
        ("<sip:desk@pbx.example.com>", "sip:desk@pbx.example.com"),
        ("sip:desk@PBX.example.com", "sip:desk@pbx.example.com"),
        ("<sip:desk@pbx.example.com;transport=tls>", "sip:desk@pbx.example.com"),
        ("<sip:+14805551234@trunk.example.com:5070>", "sip:+14805551234@trunk.example.com:5070;transport=tcp"),
        ("<sip:+1480@trunk.example.com:5070>", "sip:+1480@trunk.example.com:5070;transport=tcp"),
        ("<sips:a.b@[2001:db8::1]>", "sips:a.b@[2001:db8::1]"),
        ("<sip:room.example.com>", "sip:room.example.com"),
        ("<sip:Desk@pbx.example.com>", None),
        ("<sip:desk@pbx.example.com:5060>", None),
        ("<sip:desk@pbx.example.com.evil.example>", None),
        ("<sip:axb@[2001:db8::1]>", None),
        ("<sip:+14905551234@trunk.example.com:5070>", None),
        ("<sip:x@trunk.example.com:5070>", None),
        ("<sip:anybody@room.example.com>", None),
        ("<sip:desk@pbx.example.com?Replaces=a%3Bto-tag%3D1>", None),
        ("<sip:desk@pbx.example.com>;method=INVITE", None),
        ("<tel:+14805551234>", None),
        ("<sip:${system(id)}@pbx.example.com>", None),
        ("<sip:de,sk@pbx.example.com>", None),
        ("", None),
    ],
)
def test_an_agent_may_send_callers_to_the_addresses_on_its_list(refer_to: str, allowed: str | None) -> None:
    assert find_allowed(refer_to, LIST) == allowed


def test_without_a_list_nothing_is_allowed() -> None:
    assert find_allowed("<sip:desk@pbx.example.com>", ()) is None


@given(st.text(max_size=60))
def test_whatever_an_agent_names_what_is_dialled_is_a_sip_address(name: str) -> None:
    for refer_to in (name, f"<sip:{name}@pbx.example.com>", f"<sip:desk@{name}>"):
        found = find_allowed(refer_to, ("sip:*@pbx.example.com",))
        assert found is None or SIP_URI.fullmatch(found)
