"""A switch that says the same things in other letters, another order, other pieces is a switch all the same."""

from __future__ import annotations

import gevent
import pytest
from gevent import socket as gsocket

from esl_server.switch.channel_data import ChannelData
from esl_server.switch.session import Session, is_unset
from esl_server.switch.signalled import caller_of
from ivr.domain.errors import EslConnectionLost, EslProtocolError
from ivr.domain.switch_proof import ProofCheck
from tests.helpers import SWITCH_SECRET

FACTS = {
    "Unique-ID": "11111111-2222-3333-4444-555555555555",
    "Caller-Caller-ID-Number": "%2B14805551234",
    "Caller-Destination-Number": "%2B14155550100",
    "Answer-State": "ringing",
    "variable_ivr_state": "kept",
    "variable_digitree_proof": SWITCH_SECRET,
}
REPLY = {"Content-Type": "command/reply", "Reply-Text": "%2BOK%0A", "Control": "full"}
OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
EVENT = b"Content-Type: text/event-plain\nContent-Length: 21\n\nEvent-Name: DTMF\n\nxx\n\n"
RESPONSE = b"Content-Type: api/response\nContent-Length: 4\n\n+OK\n"


def block(*parts: dict[str, str], colon: str = ": ", end: str = "\n") -> bytes:
    lines = [f"{name}{colon}{value}" for part in parts for name, value in part.items()]
    return (end.join(lines) + end + end).encode()


def small(part: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in part.items()}


NAMED = {"Event-Name": "CHANNEL_DATA"}
PLAIN = {name: value.replace("%2B", "+") for name, value in FACTS.items()}
GREETINGS = {
    "as FreeSWITCH": block(NAMED, FACTS, REPLY),
    "small letters": block(small(NAMED), small(FACTS), small(REPLY)),
    "small letters behind the first line": block(NAMED, small(FACTS), REPLY),
    "capitals": block({name.upper(): value for name, value in {**NAMED, **FACTS, **REPLY}.items()}),
    "no event name": block(FACTS, REPLY),
    "reply first": block(REPLY, NAMED, FACTS),
    "reply in between": block(NAMED, REPLY, FACTS),
    "CR LF": block(NAMED, FACTS, REPLY, end="\r\n"),
    "CR LF and small letters": block(small(FACTS), small(REPLY), end="\r\n"),
    "not encoded": block(NAMED, PLAIN, REPLY),
    "no blank behind the colon": block(NAMED, FACTS, REPLY, colon=":"),
    "a length of nothing": block(NAMED, FACTS, REPLY, {"Content-Length": "0"}),
    "a length and a body": block(NAMED, FACTS, REPLY, {"Content-Length": "6"}) + b"body\n\n",
    "a length first": block({"content-length": "6"}, FACTS, REPLY) + b"body\n\n",
    "data in the body": block(REPLY, {"Content-Length": str(len(block(FACTS)))}) + block(FACTS),
    "data behind a bare reply": block(REPLY) + block(NAMED, FACTS),
    "an event before it": EVENT + block(NAMED, FACTS, REPLY),
    "an answer before it": RESPONSE + block(FACTS, REPLY),
    "empty lines before it": b"\n\n" + block(NAMED, FACTS, REPLY),
}


@pytest.fixture
def pair():
    ours, theirs = gsocket.socketpair()
    theirs.settimeout(30)
    session = Session(("127.0.0.1", 1), ours, ProofCheck([SWITCH_SECRET]))
    with gevent.Timeout(30):
        yield session, theirs
    ours.close()
    theirs.close()


def send_in_pieces(peer: gsocket.socket, stream: bytes, size: int) -> None:
    for at in range(0, len(stream), size):
        peer.sendall(stream[at : at + size])
        gevent.sleep(0)


