"""What stock greenswitch gets wrong, and what no FreeSWITCH would send: ours survives both.

The peer here is a raw socket that plays FreeSWITCH's part by hand.
"""

from __future__ import annotations

import contextlib
import gc
import time
from pathlib import Path

import gevent
import pytest
from gevent import socket as gsocket
from greenswitch.esl import OutboundSession

from esl_server.switch import session as session_module
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.session import Session
from ivr.domain.errors import EslConnectionLost, EslError, EslProtocolError, EslTimeout
from ivr.domain.switch_proof import ProofCheck
from tests.helpers import SWITCH_SECRET

FORGED = b"%2B1480%0AInjected-Header%3A%20yes%0ACaller-Caller-ID-Number%3A%20%2B19995550000"
OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
GREETING = (
    b"Event-Name: CHANNEL_DATA\nUnique-ID: 11111111-2222-3333-4444-555555555555\n"
    b"Caller-Caller-ID-Number: %2B14805551234\nCaller-Destination-Number: %2B14155550100\n"
    b"variable_digitree_proof: " + SWITCH_SECRET.encode() + b"\n"
    b"Answer-State: ringing\nContent-Type: command/reply\nReply-Text: %2BOK%0A\n"
    b"Socket-Mode: static\nControl: full\n\n"
)


@pytest.fixture
def pair():
    ours, theirs = gsocket.socketpair()
    theirs.settimeout(20)
    yield Session(("127.0.0.1", 1), ours, ProofCheck([SWITCH_SECRET])), theirs
    ours.close()
    theirs.close()


def connected(pair) -> tuple[Session, gsocket.socket]:
    session, peer = pair
    peer.sendall(GREETING)
    session.connect()
    return session, peer


def expire_soon(session: Session) -> None:
    """What the server's watcher does once the deadline has passed."""
    gevent.spawn_later(0.02, session.expire)


def test_it_is_greenswitchs_session():
    assert issubclass(Session, OutboundSession)


def test_a_newline_in_the_callers_number_stays_in_his_number():
    data = ChannelData(b"Caller-Caller-ID-Number: " + FORGED + b"\nUnique-ID: 1\nContent-Type: command/reply")
    assert data.find("Injected-Header") is None
    assert data.find("Caller-Caller-ID-Number") == (
        "+1480\nInjected-Header: yes\nCaller-Caller-ID-Number: +19995550000"
    )


def test_a_display_name_that_is_not_utf8_is_only_a_display_name():
    assert ChannelData(b"Caller-Caller-ID-Name: Ren%E9\nUnique-ID: 1").find("Caller-Caller-ID-Name") == "Ren\ufffd"


def test_the_channel_data_serves_greenswitchs_own_properties(pair):
    session, _ = connected(pair)
    assert session.caller_id_number == "+14805551234"


def test_channel_data_that_are_not_there_have_the_default_that_greenswitch_asks_for():
    data = ChannelData(b"Unique-ID: 1")
    assert data.get("Unique-ID", "none") == "1"
    assert data.get("Call-UUID", "none") == "none"
    assert data.get("Call-UUID") is None


def test_greenswitchs_own_verbs_are_one_command_and_its_reply(pair):
    session, peer = connected(pair)
    peer.sendall(b"Content-Type: command/reply\nReply-Text: +OK will linger\n\n")
    assert session.send("linger") == "+OK will linger"
    assert peer.recv(100) == b"connect\n\nlinger\n\n"
    with pytest.raises(UnicodeEncodeError):
        session.send("linger \u0665")
    session.expire()
    with pytest.raises(EslTimeout, match=r"no reply to park, and no more than forty characters $"):
        session.send("park, and no more than forty characters of its argument")


def test_no_greenlet_is_started_for_a_session(pair):
    session, _ = connected(pair)
    assert not [value for value in vars(session).values() if isinstance(value, gevent.Greenlet)]


def test_a_notice_that_came_with_the_channel_data_counts_when_the_socket_is_closed_before_the_first_reply(pair):
    session, peer = pair
    notice = b"Content-Type: text/disconnect-notice\nContent-Disposition: disconnect\nContent-Length: 3\n\nbye"
    peer.sendall(GREETING + notice)
    peer.shutdown(gsocket.SHUT_WR)
    session.connect()
    with pytest.raises(EslConnectionLost):
        session.request(b"linger 5\n\n", 1, 1.0, "linger")
    assert session.hung_up


def test_a_hang_up_told_in_place_of_the_replies_is_no_lost_call(pair):
    session, peer = connected(pair)
    peer.sendall(b"Content-Type: text/disconnect-notice\nContent-Disposition: disconnect\nContent-Length: 0\n\n")
    peer.shutdown(gsocket.SHUT_WR)
    with pytest.raises(EslConnectionLost):
        session.request(b"a\n\nb\n\n", 2, 5, "x")
    assert session.hung_up
    assert session.connected is False


