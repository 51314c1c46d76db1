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
from typing import Any, NamedTuple

# As accept() and getsockname() give it: (host, port) and for IPv6 two numbers more.
Address = tuple[Any, ...]
FindOwner = Callable[[Address, Address], int | None]

_MAPPED = bytes(10) + b"\xff\xff"
_SOCK_DIAG = 4  # linux/netlink.h
_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
_NLMSG_ERROR, _NLM_F_REQUEST = 2, 1
_ESTABLISHED = 1
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_ADDRESSES = struct.Struct("!HH16s16s")
_ANY_INTERFACE_NO_COOKIE = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
# struct inet_diag_msg: family, state, timer, retrans; the addresses, interface, cookie; expires, rqueue, wqueue, uid,
# inode.
_ANSWER = struct.Struct("=BBBB48s5I")
# With the attributes behind it; what is longer is cut off.
_ANSWER_BYTES = 1024
_PROC_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


class End(NamedTuple):
    """One end of a connection: its address in 4 or 16 bytes, an IPv4 address never in its IPv6 form."""

    host: bytes
    port: int

    @classmethod
    def of(cls, address: Address) -> End:
        return cls(_packed(address[0]), address[1])


@functools.lru_cache(maxsize=1024)
def _packed(host: str) -> bytes:
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    packed = socket.inet_pton(socket.AF_INET6, host)
    return packed[12:] if packed.startswith(_MAPPED) else packed


def encode_question(theirs: End, ours: End, sequence: int) -> bytes:
    """A request for the established TCP socket whose own address is `theirs` and whose peer is `ours`."""
    family = socket.AF_INET if len(theirs.host) == 4 else socket.AF_INET6
    addresses = _ADDRESSES.pack(theirs.port, ours.port, theirs.host, ours.host) + _ANY_INTERFACE_NO_COOKIE
    request = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 1 << _ESTABLISHED) + addresses
    head = _HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, sequence, 0)
    return head + request


def decode_answer(answer: bytes, theirs: End, ours: End) -> int | None:
    """The uid; None when there is no such socket, it is closed or without a process. OSError: any other refusal."""
    if len(answer) < _HEADER.size + 4:
        raise OSError(errno.EBADMSG, "a short answer to sock_diag")
    _, kind, _, _, _ = _HEADER.unpack_from(answer)
    if kind == _NLMSG_ERROR:
        (code,) = struct.unpack_from("=i", answer, _HEADER.size)
        if -code == errno.ENOENT:
            return None
        raise OSError(-code, os.strerror(-code))
    _, state, _, _, addresses, _, _, _, uid, inode = _ANSWER.unpack_from(answer, _HEADER.size)
    source, target, from_host, to_host = _ADDRESSES.unpack_from(addresses)
    size = len(theirs.host)
    same = (source, target, from_host[:size], to_host[:size]) == (theirs.port, ours.port, theirs.host, ours.host)
    return int(uid) if same and state == _ESTABLISHED and inode else None


class KernelLookup:
    """Asks the kernel over a netlink socket that stays open. OSError where it does not answer such questions."""

    def __init__(self) -> None:
        self._socket = PlainSocket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG)
        # With a time-out each send and recv would poll first.
        self._socket.setblocking(False)
        self._sequence = 0

    def __call__(self, peer: Address, own: Address) -> int | None:
        theirs, ours = End.of(peer), End.of(own)
        self._sequence = sequence = self._sequence + 1 & 0x7FFFFFFF
        self._socket.send(encode_question(theirs, ours, sequence))
        while True:
            answer = self._socket.recv(_ANSWER_BYTES)
            # What is left of a question that failed is passed over.
            if len(answer) < _HEADER.size or _HEADER.unpack_from(answer)[3] == sequence:
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
