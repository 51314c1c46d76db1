"""The user who owns the other end of a TCP connection, when that end is on this machine.

The kernel is asked for the one socket with these two addresses (sock_diag(7)), which takes microseconds however many
sockets there are; where it does not answer that, its table (proc(5), /proc/net/tcp) is searched. A socket that its
process has closed has no owner any more: kernels report root for it, so one without an inode is not believed.
"""

from __future__ import annotations

import errno
import functools
import os
import socket
import struct
from _socket import socket as PlainSocket  # never gevent's: the reply is there when send() returns
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from socket import htons
from typing import Any, NamedTuple

# As accept() and getsockname() give it: (host, port) and for IPv6 two numbers more.
Address = tuple[Any, ...]
FindOwner = Callable[[Address, Address], int | None]

_MAPPED = bytes(10) + b"\xff\xff"
_SOCK_DIAG = 4  # linux/netlink.h
_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
_NLMSG_ERROR, _NLM_F_REQUEST = 2, 1
_ESTABLISHED = 1
_IPV4, _IPV6, _TCP = int(socket.AF_INET), int(socket.AF_INET6), int(socket.IPPROTO_TCP)
_NO_COOKIE = 0xFFFFFFFF
# All begin with struct nlmsghdr: length, kind, flags, sequence, sender. Then struct inet_diag_req_v2: family,
# protocol, extensions, states; ports in the network's order, addresses, interface, cookie.
_QUESTION = struct.Struct("=IHHII BBBxI HH16s16sIII")
_SEQUENCE = slice(8, 12)
# The kind, then of struct inet_diag_msg the state, ports, addresses, uid and inode; its attributes are cut off.
_ANSWER = struct.Struct("=4xH10x xBxx HH16s16s12x 12xII")
# The kind and a negative errno.
_REFUSAL = struct.Struct("=4xH10x i")
_PROC_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


class End(NamedTuple):
    """One end of a connection: its address in 4 or 16 bytes, an IPv4 address never in its IPv6 form."""

    host: bytes
    port: int

    @classmethod
    def of(cls, address: Address) -> End:
        return cls(_packed(address[0]), address[1])


# Mostly the same for all connections.
_end_of_own = functools.lru_cache(maxsize=64)(End.of)


@functools.lru_cache(maxsize=1024)
def _packed(host: str) -> bytes:
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    packed = socket.inet_pton(socket.AF_INET6, host)
    return packed[12:] if packed.startswith(_MAPPED) else packed


def encode_question(theirs: End, ours: End, sequence: int) -> bytes:
    """A request for the established TCP socket whose own address is `theirs` and whose peer is `ours`."""
    their_host, their_port = theirs
    our_host, our_port = ours
    return _QUESTION.pack(
        _QUESTION.size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, sequence, 0,
        _IPV4 if len(their_host) == 4 else _IPV6, _TCP, 0, 1 << _ESTABLISHED,
        htons(their_port), htons(our_port), their_host, our_host, 0, _NO_COOKIE, _NO_COOKIE,
    )  # fmt: skip


def decode_answer(answer: bytes, theirs: End, ours: End) -> int | None:
    """The uid; None when there is no such socket, it is closed or without a process. OSError: any other refusal."""
    if len(answer) >= _ANSWER.size:
        kind, state, source, target, from_host, to_host, uid, inode = _ANSWER.unpack_from(answer)
        if kind == _SOCK_DIAG_BY_FAMILY:
            same = from_host.startswith(theirs.host) and to_host.startswith(ours.host)
            same = same and source == htons(theirs.port) and target == htons(ours.port)
            return int(uid) if same and state == _ESTABLISHED and inode else None
    if len(answer) < _REFUSAL.size:
        raise OSError(errno.EBADMSG, "a short answer to sock_diag")
    kind, code = _REFUSAL.unpack_from(answer)
    if kind != _NLMSG_ERROR:
        raise OSError(errno.EBADMSG, "an answer of another kind to sock_diag")
    if -code == errno.ENOENT:
        return None
    raise OSError(-code, os.strerror(-code))


class KernelLookup:
    """Asks the kernel over a netlink socket that stays open. OSError where it does not answer such questions."""

    def __init__(self) -> None:
        kernel = PlainSocket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG)
        # With a time-out each send and recv would poll first.
        kernel.setblocking(False)
        self._send, self._receive = kernel.send, kernel.recv
        self._sequence = 0

    def __call__(self, peer: Address, own: Address) -> int | None:
        theirs, ours = End.of(peer), _end_of_own(own)
        self._sequence = sequence = self._sequence + 1 & 0x7FFFFFFF
        question = encode_question(theirs, ours, sequence)
        self._send(question)
        answer = self._receive(_ANSWER.size)
        # What is left of a question that failed is passed over.
        while answer[_SEQUENCE] != question[_SEQUENCE]:
            answer = self._receive(_ANSWER.size)
        return decode_answer(answer, theirs, ours)


def find_in_table(table: str, theirs: End, ours: End) -> int | None:
    """The same from the text of /proc/net/tcp or /proc/net/tcp6."""
    wanted = {(_hex(theirs), _hex(ours)), (_hex(_mapped(theirs)), _hex(_mapped(ours)))}
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and (fields[1], fields[2]) in wanted:
            return int(fields[7]) if int(fields[3], 16) == _ESTABLISHED and fields[9] != "0" else None
    return None


def _mapped(end: End) -> End:
    return End(_MAPPED + end.host, end.port) if len(end.host) == 4 else end


def _hex(end: End) -> str:
    words = struct.unpack(f"={len(end.host) // 4}I", end.host)
    return "".join(f"{word:08X}" for word in words) + f":{end.port:04X}"


def find_in_proc(peer: Address, own: Address) -> int | None:
    theirs, ours = End.of(peer), End.of(own)
    for path in _PROC_TABLES:
        with suppress(FileNotFoundError):
            if (uid := find_in_table(path.read_text(), theirs, ours)) is not None:
                return uid
    return None


def choose_lookup() -> FindOwner | None:
    """The first way that finds the owner of a connection of our own; None where this machine has none."""
    with suppress(OSError):
        if _finds_own(lookup := KernelLookup()):
            return lookup
    with suppress(OSError):
        if _finds_own(find_in_proc):
            return find_in_proc
    return None


def _finds_own(find_owner: FindOwner) -> bool:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as ours,
    ):
        return find_owner(client.getsockname(), ours.getsockname()) is not None


def is_own_address(address: Address) -> bool:
    """Whether this machine has the address: only then may it be bound."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with closing(PlainSocket(family, socket.SOCK_DGRAM)) as probe:
        try:
            probe.bind((address[0], 0, *address[2:]))
        except OSError as error:
            return error.errno != errno.EADDRNOTAVAIL
        return True