def test_a_notice_that_ends_the_connection_says_so(pair):
    session, peer = connected(pair)
    peer.sendall(b"Content-Type: text/disconnect-notice\nContent-Disposition: disconnect\nContent-Length: 0\n\n")
    with pytest.raises(EslConnectionLost, match=r"^disconnect notice$"):
        session.request(b"a\n\n", 1, 5, "x")


@pytest.mark.parametrize(("told", "source"), [("INBAND_AUDIO", b"INBAND_AUDIO"), ("RTP", b"RTP"), ("CRYSTAL", None)])
def test_an_event_tells_how_the_last_digit_came(pair, told, source):
    session, peer = connected(pair)
    event = f"Event-Name: DTMF\nDTMF-Digit: 1\nDTMF-Source: {told}\n\n".encode()
    peer.sendall(b"Content-Type: text/event-plain\nContent-Length: %d\n\n%b" % (len(event), event) + OK)
    assert session.request(b"x\n\n", 1, 5, "x") == ["+OK"]
    assert session.digit_source == source


def test_the_source_of_a_digit_may_come_after_the_reply(pair):
    session, peer = connected(pair)
    event = b"Event-Name: DTMF\nDTMF-Source: INBAND_AUDIO\n\n"
    peer.sendall(OK)
    assert session.request(b"x\n\n", 1, 5, "x") == ["+OK"]
    gevent.spawn(peer.sendall, b"Content-Type: text/event-plain\nContent-Length: %d\n\n%b" % (len(event), event))
    session.await_digit_source(60)
    assert session.digit_source == b"INBAND_AUDIO"
    session.await_digit_source(60)


def test_the_source_of_a_digit_that_never_comes_is_not_awaited_for_ever(pair):
    session, peer = connected(pair)
    session.await_digit_source(0.01)
    assert session.digit_source is None
    peer.sendall(OK)
    assert session.request(b"x\n\n", 1, 5, "x") == ["+OK"]


def test_a_connection_that_ends_ends_the_wait_for_a_source(pair):
    session, peer = connected(pair)
    peer.close()
    with pytest.raises(EslConnectionLost):
        session.await_digit_source(60)


def test_a_channel_that_is_down_at_connect_has_no_caller_any_more(pair):
    session, peer = pair
    peer.sendall(GREETING.replace(b"Answer-State: ringing", b"Channel-State: CS_HANGUP\nAnswer-State: hangup"))
    session.connect()
    assert session.hung_up


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_replies_are_matched_in_order_however_they_are_cut(pair, size):
    session, peer = connected(pair)
    stream = (
        b"Content-Type: command/reply\nReply-Text: first\n\n"
        b"Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 5\n\nbody!"
        b"Reply-Text: second\nContent-Type: command/reply\n\n"
        b"Content-Type: command/reply\nReply-Text: third\n\n"
    )

    def trickle():
        for at in range(0, len(stream), size):
            peer.sendall(stream[at : at + size])
            gevent.sleep(0)

    gevent.spawn(trickle)
    assert session.request(b"x\n\n", 3, 5, "x", wanted=3) == ["first", "second", "third"]
    assert session.hung_up


def test_a_request_has_its_time_from_the_moment_it_is_written(pair):
    session, peer = connected(pair)
    peer.sendall(OK)
    left_s = []
    session.request(b"x\n\n", 1, 50.0, "x", lambda: left_s.append(session.deadline - time.monotonic()))
    assert 40 < left_s[0] <= 50


def test_a_stopped_session_is_connected_no_more(pair):
    session, _ = connected(pair)
    assert session.connected
    session.stop()
    assert session.connected is False


def test_the_usual_greeting_is_read_without_being_split(pair):
    session, _ = connected(pair)
    assert type(session.session_data) is ChannelData


def test_a_session_knows_whether_the_switch_has_replied_to_a_command(pair):
    session, peer = connected(pair)
    assert not session.has_replied
    peer.sendall(OK)
    session.request(b"x\n\n", 1, 5, "x")
    assert session.has_replied


def test_a_usual_reply_after_an_unusual_one_need_not_be_utf8(pair):
    session, peer = connected(pair)
    unusual = b"Content-Length: 0\nContent-Type: command/reply\nReply-Text: a\n\n"
    peer.sendall(unusual + OK.replace(b"+OK", b"Ren\xe9"))
    assert session.request(b"x\n\ny\n\n", 2, 5, "x", wanted=2) == ["a", "Ren\ufffd"]
    assert session.has_replied


@pytest.mark.parametrize("kind", ["command/reply", "api/response"])
def test_a_reply_in_another_form_need_not_be_utf8(pair, kind):
    session, peer = connected(pair)
    body = b"Ren\xe9" if kind == "api/response" else b""
    head = b"Content-Length: %d\nReply-Text: Ren\xe9\nContent-Type: %b\n\n" % (len(body), kind.encode())
    peer.sendall(head + body)
    assert session.request(b"x\n\n", 1, 5, "x") == ["Ren\ufffd"]


