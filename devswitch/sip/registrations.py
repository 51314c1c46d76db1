"""Registrations with carriers and PBXs, one for each gateway that registers. In SIP's thread.

aiosipua sends REGISTER, answers its challenge and refreshes. Added here: another try after a failure or a silence,
and challenges of one realm alone.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aiosipua.auth import SipDigestAuth
from aiosipua.headers import parse_auth
from aiosipua.message import SipResponse
from aiosipua.registration import Registration, RegistrationState
from aiosipua.uac import SipUAC

from devswitch.sip.stack import USER_AGENT
from devswitch.trunk_files import Gateway
from ivr.domain.trunks.gateways import RETRY_S

log = logging.getLogger(__name__)

# Longer than REGISTER is repeated (transports).
_SILENCE_S = 10.0
_STATES = {RegistrationState.REGISTERED: "REGED", RegistrationState.FAILED: "FAIL_WAIT"}


class Registrations:
    """`host` and `port` are where calls are received; `told` hears of each final reply: gateway, status, phrase."""

    def __init__(self, uac: SipUAC, host: str, port: int, told: Callable[[str, int, str], None]) -> None:
        self._uac, self._host, self._port, self._told = uac, host, port, told
        self._running: dict[str, tuple[Gateway, asyncio.Task[None]]] = {}
        self._registered: dict[str, _Registration] = {}

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
            found.register()
        elif name in self._running:
            gateway, task = self._running[name]
            task.cancel()
            self._begin(gateway)

    def _begin(self, gateway: Gateway) -> None:
        task = asyncio.get_running_loop().create_task(self._register(gateway))
        self._running[gateway.name] = gateway, task

    def state_of(self, name: str) -> str:
        """As FreeSWITCH calls it."""
        found = self._registered.get(name)
        return _STATES.get(found.state, "TRYING") if found is not None else "TRYING"

    def close(self) -> None:
        """Unregister everywhere."""
        for name in list(self._running):
            self._end(name)

    def _end(self, name: str) -> None:
        _, task = self._running.pop(name)
        task.cancel()
        registration = self._registered.pop(name, None)
        if registration is not None:
            registration.unregister()

    async def _register(self, gateway: Gateway) -> None:
        if gateway.transport != "udp":
            log.warning("trunk %s: the development switch registers over UDP alone", gateway.name)
            return
        while True:
            try:
                await self._once(gateway)
            except OSError as error:
                log.warning("trunk %s: %s", gateway.name, error)
            await asyncio.sleep(RETRY_S)

    async def _once(self, gateway: Gateway) -> None:
        """Returns when it has failed."""
        host, port = gateway.sent_to
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        registration = self._registered[gateway.name] = _Registration(
            self._uac, gateway, (str(found[0][4][0]), port), f"sip:gw+{gateway.name}@{self._host}:{self._port}"
        )
        registration.on_registered = lambda _: self._told(gateway.name, 200, "OK")
        registration.on_failed = registration.fails(partial(self._told, gateway.name))
        registration.register()
        await registration.over()
        # Its answers are heard no more; the next one has a Call-ID of its own.
        self._uac._registrations.pop(registration.call_id, None)


class _Registration(Registration):
    def __init__(self, uac: SipUAC, gateway: Gateway, registrar: tuple[str, int], contact_uri: str) -> None:
        auth = SipDigestAuth(gateway.auth_username or gateway.username, gateway.password)
        super().__init__(
            uac,
            f"sip:{gateway.username}@{gateway.host.name}",
            registrar,
            expires=gateway.expiry_s,
            auth=auth if gateway.username else None,
            contact_uri=contact_uri,
            registrar_uri=f"sip:{gateway.host}",
            user_agent=USER_AGENT,
        )
        self._realm = gateway.realm
        self._failed = asyncio.Event()
        self.on_expired = lambda _: self._failed.set()

    def fails(self, told: Callable[[int, str], None]) -> Callable[[Registration, int, str], None]:
        def failed(_: Registration, status: int, phrase: str) -> None:
            told(status, phrase)
            self._failed.set()

        return failed

    async def over(self) -> None:
        """Wait until it has failed or got no answer; a registration that is refreshed goes on."""
        while not self._failed.is_set():
            try:
                await asyncio.wait_for(self._failed.wait(), _SILENCE_S)
            except TimeoutError:
                if self.state is RegistrationState.REGISTERING and not self.granted_expires:
                    self.state = RegistrationState.FAILED
                    return

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
