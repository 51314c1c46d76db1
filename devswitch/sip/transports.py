"""SIP's transports: UDP datagrams and TCP connections, with what hostile peers may do to either.

TLS (`devswitch.sip.tls`) is TCP with another way to open and to accept a connection.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from aiosipua import transaction
from aiosipua.headers import Via, parse_via, stringify_via
from aiosipua.message import SipMessage, SipRequest, SipResponse
from aiosipua.transport import SipTransport, UdpSipTransport, _UdpProtocol

from devswitch.sip.framing import BadFraming, Framer
from devswitch.sip.intake import MAX_MESSAGE_BYTES, Sources

log = logging.getLogger(__name__)

# INVITE has its own rule (`Uac.repeat_until_answered`).
_REPEATED = frozenset({"BYE", "CANCEL", "REGISTER"})
_LONGEST_INTERVAL_S = 4.0
_MAX_CONNECTIONS = 200
# A whole message must arrive within this time, including the first of a connection.
_MESSAGE_WITHIN_S = 10.0
_IDLE_S = 60.0
_CONNECT_WITHIN_S = 5.0
_MAX_UNSENT_BYTES = 256 * 1024
BACKLOG = 128


class _Protocol(_UdpProtocol):
    def __init__(self, owner: Udp) -> None:
        super().__init__(owner)
        self._udp = owner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Do nothing, since `start` keeps the transport; the library's method fails on Python 3.11's sockets."""

    def error_received(self, exc: Exception) -> None:
        if self._udp.on_unreachable is not None:
            self._udp.on_unreachable()