def test_bytes_behind_the_last_reply_wait_for_the_next_request(pair):
    session, peer = connected(pair)
    peer.sendall(OK + b"Content-Type: command/reply\nReply-Text: early\n\n")
    assert session.request(b"a\n\n", 1, 5, "a") == ["+OK"]
    assert session.request(b"b\n\n", 1, 5, "b") == ["early"]


def test_a_peer_that_closes_inside_a_body_ends_the_wait(pair):
    session, peer = connected(pair)
    peer.sendall(b"Content-Type: text/event-plain\nContent-Length: 100\n\nonly this")
    peer.close()
    with pytest.raises(EslConnectionLost):
        session.request(b"x\n\n", 1, 5, "x")


def test_a_silent_peer_is_a_timeout_that_names_the_command(pair):
    session, _ = connected(pair)
    expire_soon(session)
    with pytest.raises(EslTimeout, match="gather"):
        session.request(b"x\n\n", 1, 0.01, "gather")


def test_connect_has_a_time_limit(pair):
    session, _ = pair
    expire_soon(session)
    with pytest.raises(EslTimeout, match="connect"):
        session.connect()


def test_a_dropped_connection_ends_the_wait(pair):
    session, peer = connected(pair)
    gevent.spawn_later(0.01, peer.close)
    with pytest.raises(EslConnectionLost):
        session.request(b"x\n\n", 1, 5, "x")


@pytest.mark.parametrize(
    "hostile",
    [
        b"Reply-Text: +OK\n\n",
        b"\n\nno header\n\n",
        b"\x00\xff\xfe" * 100 + b"\n\n",
        b"Content-Type: api/response\nContent-Length: -1\n\n",
        b"Content-Type: api/response\nContent-Length: 99999999999999999999\n\n",
        b"Content-Type: api/response\nContent-Length: 1e3\n\n",
        b"Content-Type: text/rude-rejection\nContent-Length: 0\n\n",
    ],
)
def test_what_no_freeswitch_sends_is_a_protocol_error(pair, hostile):
    session, peer = connected(pair)
    peer.sendall(hostile)
    with pytest.raises(EslProtocolError):
        session.request(b"x\n\n", 1, 5, "x")


def test_a_header_without_end_is_cut_off_long_before_it_fills_the_memory(pair):
    session, peer = connected(pair)

    def flood():
        with contextlib.suppress(OSError):
            while True:
                peer.sendall(b"X" * 65536)

    flooder = gevent.spawn(flood)
    with pytest.raises(EslProtocolError):
        session.request(b"x\n\n", 1, 5, "x")
    assert len(session._buffer) <= session_module.MAX_UNREAD_BYTES + 65536
    session.stop()
    flooder.join(30)


def test_a_long_command_is_sent_whole(pair):
    session, peer = connected(pair)
    peer.recv(100)  # `connect`
    command = b"y" * 3_000_000 + b"\n\n"
    received = bytearray()

    def read_slowly():
        while len(received) < len(command):
            received.extend(peer.recv(100_000))
        peer.sendall(OK)

    gevent.spawn(read_slowly)
    assert session.request(command, 1, 5, "long") == ["+OK"]
    assert bytes(received) == command


def test_no_application_is_executed_past_the_builders(pair):
    session, _ = connected(pair)
    with pytest.raises(EslError, match="play_and_get_digits"):
        session.play_and_get_digits(1, 1, 1, 1000, "#", "${system(true)}", "x", "v", ".", 1000, block=False)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_idle_and_half_dead_connections_are_closed_and_leave_nothing(rig, monkeypatch):
    monkeypatch.setattr(session_module, "CONNECT_TIMEOUT_S", 0.1)
    gc.collect()  # what earlier tests left
    before = open_files()
    peers = [rig.connect() for _ in range(60)]
    for number, peer in enumerate(peers):
        peer.sendall((b"", b"Event-Na", b"\n\n", b"GET / HTTP/1.1\r\n\r\n", GREETING[:-1])[number % 5])
    for peer in peers:
        while peer.recv(4096):
            pass
        peer.close()
    rig.drained()
    rig.until(lambda: open_files() <= before)  # a socket closes at the end of the turn, its call is over before


def test_the_time_to_say_who_one_is_is_no_part_of_the_time_for_the_first_question(pair, monkeypatch):
    """A menu looked up by a busy process was else cut off by what a slow greeting had left."""
    session, peer = pair
    monkeypatch.setattr("esl_server.switch.session.CONNECT_TIMEOUT_S", 20)
    greeted_at = []

    def greet() -> None:
        greeted_at.append(time.monotonic())
        peer.sendall(GREETING)

    gevent.spawn_later(0.1, greet)
    session.connect()
    assert session.deadline >= greeted_at[0] + 20
