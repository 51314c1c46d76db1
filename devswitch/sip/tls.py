"""SIP over TLS 1.2 and 1.3, with the files that FreeSWITCH's TLS reads, and whose certificate counts as there.

A peer that we call must show a certificate of a known authority for the host that was dialled. Callers need none,
unless names are required of them (mutual TLS). Strangers are turned away before the handshake, which is what costs.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from devswitch.sip.transports import BACKLOG, StreamConnection, Tcp, Untrusted
from ivr.domain.tls_verdicts import names_of

log = logging.getLogger(__name__)

CERTIFICATE, AUTHORITIES = "agent.pem", "cafile.pem"
# As in dialplan/freeswitch/vars.xml.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL"
_HANDSHAKE_S = 10.0
_MAX_HANDSHAKES = 50
# No descriptor is free, for instance.
_REST_S = 1.0


@dataclass(frozen=True)
class TlsKeys:
    """`callers`: names, one of which a caller's certificate must have; none: callers need no certificate. `by_name`
    False: the certificate of a peer that we call may be for any name."""

    listening: ssl.SSLContext
    calling: ssl.SSLContext
    callers: frozenset[str] = frozenset()
    by_name: bool = True

    @classmethod
    def read(cls, directory: Path, callers: frozenset[str] = frozenset(), *, by_name: bool = True) -> TlsKeys:
        """OSError, which ssl.SSLError is, too, for files that cannot be used."""
        listening, calling = (
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )
        calling.check_hostname = False  # `Tls.admit` does, for the names that FreeSWITCH takes
        for context in (listening, calling):
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(_CIPHERS)
            context.load_cert_chain(directory / CERTIFICATE)
            context.load_verify_locations(directory / AUTHORITIES)
        if callers:
            listening.verify_mode = ssl.CERT_REQUIRED
        return cls(listening, calling, frozenset(name.lower() for name in callers), by_name)


@dataclass
class Tls(Tcp):
    """Tcp over TLS. The `name` of `connect` is the one that the certificate must have."""

    scheme: ClassVar[str] = "TLS"

    keys: TlsKeys | None = None
    _listening: socket.socket | None = field(default=None, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    async def _listen(self) -> None:
        self._listening = socket.create_server(self.local_addr, backlog=BACKLOG)
        self._listening.setblocking(False)
        self.local_addr = self._listening.getsockname()[:2]
        self._begin(self._accept(self._listening))

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._listening is not None:
            self._listening.close()
        await super().stop()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                plain, addr = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("TLS: %s", error)
                await asyncio.sleep(_REST_S)
                continue
            if len(self._tasks) > _MAX_HANDSHAKES or not self.has_room_for(addr[0]):
                log.warning("TLS from %s refused: too many connections, or not allowed", addr[0])
                plain.close()
                continue
            self._begin(self._shake_hands(plain, addr[0]))

    async def _shake_hands(self, plain: socket.socket, host: str) -> None:
        keys = self._keys()
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: StreamConnection(self), plain, ssl=keys.listening, ssl_handshake_timeout=_HANDSHAKE_S
            )
        except OSError as error:
            log.warning("TLS from %s: no handshake: %s", host, error)

    async def _open(self, connection: StreamConnection, addr: tuple[str, int]) -> None:
        # No name is said (SNI), as FreeSWITCH says none.
        local, keys = (self.local_addr[0], 0), self._keys()
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: connection, *addr, local_addr=local, ssl=keys.calling, server_hostname=""
            )
        except ssl.SSLError as error:
            raise Untrusted(error.reason or "no handshake") from error

    def _keys(self) -> TlsKeys:
        if self.keys is None:
            raise OSError("no certificate: TLS is off")
        return self.keys

    def find_fault(self, connection: StreamConnection) -> str:
        keys = self._keys()
        if connection.name is None:
            wanted = keys.callers
        else:
            wanted = frozenset([connection.name.lower()] if keys.by_name else [])
        if not wanted or wanted & names_of(connection.certificate()):
            return ""
        return f"its certificate is not for {' or '.join(sorted(wanted))}"