@dataclass
class Udp(UdpSipTransport):
    """UDP that drops floods and oversized packets unread.

    With `remote_addr` it talks to that address alone and learns at once when nothing listens there (ICMP).
    """

    remote_addr: tuple[str, int] | None = None
    sources: Sources | None = None
    on_unreachable: Callable[[], None] | None = None
    dress: Callable[[SipResponse], None] | None = None  # adds to every response on its way out
    _unanswered: dict[str, asyncio.TimerHandle] = field(default_factory=dict, init=False)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Protocol(self), local_addr=self.local_addr, remote_addr=self.remote_addr, family=socket.AF_INET
        )
        self._udp_transport = transport
        self.local_addr = transport.get_extra_info("sockname")[:2]

    def _dispatch(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.strip():
            return  # a keep-alive
        if len(data) > MAX_MESSAGE_BYTES or (self.sources is not None and not self.sources.allows(addr[0])):
            log.warning("SIP from %s dropped: too large, or too much of it", addr[0])
            return
        if b"\r\n\r\n" not in data:
            # The library would take a truncated message for a whole one.
            log.warning("SIP from %s dropped: its header does not end", addr[0])
            return
        super()._dispatch(data, addr)

    def send(self, message: SipRequest | SipResponse, addr: tuple[str, int]) -> None:
        if isinstance(message, SipResponse) and self.dress is not None:
            self.dress(message)
        if isinstance(message, SipRequest) and message.method in _REPEATED and message.via:
            self._repeat(message.via[0].branch or "", bytes(message), addr, transaction.T1)
        self._send(bytes(message), addr)

    def _repeat(self, branch: str, data: bytes, addr: tuple[str, int], interval_s: float) -> None:
        """Repeat after T1, doubled each time, until answered (timer E, cut short)."""

        def again() -> None:
            del self._unanswered[branch]
            self._send(data, addr)
            if interval_s < _LONGEST_INTERVAL_S:
                self._repeat(branch, data, addr, 2 * interval_s)

        self._unanswered[branch] = asyncio.get_running_loop().call_later(interval_s, again)

    def answered(self, response: SipResponse) -> None:
        """Stop repeating a request."""
        vias = response.via
        timer = self._unanswered.pop(vias[0].branch or "", None) if vias else None
        if timer is not None:
            timer.cancel()

    def _send(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._udp_transport is None:
            return
        if not _is_address(*addr):
            # asyncio would close the socket for it, and with it every call.
            log.warning("nothing can be sent to %.80r", addr)
            return
        # A connected socket must not be given the address again.
        self._udp_transport.sendto(data, None if self.remote_addr else addr)


def _is_address(host: object, port: object) -> bool:
    """Whether a socket accepts the address, whether or not anything listens there."""
    try:
        return isinstance(host, str) and bool(host.encode("idna")) and isinstance(port, int) and 0 < port < 65536
    except UnicodeError:
        return False


class Untrusted(OSError):
    """The other side has no certificate that counts, or does not speak TLS."""


class StreamConnection(asyncio.Protocol):
    """One connection: messages in order, a deadline for each, a limit on unread bytes. `name`: by which the server is
    known that we connected to; None: a caller connected to us. `fault`: why it was refused."""

    def __init__(self, owner: Tcp, name: str | None = None) -> None:
        self._owner = owner
        self.name = name
        self.fault = ""
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self.addr = ("", 0)
        self.heard_s = 0.0

    @property
    def local_addr(self) -> tuple[str, int]:
        name = self._transport.get_extra_info("sockname") if self._transport is not None else ("", 0)
        return str(name[0]), int(name[1])

    def certificate(self) -> dict[str, Any]:
        """Of the other side, as ssl has it; empty where it has shown none."""
        found = self._transport.get_extra_info("peercert") if self._transport is not None else None
        return found or {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.addr = (str(peer[0]), int(peer[1]))
        self.heard_s = asyncio.get_running_loop().time()
        self.fault = self._owner.admit(self)
        if self.fault:
            log.warning("%s of %s refused: %s", self._owner.scheme, self.addr[0], self.fault)
            self._transport.abort()
            return
        self._transport.set_write_buffer_limits(high=_MAX_UNSENT_BYTES)
        if self.name is None:
            self._await_message()

    def _await_message(self) -> None:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(_MESSAGE_WITHIN_S, self._too_slow)

    def _too_slow(self) -> None:
        log.warning("TCP from %s closed: no whole message within %.0f s", self.addr[0], _MESSAGE_WITHIN_S)
        self.close()

    def data_received(self, data: bytes) -> None:
        if self.fault:
            return
        self.heard_s = asyncio.get_running_loop().time()
        try:
            messages = self._framer.feed(data)
        except BadFraming as error:
            log.warning("TCP from %s closed: %s", self.addr[0], error)
            self.close()
            return
        if messages and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._framer.is_midway:
            self._await_message()
        for message in messages:
            self._owner.receive(message, self.addr)

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def pause_writing(self) -> None:
        log.warning("TCP from %s closed: it does not read what is sent", self.addr[0])
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._owner.lost(self)


@dataclass
class Tcp(SipTransport):
    """Connections that callers open, and those that we open to servers (`connect`); with `remote_addr` only one, to
    the agent there.

    A response is sent on the connection of its request. `admits` is asked for each host that connects. No two
    connections share an address, so the address identifies them.
    """

    scheme: ClassVar[str] = "TCP"

    remote_addr: tuple[str, int] | None = None
    remote_name: str = ""
    admits: Callable[[str], bool] = lambda host: True
    sources: Sources | None = None
    on_lost: Callable[[tuple[str, int]], None] | None = None
    dress: Callable[[SipResponse], None] | None = None
    _server: asyncio.Server | None = field(default=None, init=False)
    _connections: dict[tuple[str, int], StreamConnection] = field(default_factory=dict, init=False)

    async def start(self) -> None:
        """OSError if the address is taken, or the agent's does not answer within a few seconds."""
        if self.remote_addr is not None:
            await self.connect(self.remote_addr, self.remote_name)
            self.local_addr = self._connections[self.remote_addr].local_addr
        else:
            await self._listen()

    async def _listen(self) -> None:
        host, port = self.local_addr
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: StreamConnection(self), host, port, backlog=BACKLOG)
        self.local_addr = self._server.sockets[0].getsockname()[:2]

    async def connect(self, addr: tuple[str, int], name: str) -> None:
        """Connect to the server called `name`, unless it is connected. OSError, Untrusted."""
        if addr in self._connections:
            return
        connection = StreamConnection(self, name)
        await asyncio.wait_for(self._open(connection, addr), _CONNECT_WITHIN_S)
        if addr not in self._connections:
            raise Untrusted(connection.fault) if connection.fault else OSError("the connection was closed at once")

    async def _open(self, connection: StreamConnection, addr: tuple[str, int]) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: connection, *addr, local_addr=(self.local_addr[0], 0)
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections.values()):
            # The last message, a BYE, must still be sent.
            if connection._transport is not None:
                connection._transport.close()

    def has_room_for(self, host: str) -> bool:
        return len(self._connections) < _MAX_CONNECTIONS and self.admits(host)

    def admit(self, connection: StreamConnection) -> str:
        """Why the connection is refused; empty if it is not."""
        if connection.name is None and not self.has_room_for(connection.addr[0]):
            return "too many connections, or not allowed"
        fault = self.find_fault(connection)
        if not fault:
            self._connections[connection.addr] = connection
        return fault

    def find_fault(self, connection: StreamConnection) -> str:
        """What is wrong with the other side of a connection that has just been made; empty: nothing."""
        return ""

    def lost(self, connection: StreamConnection) -> None:
        if self._connections.get(connection.addr) is connection:
            del self._connections[connection.addr]
            if self.on_lost is not None:
                self.on_lost(connection.addr)

    def close_idle(self, in_use: set[tuple[str, int]]) -> None:
        """Close connections of callers that were silent for a minute and carry no call."""
        now_s = asyncio.get_running_loop().time()
        for addr, connection in list(self._connections.items()):
            if connection.name is None and addr not in in_use and now_s - connection.heard_s > _IDLE_S:
                connection.close()

    def receive(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.sources is not None and not self.sources.allows(addr[0]):
            log.warning("SIP from %s dropped: too much of it", addr[0])
            return
        self._dispatch(data, addr)

    def _dispatch(self, data: bytes, addr: tuple[str, int]) -> None:
        # The Via leads the response back to its connection, whatever the sender wrote there.
        try:
            message = SipMessage.parse(data)
            if isinstance(message, SipRequest):
                _set_via(message, received=addr[0], rport=str(addr[1]))
        except (ValueError, IndexError, KeyError, AttributeError, TypeError):
            log.warning("no SIP from %s: dropped", addr[0])
            return
        if self.on_message is not None:
            try:
                self.on_message(message, addr)
            except Exception:
                log.exception("a message from %s", addr[0])

    def send(self, message: SipRequest | SipResponse, addr: tuple[str, int]) -> None:
        connection = self._connections.get(addr)
        if connection is None:
            log.warning("%s is not connected any more: nothing can be sent to it", addr[0])
            return
        if isinstance(message, SipResponse) and self.dress is not None:
            self.dress(message)
        contact = message.get_header("contact")
        if contact and contact.endswith(">") and "transport=" not in contact:
            # Otherwise the agent would answer over UDP.
            message.headers.set_single("Contact", f"{contact[:-1]};transport={self.scheme.lower()}>")
        if isinstance(message, SipRequest):
            _set_via(message, transport=self.scheme)
        connection.send(bytes(message))


def _set_via(request: SipRequest, transport: str = "", **parameters: str) -> None:
    """Change the topmost Via. ValueError or IndexError where it cannot be read."""
    first, *rest = request.headers.get("via")
    via: Via = parse_via(first)
    via.transport = transport or via.transport
    via.params.update(parameters)
    request.headers.remove("Via")
    for value in (stringify_via(via), *rest):
        request.headers.append("Via", value)
