"""Who opened a connection: what the kernel is asked, what it answers, and its table where it does not answer."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from esl_server.switch import socket_owner
from esl_server.switch.socket_owner import (
    End,
    FindOwner,
    KernelLookup,
    choose_lookup,
    decode_answer,
    encode_question,
    find_in_proc,
    find_in_table,
    is_own_address,
)

THEIRS, OURS = End.of(("127.0.0.1", 41000)), End.of(("127.0.0.1", 8084))
THEIRS_6, OURS_6 = End.of(("2001:db8::5", 41000, 0, 0)), End.of(("2001:db8::1", 8084, 0, 0))
LOOKUPS: dict[str, Callable[[], FindOwner]] = {"kernel": KernelLookup, "table": lambda: find_in_proc}


def answer(theirs: End, ours: End, *, state: int = 1, uid: int = 1000, inode: int = 77) -> bytes:
    addresses = struct.pack("!HH16s16s", theirs.port, ours.port, theirs.host, ours.host) + bytes(12)
    message = struct.pack("=BBBB", 2, state, 0, 0) + addresses + struct.pack("=5I", 0, 0, 0, uid, inode)
    return struct.pack("=IHHII", 16 + len(message), 20, 0, 1, 0) + message


def refusal(code: int) -> bytes:
    return struct.pack("=IHHIIi", 36, 2, 0, 1, 0, -code) + bytes(16)


def test_an_ipv4_address_is_the_same_in_its_ipv6_form() -> None:
    assert End.of(("::ffff:127.0.0.1", 41000, 0, 0)) == THEIRS


def test_the_kernel_is_asked_for_the_peers_socket_not_for_ours() -> None:
    question = encode_question(THEIRS, OURS, 7)
    assert struct.unpack_from("=IHHII", question) == (len(question), 20, 1, 7, 0)
    assert question[16:18] == bytes([socket.AF_INET, socket.IPPROTO_TCP])
    assert struct.unpack_from("=BBI", question, 18) == (0, 0, 0b10), "nothing more, and established ones alone"
    assert struct.unpack_from("!HH4s", question, 24) == (41000, 8084, b"\x7f\0\0\x01")
    assert encode_question(THEIRS_6, OURS_6, 7)[16] == socket.AF_INET6


@pytest.mark.parametrize("ends", [(THEIRS, OURS), (THEIRS_6, OURS_6)])
def test_an_open_socket_of_these_two_ends_names_its_user(ends: tuple[End, End]) -> None:
    assert decode_answer(answer(*ends), *ends) == 1000


@pytest.mark.parametrize(
    "said",
    [
        refusal(errno.ENOENT),
        # Closed by its process: the kernel says root, which it is not.
        answer(THEIRS, OURS, uid=0, inode=0),
        answer(THEIRS, OURS, state=6),
        answer(THEIRS, OURS, state=10),
        answer(OURS, THEIRS),
        answer(THEIRS, End.of(("127.0.0.1", 8085))),
        answer(End.of(("127.0.0.2", 41000)), OURS),
    ],
)
def test_anything_else_names_nobody(said: bytes) -> None:
    assert decode_answer(said, THEIRS, OURS) is None


@pytest.mark.parametrize(
    ("said", "number", "text"),
    [(refusal(errno.EPERM), errno.EPERM, "not permitted"), (b"", errno.EBADMSG, "short answer"),
     (b"\0" * 17, errno.EBADMSG, "short answer")],
)  # fmt: skip
def test_a_refusal_of_the_question_is_an_error(said: bytes, number: int, text: str) -> None:
    with pytest.raises(OSError, match=text) as refused:
        decode_answer(said, THEIRS, OURS)
    assert refused.value.errno == number


def row(ends: str, *, state: str = "01", uid: int = 1000, inode: int = 77) -> str:
    return (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        f"   3: {ends} {state} 00000000:00000000 00:00000000 00000000 {uid:5}        0 {inode} 1 0000 20 4 30 10 -1\n"
    )


def words(*ends: End) -> str:
    return " ".join(
        "".join(f"{word:08X}" for word in struct.unpack(f"={len(end.host) // 4}I", end.host)) + f":{end.port:04X}"
        for end in ends
    )


def mapped(end: End) -> End:
    return End(bytes(10) + b"\xff\xff" + end.host, end.port)


@pytest.mark.parametrize(
    ("table", "ends", "uid"),
    [
        (row(words(THEIRS, OURS)), (THEIRS, OURS), 1000),
        (row(words(THEIRS_6, OURS_6)), (THEIRS_6, OURS_6), 1000),
        # A process that speaks IPv4 through an IPv6 socket.
        (row(words(mapped(THEIRS), mapped(OURS))), (THEIRS, OURS), 1000),
        (row(words(OURS, THEIRS)), (THEIRS, OURS), None),
        (row(words(THEIRS, OURS), inode=0, uid=0), (THEIRS, OURS), None),
        (row(words(THEIRS, OURS), state="06"), (THEIRS, OURS), None),
        ("", (THEIRS, OURS), None),
    ],
)
def test_the_table_tells_the_same(table: str, ends: tuple[End, End], uid: int | None) -> None:
    assert find_in_table(table, *ends) == uid


@contextmanager
def connection(host: str, dialled: str) -> Iterator[tuple[socket.socket, tuple[Any, ...], tuple[Any, ...]]]:
    """A client, and both ends as a server sees them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, 0), family=family, dualstack_ipv6=host == "::")
    except (OSError, ValueError):
        pytest.skip("this machine has no IPv6")
    with listener, socket.create_connection((dialled, listener.getsockname()[1])) as client:
        ours, peer = listener.accept()
        with ours:
            yield client, peer, ours.getsockname()


@pytest.mark.parametrize("lookup", LOOKUPS)
@pytest.mark.parametrize(("host", "dialled"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "127.0.0.1")])
def test_this_machine_tells_who_opened_a_connection_until_it_is_closed(lookup: str, host: str, dialled: str) -> None:
    find_owner = LOOKUPS[lookup]()
    with connection(host, dialled) as (client, *ends):
        assert find_owner(*ends) == os.geteuid()
        client.close()
        assert find_owner(*ends) is None


def test_the_table_is_used_where_the_kernel_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(choose_lookup(), KernelLookup)

    def no_netlink(*_: object) -> None:
        raise OSError(errno.EPROTONOSUPPORT, "no netlink")

    monkeypatch.setattr(socket_owner, "KernelLookup", no_netlink)
    assert choose_lookup() is find_in_proc
    monkeypatch.setattr(socket_owner, "_PROC_TABLES", ())
    assert choose_lookup() is None


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.1", True), ("127.9.9.9", True), ("192.0.2.1", False), ("::ffff:192.0.2.1", False)]
)
def test_an_address_is_this_machines_when_it_can_be_bound(host: str, own: bool) -> None:
    address = (host, 1, 0, 0) if ":" in host else (host, 1)
    assert is_own_address(address) is own
