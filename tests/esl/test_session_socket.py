"""What a session asks of its socket: bytes in parts, waits for as many as a reply has, ends of a connection."""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.switch import session as session_module
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.session import CONNECT_TIMEOUT_S, LEAST_REPLY_BYTES, MAX_UNREAD_BYTES, Session
from ivr.domain.errors import EslConnectionLost, EslError, EslNotProven, EslProbed, EslProtocolError, EslTimeout
from ivr.domain.probe import PROBE
from ivr.domain.switch_proof import ProofCheck, prove
from tests.helpers import SWITCH_SECRET

OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
GREETING = (
    b"Event-Name: CHANNEL_DATA\nUnique-ID: u-1\nCaller-Destination-Number: 1\nvariable_digitree_proof: "
    + SWITCH_SECRET.encode() + b"\nContent-Type: command/reply\nReply-Text: %2BOK%0A\n\n"
)  # fmt: skip


class Socket:
    """Gives these pieces, one for each read; an error is raised, and the end is an empty one."""

    def __init__(self, *pieces: bytes | OSError, takes: int = 1000) -> None:
        self.pieces = list(pieces)
        self.takes = takes
        self.sent: list[bytes] = []
        self.least: list[int] = []
        self.fails: OSError | None = None
        self.ended: list[object] = []

    def send(self, data: bytes) -> int:
        if self.fails is not None:
            raise self.fails
        self.sent.append(data[: self.takes])
        return len(self.sent[-1])

    def setsockopt(self, level: int, option: int, value: int) -> None:
        assert (level, option) == (socket.SOL_SOCKET, socket.SO_RCVLOWAT)
        self.least.append(value)

    def recv_into(self, buffer: bytearray) -> int:
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, OSError):
            raise piece
        buffer[: len(piece)] = piece
        return len(piece)

    def shutdown(self, how: int) -> None:
        if self.fails is not None:
            raise self.fails
        self.ended.append(how)

    def close(self) -> None:
        self.ended.append("closed")


def made(*pieces: bytes | OSError, **options: Any) -> tuple[Session, Socket]:
    sock = Socket(*pieces, **options)
    return Session(("127.0.0.1", 1), sock, ProofCheck([SWITCH_SECRET])), sock


def test_of_a_new_connection_nothing_is_known_but_that_it_is_there() -> None:
    session, _ = made()
    assert (session.connected, session.is_local) == (True, False)
    assert (session.hung_up, session.has_replied) == (False, False)
    assert (session.session_data, session.digit_source, session.least_reply_bytes) == (None, None, 0)
    assert Session(("127.0.0.1", 1), Socket(), ProofCheck([SWITCH_SECRET]), is_local=True).is_local


def test_what_the_socket_takes_in_parts_is_sent_whole() -> None:
    session, sock = made(OK, takes=3)
    assert session.request(b"getvar a\n\n", 1, 5, "x") == ["+OK"]
    assert sock.sent == [b"get", b"var", b" a\n", b"\n"]


def test_a_socket_that_takes_or_gives_nothing_any_more_is_a_lost_connection() -> None:
    session, sock = made()
    sock.fails = OSError("broken")
    with pytest.raises(EslConnectionLost, match=r"^write failed: broken$"):
        session.request(b"a\n\n", 1, 5, "x")
    assert session.connected is False
    for piece, text in ((OSError("reset"), "^read failed: reset$"), (b"", "^FreeSWITCH closed the socket$")):
        session, sock = made(piece)
        with pytest.raises(EslConnectionLost, match=text):
            session.request(b"a\n\n", 1, 5, "x")
        assert session.connected is False
        assert sock.sent == [b"a\n\n"]


def test_where_the_shortest_reply_is_known_a_read_waits_for_all_of_them_at_once() -> None:
    session, sock = made(OK * 3, OK[:10], OK[10:], OK)
    session.least_reply_bytes = LEAST_REPLY_BYTES
    assert session.request(b"abc", 3, 5, "x", wanted=3) == ["+OK"] * 3
    assert sock.least == [3 * LEAST_REPLY_BYTES]
    assert session.request(b"a", 1, 5, "x") == ["+OK"]
    assert sock.least == [3 * LEAST_REPLY_BYTES, LEAST_REPLY_BYTES, 1], "the rest comes in what pieces it likes"
    session.request(b"a", 1, 5, "x")
    assert sock.least[3:] == [LEAST_REPLY_BYTES]


