"""Registrations with carriers and PBXs, one for each gateway that registers. In SIP's thread.

aiosipua sends REGISTER, answers its challenge and refreshes. Added here: another try after a failure or a silence,
challenges of one realm alone, and the connection over which TCP and TLS register, opened again where it was lost.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from aiosipua.auth import SipDigestAuth
from aiosipua.headers import parse_auth
from aiosipua.message import SipResponse
from aiosipua.registration import Registration, RegistrationState

from devswitch.sip.stack import USER_AGENT, Uac
from devswitch.sip.transports import Tcp, Untrusted
from devswitch.trunk_files import Gateway
from ivr.domain.trunks.gateways import RETRY_S

log = logging.getLogger(__name__)

# Longer than REGISTER is repeated (transports).
_SILENCE_S = 10.0
_LEAVE_WITHIN_S = 2.0
_STATES = {RegistrationState.REGISTERED: "REGED", RegistrationState.FAILED: "FAIL_WAIT"}
_SILENT, _UNREACHABLE = (408, "Request Timeout"), (503, "Service Unavailable")


class Registrations:
    """`uacs` by their transport: calls are received where they send from. `told` hears of each final reply: gateway,
    status, phrase."""

    def __init__(self, uacs: Mapping[str, Uac], told: Callable[[str, int, str], None]) -> None:
        self._uacs, self._told = uacs, told
        self._running: dict[str, tuple[Gateway, asyncio.Task[None]]] = {}
        self._registered: dict[str, _Registration] = {}
        self._unreachable: set[str] = set()
        self._leaving: set[asyncio.Task[None]] = set()

    def keep(self, gateways: Sequence[Gateway]) -> None:
        """Begin those that are new, and end those that are not among these."""
        wanted = {each.name: each for each in gateways if each.registers}
        for name in [name for name, (known, _) in self._running.items() if wanted.get(name) != known]:
            self._end(name)
        for name, gateway in wanted.items():
            if name not in self._running:
                self._begin(gateway)

    def register(self, name: str) -> None:
        """Now, whether it is registered or waits for another try."""
        found = self._registered.get(name)
        if found is not None and found.state is RegistrationState.REGISTERED:
            found.refresh()
        elif name in self._running:
            gateway, task = self._running[name]
            task.cancel()
            self._begin(gateway)

    def _begin(self, gateway: Gateway) -> None:
        task = asyncio.get_running_loop().create_task(self._register(gateway))
        self._running[gateway.name] = gateway, task

    def state_of(self, name: str) -> str:
        """As FreeSWITCH calls it."""
        if name in self._unreachable:
            return "FAIL_WAIT"
        found = self._registered.get(name)
        return _STATES.get(found.state, "TRYING") if found is not None else "TRYING"

    async def close(self) -> None:
        """Unregister everywhere."""
        for name in list(self._running):
            self._end(name)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=_LEAVE_WITHIN_S)

    def _end(self, name: str) -> None:
        _, task = self._running.pop(name)
        task.cancel()
        self._unreachable.discard(name)
        registration = self._registered.pop(name, None)
        if registration is not None:
            leaving = asyncio.get_running_loop().create_task(registration.leave())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _register(self, gateway: Gateway) -> None:
        while True:
            try:
                await self._once(gateway)
            except Untrusted as error:
                # As FreeSWITCH, which says nothing of it: the keeper looks for itself what is wrong.
                log.warning("trunk %s is sent nothing: %s", gateway.name, error)
            except OSError as error:
                log.warning("trunk %s: %s", gateway.name, error)
                self._unreachable.add(gateway.name)
                self._told(gateway.name, *_UNREACHABLE)
            await asyncio.sleep(RETRY_S)

    async def _once(self, gateway: Gateway) -> None:
        """Returns when it has failed. OSError where the registrar cannot be reached, Untrusted."""
        uac = self._uacs.get(gateway.transport)
        if uac is None:
            raise OSError(f"this switch has no {gateway.transport.upper()}")
        host, port = gateway.sent_to
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        registration = _Registration(uac, gateway, (str(found[0][4][0]), port))
        await registration.reach()
        self._unreachable.discard(gateway.name)
        self._registered[gateway.name] = registration
        registration.on_registered = lambda _: self._told(gateway.name, 200, "OK")
        registration.on_failed = registration.fails(partial(self._told, gateway.name))
        registration.register()
        try:
            await registration.over()
        except TimeoutError:
            self._told(gateway.name, *_SILENT)
        registration.forget()


class _Registration(Registration):
    def __init__(self, uac: Uac, gateway: Gateway, registrar: tuple[str, int]) -> None:
        auth = SipDigestAuth(gateway.auth_username or gateway.username, gateway.password)
        host, port = uac.transport.local_addr
        over = "" if gateway.transport == "udp" else f";transport={gateway.transport}"
        super().__init__(
            uac,
            f"sip:{gateway.username}@{gateway.host.name}",
            registrar,
            expires=gateway.expiry_s,
            auth=auth if gateway.username else None,
            contact_uri=f"sip:gw+{gateway.name}@{host}:{port}{over}",
            registrar_uri=f"sip:{gateway.host}{over}",
            user_agent=USER_AGENT,
        )
        self._realm = gateway.realm
        self._name = gateway.sent_to[0]
        self._failed = asyncio.Event()
        self._left = asyncio.Event()
        self.on_expired = lambda _: self._failed.set()

    async def reach(self) -> None:
        """Connect, where the transport needs that. OSError."""
        if isinstance(self.uac.transport, Tcp):
            await self.uac.transport.connect(self.registrar, self._name)

    def refresh(self) -> None:
        self._cancel_timers()
        self._refresh_task = asyncio.get_running_loop().create_task(self._refresh_after(0))

    def fails(self, told: Callable[[int, str], None]) -> Callable[[Registration, int, str], None]:
        def failed(_: Registration, status: int, phrase: str) -> None:
            told(status, phrase)
            self._failed.set()

        return failed

    async def over(self) -> None:
        """Wait until it has failed; a registration that is refreshed goes on. TimeoutError if there was no answer."""
        while not self._failed.is_set():
            try:
                await asyncio.wait_for(self._failed.wait(), _SILENCE_S)
            except TimeoutError:
                if self.state is RegistrationState.REGISTERING and not self.granted_expires:
                    self.state = RegistrationState.FAILED
                    raise

    async def leave(self) -> None:
        """Unregister, and answer the challenge of that."""
        self._cancel_timers()
        self.on_registered = self.on_failed = self.on_expired = None
        try:
            await asyncio.wait_for(self._leave(), _LEAVE_WITHIN_S)
        except OSError as error:
            log.info("%s is not told that %s left: %s", self.registrar[0], self.contact_uri, error or "no answer")
        self.forget()

    async def _leave(self) -> None:
        await self.reach()
        self.unregister()
        await self._left.wait()

    def forget(self) -> None:
        """Hear no more answers; the next registration has a Call-ID of its own."""
        self._cancel_timers()
        self.uac._registrations.pop(self.call_id, None)

    def _on_success(self, response: SipResponse) -> None:
        super()._on_success(response)
        if self._unregistering:
            self._left.set()

    def _fail(self, status: int, reason: str) -> None:
        super()._fail(status, reason)
        self._left.set()

    async def _refresh_after(self, delay: float) -> None:
        await asyncio.sleep(delay)
        try:
            await self.reach()
        except OSError as error:
            log.warning("%s: %s", self.registrar[0], error)
            self._fail(*_UNREACHABLE)
            return
        await super()._refresh_after(0)

    def _retry_with_auth(self, response: SipResponse, status: int) -> bool:
        header = response.get_header("www-authenticate" if status == 401 else "proxy-authenticate") or ""
        if self._realm and _realm_of(header) != self._realm:
            return False
        return super()._retry_with_auth(response, status)


def _realm_of(challenge: str) -> Any:
    try:
        return parse_auth(challenge).params.get("realm")
    except (ValueError, IndexError):
        return None
