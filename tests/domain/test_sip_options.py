"""OPTIONS to an agent's target."""

from __future__ import annotations

import pytest

from ivr.domain.sip_options import Peer, find_peer, is_answer, options


@pytest.mark.parametrize(
    ("uri", "peer"),
    [
        ("sip:a.b+c@pbx.example", Peer("pbx.example", 5060, "udp")),
        ("sip:pbx.example:5080", Peer("pbx.example", 5080, "udp")),
        ("sip:pbx.example;transport=udp", Peer("pbx.example", 5060, "udp")),
        ("sip:pbx.example;transport=tcp", Peer("pbx.example", 5060, "tcp")),
        ("sip:pbx.example;transport=tls", Peer("pbx.example", 5061, "tls")),
        ("sips:pbx.example", Peer("pbx.example", 5061, "tls")),
        ("sips:pbx.example:65535;transport=tcp", Peer("pbx.example", 65535, "tls")),
        ("sip:a@[2001:db8::1]:5070", Peer("2001:db8::1", 5070, "udp")),
        ("sip:pbx.example:65536", None),
        ("tel:+14155550100", None),
        ("sip:pbx.example;transport=sctp", None),
    ],
)
def test_where_a_target_is_probed(uri: str, peer: Peer | None) -> None:
    assert find_peer(uri) == peer


@pytest.mark.parametrize(
    ("local", "here"), [(("192.0.2.1", 5099), "192.0.2.1:5099"), (("2001:db8::2", 5099), "[2001:db8::2]:5099")]
)
def test_the_request_is_complete_and_says_where_the_answer_goes(local: tuple[str, int], here: str) -> None:
    token = "0123456789abcdefXYZ"
    assert options("sip:a@pbx.example", "tcp", local, token).decode("ascii").split("\r\n") == [
        "OPTIONS sip:a@pbx.example SIP/2.0",
        f"Via: SIP/2.0/TCP {here};branch=z9hG4bK{token};rport",
        "Max-Forwards: 70",
        f"From: <sip:digitree@{here}>;tag=0123456789abcdef",
        "To: <sip:a@pbx.example>",
        f"Call-ID: {token}@digitree",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:digitree@{here}>",
        "User-Agent: Digitree",
        "Accept: application/sdp",
        "Content-Length: 0",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("received", "answered"),
    [
        (b"SIP/2.0 200 OK\r\n", True), (b"SIP/2.0 405 Method Not Allowed\r\n", True), (b"SIP/2.0 603 ", True),
        (b"SIP/2.0 000 \r\n", False), (b"OPTIONS sip:a SIP/2.0\r\n", False), (b"", False), (b" SIP/2.0 200 ", False),
    ],
)  # fmt: skip
def test_any_response_shows_that_the_target_is_there(received: bytes, answered: bool) -> None:
    assert is_answer(received) is answered