def test_bytes_that_are_there_already_are_not_waited_for() -> None:
    session, sock = made(OK + OK[:5], OK[5:], OK)
    session.request(b"a", 1, 5, "x")
    session.least_reply_bytes = LEAST_REPLY_BYTES
    assert session.request(b"bc", 2, 5, "x", wanted=2) == ["+OK", "+OK"]
    assert sock.least[0] == 2 * LEAST_REPLY_BYTES - 5
    session, sock = made(OK * 2)
    session.request(b"a", 1, 5, "x")
    session.least_reply_bytes = LEAST_REPLY_BYTES
    session.request(b"b", 1, 5, "x")
    assert sock.least == []


def test_the_shortest_reply_is_an_empty_one() -> None:
    session, _ = made(b"Content-Type: command/reply\nReply-Text:\n\n")
    assert session.request(b"a", 1, 5, "x") == [""]
    assert len(b"Content-Type: command/reply\nReply-Text:\n\n") == LEAST_REPLY_BYTES


def test_a_reply_need_not_be_utf8() -> None:
    session, _ = made(OK.replace(b"+OK", b"Ren\xe9"))
    assert session.request(b"a", 1, 5, "x") == ["Ren\ufffd"]
    session, _ = made(OK + OK.replace(b"+OK", b"Ren\xe9"))
    assert session.request(b"ab", 2, 5, "x", wanted=2) == ["+OK", "Ren\ufffd"]


def test_acknowledgements_of_commands_and_of_api_commands_are_passed_over() -> None:
    api = b"Content-Type: api/response\nContent-Length: 4\n\n+OK\n"
    key = OK.replace(b"+OK", b"7")
    for replies in (OK + OK + key, api + OK + key, OK.replace(b"+OK", b"+OK accepted") + api + key):
        session, _ = made(replies)
        assert session.request(b"abc", 3, 5, "x") == ["7"]
        assert session.has_replied
    session, _ = made(OK + key + key)
    assert session.request(b"abc", 3, 5, "x", wanted=2) == ["7", "7"]
    session, _ = made(OK.replace(b"+OK", b"-ERR") + key)
    assert session.request(b"ab", 2, 5, "x") == ["7"]
    failed = b"Content-Type: api/response\nContent-Length: 9\n\n-ERR no!\n"
    session, _ = made(failed + key + OK)
    assert session.request(b"abc", 3, 5, "x", wanted=3) == ["-ERR no!", "7", "+OK"]


