"""Where an agent may send callers on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.agents import SIP_URI
from ivr.domain.referral import find_allowed

LIST = (
    "sip:desk@pbx.example.com",
    "sip:+1480*@trunk.example.com:5070;transport=tcp",
    "sips:a.b@[2001:db8::1]",
    "sip:room.example.com",
)


DESK = "sip:desk@pbx.example.com"
TRUNK = "@trunk.example.com:5070;transport=tcp"


@pytest.mark.parametrize(
    ("refer_to", "allowed"),
    [
        (f"<{DESK}>", DESK),
        (DESK, DESK),
        # a display name: nothing, words, a quoted text with anything in it
        (f"Front Desk <{DESK}>", DESK),
        (f'"Front Desk" <{DESK}>', DESK),
        (f'"a \\"b\\" <sip:x@evil.example>, ;" <{DESK}>', DESK),
        (f'"Empfang \u00fc"<{DESK}>', DESK),
        (f'"{DESK}" <sip:x@evil.example>', None),
        (f"{DESK} <sip:x@evil.example>", None),
        (f"<{DESK}>, <sip:x@evil.example>", None),
        (f"<sip:x@evil.example> <{DESK}>", None),
        (f'"unclosed <{DESK}>', None),
        # scheme and host in either case, the user in its own
        ("<SIP:desk@PBX.Example.COM>", DESK),
        ("SIP:desk@PBX.example.com", DESK),
        ("<SIPS:a.b@[2001:DB8:0:0::1]>", "sips:a.b@[2001:db8::1]"),
        ("<sip:Desk@pbx.example.com>", None),
        ("<sip:%64esk@pbx.example.com>", DESK),
        ("<sip:%44esk@pbx.example.com>", None),
        ("<sip:desk%40evil.example@pbx.example.com>", None),
        # the default port
        ("<sip:desk@pbx.example.com:5060>", DESK),
        ("<sip:desk@pbx.example.com:05060>", DESK),
        ("<sip:desk@pbx.example.com:5061>", None),
        ("<sip:desk@pbx.example.com:0>", None),
        ("<sip:desk@pbx.example.com:65060>", None),
        ("<sips:a.b@[2001:db8::1]:5061>", "sips:a.b@[2001:db8::1]"),
        ("<sips:a.b@[2001:db8::1]:5060>", None),
        ("<sip:+14805551234@trunk.example.com>", None),
        # the transport
        (f"<{DESK};transport=udp>", DESK),
        ("<SIP:desk@pbx.example.com;Transport=UDP>", DESK),
        (f"{DESK};transport=udp", DESK),
        (f"<{DESK};transport=tcp>", None),
        (f"<{DESK};transport=tls>", None),
        (f"<{DESK};transport=ws>", None),
        (f"{DESK};transport=tcp", None),
        (f"<sip:+14805551234{TRUNK}>", f"sip:+14805551234{TRUNK}"),
        ("<sip:+14805551234@trunk.example.com:5070>", f"sip:+14805551234{TRUNK}"),
        ("<sip:%2B1480@trunk.example.com:5070>", f"sip:+1480{TRUNK}"),
        ("<sip:+14805551234@trunk.example.com:5070;transport=udp>", None),
        ("<sips:a.b@[2001:db8::1];transport=tls>", "sips:a.b@[2001:db8::1]"),
        ("<sips:a.b@[2001:db8::1];transport=tcp>", "sips:a.b@[2001:db8::1]"),
        ("<sips:a.b@[2001:db8::1];transport=udp>", None),
        ("<sips:desk@pbx.example.com>", None),
        ("<sip:a.b@[2001:db8::1]>", None),
        # other parameters, of the address or of the header
        (f"<{DESK};user=phone;lr;x-y=%2C>", DESK),
        (f"<{DESK};transport=udp;user=phone>;tag=1;x", DESK),
        (f"<{DESK};method=INVITE>", DESK),
        (f"<{DESK}>;method=INVITE", DESK),
        (f"<{DESK};method=BYE>", None),
        (f"<{DESK}>;Method=BYE", None),
        (f"<{DESK};maddr=evil.example>", None),
        (f"<{DESK};%6Daddr=evil.example>", None),
        (f"<{DESK};ttl=1>", None),
        (f"<{DESK}?Replaces=a%3Bto-tag%3D1>", None),
        (f"{DESK}?Replaces=a%3Bto-tag%3D1", None),
        (f"<{DESK}>?Replaces=a", None),
        ("<sip:room.example.com>", "sip:room.example.com"),
        ("<sip:desk@pbx.example.com.evil.example>", None),
        ("<sip:axb@[2001:db8::1]>", None),
        ("<sip:+14905551234@trunk.example.com:5070>", None),
        ("<sip:x@trunk.example.com:5070>", None),
        ("<sip:anybody@room.example.com>", None),
        ("<sip:desk:password@pbx.example.com>", None),
        ("<tel:+14805551234>", None),
        ("<sip:${system(id)}@pbx.example.com>", None),
        ("<sip:de,sk@pbx.example.com>", None),
        ("<sip:de%2Csk@pbx.example.com>", None),
        (f"<{DESK}\r\nX: y>", None),
        ("", None),
    ],
)
def test_an_agent_may_send_callers_to_the_addresses_on_its_list(refer_to: str, allowed: str | None) -> None:
    assert find_allowed(refer_to, LIST) == allowed


def test_without_a_list_nothing_is_allowed() -> None:
    assert find_allowed("<sip:desk@pbx.example.com>", ()) is None


@given(st.text(max_size=60))
def test_whatever_an_agent_names_what_is_dialled_is_a_sip_address(name: str) -> None:
    forms = (name, f"<sip:{name}@pbx.example.com>", f"<sip:desk@{name}>", f"{name}<sip:desk@pbx.example.com;{name}>")
    for refer_to in forms:
        found = find_allowed(refer_to, ("sip:*@pbx.example.com",))
        assert found is None or (SIP_URI.fullmatch(found) and found.endswith("@pbx.example.com"))