@pytest.mark.parametrize("size", [1, 50, 100_000])
@pytest.mark.parametrize("greeting", GREETINGS.values(), ids=GREETINGS)
def test_channel_data_are_understood_however_they_are_written_and_cut(pair, greeting: bytes, size: int) -> None:
    session, peer = pair
    gevent.spawn(send_in_pieces, peer, greeting, size)
    channel = session.connect()
    assert channel.find("Unique-ID") == FACTS["Unique-ID"]
    assert channel.find("Caller-Destination-Number") == "+14155550100"
    assert caller_of(channel, "US")[0] == "+14805551234"
    assert channel.find("Answer-State") == "ringing"
    assert channel.find("variable_ivr_state") == "kept"
    # Not before: no switch answers what it was not asked yet.
    gevent.spawn(send_in_pieces, peer, OK, size)
    assert session.request(b"x\n\n", 1, 5, "x") == ["+OK"]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Channel-Destination-Number", "%2B14155550100"),
        ("destination_number", "14155550100"),
        ("variable_sip_to_user", "4155550100"),
        ("variable_sip_req_user", "%2B14155550100%3Bnpdi"),
    ],
)
def test_the_number_dialled_is_found_under_other_names_where_its_own_is_missing(pair, name: str, number: str) -> None:
    session, peer = pair
    facts = {key: value for key, value in FACTS.items() if key != "Caller-Destination-Number"}
    peer.sendall(block(facts, {name: number}, REPLY))
    assert session.connect().find("Caller-Destination-Number") in ("+14155550100", "14155550100", "4155550100",
                                                                    "+14155550100;npdi")  # fmt: skip


def test_a_first_message_that_is_no_channel_data_is_refused_at_once(pair) -> None:
    session, peer = pair
    peer.sendall(b"content-type: command/reply\nreply-text: -ERR not now\n\n")
    with pytest.raises(EslProtocolError):
        session.connect()


def test_a_switch_that_takes_its_leave_before_the_channel_data_is_gone(pair) -> None:
    session, peer = pair
    peer.sendall(b"content-type: text/disconnect-notice\ncontent-length: 0\n\n")
    with pytest.raises(EslConnectionLost):
        session.connect()


def test_a_newline_in_a_value_makes_no_header_in_any_writing(pair) -> None:
    session, peer = pair
    forged = {"caller-caller-id-number": "%2B1480%0Acaller-destination-number%3A%20%2B19995550000"}
    peer.sendall(block(forged, small(FACTS), small(REPLY)))
    assert session.connect().find("Caller-Destination-Number") == "+14155550100"


REPLIES = {
    "small letters": b"content-type: command/reply\nreply-text: %b\n\n",
    "CR LF": b"Content-Type: command/reply\r\nReply-Text: %b\r\n\r\n",
    "text first": b"Reply-Text: %b\nContent-Type: command/reply\n\n",
    "a length of nothing": b"Content-Type: command/reply\nReply-Text: %b\nContent-Length: 0\n\n",
    "a body": b"Content-Type: command/reply\nReply-Text: %b\nContent-Length: 2\n\n\n\n",
    "an event before each": EVENT + b"Content-Type: command/reply\nReply-Text: %b\n\n",
    "an empty line too many": b"Content-Type: command/reply\nReply-Text: %b\n\n\n\n",
    "no blank behind the colon": b"Content-Type:command/reply\nReply-Text:%b\n\n",
}


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("form", REPLIES.values(), ids=REPLIES)
def test_replies_are_understood_however_they_are_written_and_cut(pair, form: bytes, size: int) -> None:
    session, peer = pair
    peer.sendall(GREETINGS["as FreeSWITCH"])
    session.connect()
    gevent.spawn(send_in_pieces, peer, form % b"+OK" + form % b"+OK" + form % b"1", size)
    assert session.request(b"x\n\n", 3, 5, "x", wanted=3) == ["+OK", "+OK", "1"]


@pytest.mark.parametrize("text", ["", "_undef_", "-ERR command not found", "-ERR no reply", "-USAGE: <uuid> <var>"])
def test_a_variable_that_is_not_set_has_no_value(text: str) -> None:
    assert is_unset(text)


def test_a_key_is_a_value() -> None:
    assert not is_unset("1")
    assert ChannelData(b"Caller-Caller-ID-Number: 1").find("caller-caller-id-number") is None
