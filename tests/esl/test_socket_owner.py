"""Who opened a connection: what the kernel is asked, what it answers, and its table where it does not answer."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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


class Kernel:
    """A netlink socket that gives these answers one after the other."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []
        self.blocks = True

    def setblocking(self, blocks: bool) -> None:
        self.blocks = blocks

    def send(self, question: bytes) -> None:
        self.asked.append(question)

    def recv(self, size: int) -> bytes:
        return self.answers.pop(0)[:size]


def test_what_is_left_of_a_question_that_failed_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def numbered(sequence: int, uid: int) -> bytes:
        said = answer(THEIRS, OURS, uid=uid)
        return said[:8] + struct.pack("=I", sequence) + said[12:]

    kernel = Kernel(numbered(1, 1000), numbered(1, 1000), numbered(2, 1001))
    opened: list[tuple[int, ...]] = []

    def open_socket(*kind: int) -> Kernel:
        opened.append(kind)
        return kernel

    monkeypatch.setattr(socket_owner, "PlainSocket", open_socket)
    find_owner = KernelLookup()
    ends = ("127.0.0.1", 41000), ("127.0.0.1", 8084)
    assert find_owner(*ends) == 1000
    assert find_owner(*ends) == 1001
    assert kernel.asked == [encode_question(THEIRS, OURS, sequence) for sequence in (1, 2)]
    assert opened == [(socket.AF_NETLINK, socket.SOCK_DGRAM, 4)]
    assert kernel.blocks is False


def test_questions_are_numbered_in_31_bits_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(refusal(errno.ENOENT)[:8] + bytes(4) + refusal(errno.ENOENT)[12:])
    monkeypatch.setattr(socket_owner, "PlainSocket", lambda *kind: kernel)
    find_owner = KernelLookup()
    find_owner._sequence = 0x7FFFFFFF
    assert find_owner(("127.0.0.1", 41000), ("127.0.0.1", 8084)) is None
    assert kernel.asked == [encode_question(THEIRS, OURS, 0)]


def test_an_ipv4_address_is_the_same_in_its_ipv6_form() -> None:
    assert End.of(("::ffff:127.0.0.1", 41000, 0, 0)) == THEIRS


def test_the_kernel_is_asked_for_the_peers_socket_not_for_ours() -> None:
    question = encode_question(THEIRS, OURS, 7)
    assert struct.unpack_from("=IHHII", question) == (len(question), 20, 1, 7, 0)
    assert question[16:18] == bytes([socket.AF_INET, socket.IPPROTO_TCP])
    assert struct.unpack_from("=BBI", question, 18) == (0, 0, 0b10), "nothing more, and established ones alone"
    assert struct.unpack_from("!HH4s", question, 24) == (41000, 8084, b"\x7f\0\0\x01")
    assert encode_question(THEIRS_6, OURS_6, 7)[16] == socket.AF_INET6
    assert (question[12:16], question[40:44], question[60:]) == (bytes(4), bytes(4), bytes(4) + b"\xff" * 8)


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
     (b"\0" * 19, errno.EBADMSG, "short answer"), (b"\0" * 20, errno.EBADMSG, "of another kind"),
     (refusal(errno.EPERM)[:20], errno.EPERM, "not permitted")],
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
        (row(words(THEIRS, OURS)).partition(" 1 0000")[0], (THEIRS, OURS), 1000),
        (row(words(THEIRS, OURS)).partition(" 77 1")[0], (THEIRS, OURS), None),
        (row(words(OURS, THEIRS)) + row(words(THEIRS, OURS)), (THEIRS, OURS), 1000),
        (row(words(THEIRS, OURS)).splitlines()[1], (THEIRS, OURS), None),  # the first line is a heading
    ],
)
def test_the_table_tells_the_same(table: str, ends: tuple[End, End], uid: int | None) -> None:
    assert find_in_table(table, *ends) == uid


def test_where_one_table_is_missing_the_other_is_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "tcp6"
    monkeypatch.setattr(socket_owner, "_PROC_TABLES", (tmp_path / "tcp", table))
    for ends, uid in ((words(mapped(THEIRS), mapped(OURS)), 1000), (words(OURS, THEIRS), None)):
        table.write_text(row(ends))
        assert find_in_proc(("127.0.0.1", 41000), ("127.0.0.1", 8084)) == uid


@pytest.mark.parametrize(("code", "own"), [(errno.EADDRNOTAVAIL, False), (errno.EACCES, True)])
def test_only_an_address_that_is_not_available_is_another_machines(
    monkeypatch: pytest.MonkeyPatch, code: int, own: bool
) -> None:
    bound: list[tuple[Any, ...]] = []

    class Probe:
        def __init__(self, *kind: int) -> None:
            self.kind = kind

        def bind(self, address: tuple[Any, ...]) -> None:
            bound.append((*self.kind, address))
            raise OSError(code, "no")

        def close(self) -> None:
            bound.append(("closed",))

    monkeypatch.setattr(socket_owner, "PlainSocket", Probe)
    assert is_own_address(("192.0.2.1", 41000)) is own
    assert is_own_address(("fe80::1", 41000, 0, 7)) is own
    assert bound == [
        (socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 0)), ("closed",),
        (socket.AF_INET6, socket.SOCK_DGRAM, ("fe80::1", 0, 0, 7)), ("closed",),
    ]  # fmt: skip


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