def test_as_many_bytes_without_a_reply_as_no_reply_has_are_a_protocol_error() -> None:
    half = b"X" * 64 * 1024
    session, _ = made(*[half] * (MAX_UNREAD_BYTES // len(half)), b"\n\n", b"")
    with pytest.raises(EslProtocolError, match=r"^over 262144 bytes without a reply$"):
        session.request(b"a", 1, 5, "x")
    session, _ = made(*[half] * (MAX_UNREAD_BYTES // len(half)), b"")
    with pytest.raises(EslConnectionLost):
        session.request(b"a", 1, 5, "x")


def test_a_session_that_expires_names_what_it_waited_for() -> None:
    session, sock = made()
    session.expire()
    assert sock.ended == [socket.SHUT_RDWR]
    with pytest.raises(EslTimeout, match="gather"):
        session.request(b"a", 1, 5, "gather")
    session, sock = made()
    session.expire()
    with pytest.raises(EslTimeout, match="connect"):
        session.connect()
    session, sock = made()
    sock.fails = OSError("gone")
    session.expire()
    assert sock.ended == ["closed"]


def test_the_handshake_has_its_time_and_what_follows_it_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 200.0, 300.0])
    monkeypatch.setattr(session_module, "time", SimpleNamespace(monotonic=lambda: next(times)))
    session, sock = made(GREETING)
    assert session.deadline == 100.0 + CONNECT_TIMEOUT_S
    session.connect()
    assert session.deadline == 300.0 + CONNECT_TIMEOUT_S
    assert sock.sent == [b"connect\n\n"]
    monkeypatch.undo()
    before = time.monotonic()
    sock.pieces = [OK]
    session.request(b"a", 1, 50.0, "x")
    assert session.deadline >= before + 50


@pytest.mark.parametrize(
    ("state", "hung_up"),
    [(b"CS_HANGUP", True), (b"CS_REPORTING", True), (b"CS_EXECUTE", False), (b"CS_NEW", False)],
)
def test_a_channel_that_is_down_has_no_caller(state: bytes, hung_up: bool) -> None:
    session, _ = made(GREETING.replace(b"\nUnique-ID", b"\nChannel-State: " + state + b"\nUnique-ID"))
    assert session.connect().find("Unique-ID") == "u-1"
    assert session.hung_up is hung_up
    assert session.session_data is not None


def test_a_reply_that_came_with_the_channel_data_is_kept_for_its_command() -> None:
    session, _ = made(GREETING + OK.replace(b"+OK", b"early"))
    session.connect()
    assert session.request(b"a", 1, 5, "x") == ["early"]


def test_a_channel_without_the_right_proof_is_not_of_our_switch() -> None:
    proof = prove("u-1", SWITCH_SECRET).encode()
    session, _ = made(GREETING.replace(SWITCH_SECRET.encode(), proof))
    session.connect()
    for other in (prove("u-2", SWITCH_SECRET).encode(), b"", b"x"):
        session, _ = made(GREETING.replace(SWITCH_SECRET.encode(), other))
        with pytest.raises(EslNotProven, match="its channel has no proof made with DIGITREE_ESL_SECRET"):
            session.connect()
        assert session.session_data is None
    session, _ = made(GREETING.replace(b"variable_digitree_proof", b"variable_other"))
    with pytest.raises(EslNotProven):
        session.connect()


def test_a_probe_is_known_by_its_bytes_alone() -> None:
    session, _ = made(PROBE)
    with pytest.raises(EslProbed):
        session.connect()
    session, _ = made(PROBE + b"x")
    with pytest.raises(EslProtocolError, match=r"^a message without Content-Type$"):
        session.connect()
    session, _ = made(PROBE[:-1])
    with pytest.raises(EslConnectionLost, match=r"^closed before connect$"):
        session.connect()


def test_greenswitchs_own_executes_are_refused_by_name() -> None:
    session, sock = made()
    with pytest.raises(EslError, match=r"^bridge: applications are built in esl_server\.switch\.commands$"):
        session.call_command("bridge", "x")
    assert sock.sent == []


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"+1480", "+1480"), (b"%2B14805551234", "+14805551234"), (b"%2B1480%20x", "+1480 x"), (b"a%20b", "a b"),
        (b"%2b1480", "+1480"), (b"Ren%E9", "Ren\ufffd"), (b"Ren\xe9", "Ren\ufffd"), (b"%2BRen\xe9", "+Ren\ufffd"),
        (b"", ""), (b"100%", "100%"),
    ],
)  # fmt: skip
def test_a_value_is_decoded_when_it_is_read(raw: bytes, text: str) -> None:
    assert ChannelData(b"Event-Name: CHANNEL_DATA\nA: " + raw + b"\n").find("A") == text
    assert ChannelData(b"A: " + raw).find("A") == text


@pytest.mark.parametrize("first", [b"", b"Event-Name: CHANNEL_DATA\n"])
def test_what_our_dialplan_says_is_found_wherever_it_is(first):
    data = ChannelData(
        first + b"variable_digitree_api: true\nUnique-ID: 1\nvariable_xdigitree_b: 2\nvariable_digitree_proof: 3\n"
        b"variable_digitree_api: false\nA: variable_digitree_c: 4\nvariable_digitree_limits: "
    )
    assert data.ours == {b"digitree_api": b"true", b"digitree_proof": b"3", b"digitree_limits": b""}


@pytest.mark.parametrize(
    ("data", "is_down"),
    [(b"Answer-State: hangup\nChannel-State: CS_HANGUP", True), (b"Channel-State: CS_REPORTING", True),
     (b"Answer-State: hangup\nChannel-State: CS_EXECUTE", False), (b"Answer-State: answered", False),
     (b"Unique-ID: 1", False)],
)  # fmt: skip
def test_a_channel_is_down_once_its_state_says_so(data, is_down):
    assert ChannelData(data).is_down() is is_down


def test_a_header_is_found_by_its_whole_name_and_the_first_of_two_counts() -> None:
    data = ChannelData(b"A-B: 0\nB: 1\nB: 2\nC:3\nD: ")
    assert [data.find(name) for name in ("A-B", "B", "C", "D", "E", "-B")] == ["0", "1", None, "", None, None]
