"""What is repeated until it is acknowledged, and what is kept of a call that is over: nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest
from aiosipua import transaction

from devswitch.sip.endpoint import SipEndpoint, SipLimits
from tests.devswitch_sip.telephone import Telephone
from tests.devswitch_sip.test_hostile import DID, request
from tests.helpers import wait_until
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer


def test_refusal_of_a_cancelled_call_is_repeated_until_it_is_acknowledged(
    switch: Switch, server: ScriptedServer
) -> None:
    with Telephone(switch.sip) as phone:
        invite = phone.invite_without_waiting(DID)
        call = server.take_call()
        phone.cancel()
        wait_until(lambda: sum(message.status == 487 for message in phone.received) >= 2, 5, "a second 487")
        phone.send_raw(invite)
        assert not server.is_called(within_s=0.2)
        reply = next(message for message in phone.received if message.status == 487)
        phone.acknowledge(reply)
        call.drop()


def test_answer_that_nobody_acknowledges_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "T1", 0.05)
    monkeypatch.setattr(transaction, "TIMER_H", 1)

    async def run() -> list[bytes]:
        endpoint = SipEndpoint(_NoCrossing(), lambda invitation, leg: leg.answer(), SipLimits())  # type: ignore[arg-type]
        await endpoint.start("127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        came: list[bytes] = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            sock.setblocking(False)
            port = sock.getsockname()[1]
            await loop.sock_sendto(sock, request(port=port), (endpoint.host, endpoint.port))
            async with asyncio.timeout(20):
                while not came or not came[-1].startswith(b"BYE"):
                    came.append(await loop.sock_recv(sock, 65536))
        assert not endpoint.legs
        assert not any(uas._calls or uas._last for uas in endpoint.sides)
        await endpoint.stop()
        return came

    came = asyncio.run(run())
    assert sum(b" 200 OK" in data for data in came) >= 3


class _NoCrossing:
    """Both sides in one thread."""

    def to_switch(self, function: Callable[..., object], *args: object) -> None:
        function(*args)
