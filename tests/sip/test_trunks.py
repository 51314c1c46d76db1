"""Trunks on both switches: registered by their digest, changed and ended without a restart, and no call dropped."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.clients import switch as event_socket
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.secrets import Sealer, event_password
from ivr.settings import Settings
from ivr.storage.disk.switch_trunks import TrunkFiles
from keeper.trunks import TrunkKeeper
from tests.helpers import wait_until
from tests.sip.calls import answered_call
from tests.sip.conftest import SWITCHES, Switch, running
from tests.sip.phone import Phone
from tests.sip.registrar import Registrar
from tests.sip.scripted_server import ScriptedServer

SEALER = Sealer(lambda: b"of these tests")
# All that a preprocessor, XML or a dial string could take for its own.
PASSWORD = """$${switch_secret}&<>'"--><X-PRE-PROCESS#;\\${uuid}%2B"""


@pytest.fixture(scope="module", params=SWITCHES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def home(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trunks")


@pytest.fixture(scope="module")
def switch(kind: str, home: Path) -> Iterator[Switch]:
    with running(kind, home) as started:
        yield started


@pytest.fixture
def trunks() -> list[Trunk]:
    return []


@pytest.fixture
def keeper(switch: Switch, home: Path, trunks: list[Trunk]) -> TrunkKeeper:
    settings = Settings().model_copy(update={"home": home})
    client = event_socket.Switch("{}:{}".format(*switch.event), lambda: event_password(settings))
    return TrunkKeeper(lambda: trunks, SEALER, TrunkFiles.of_home(home), client)


def registered_with(registrar: Registrar, password: str = PASSWORD) -> Trunk:
    return Trunk(
        "carrier",
        registration=Registration(Host("127.0.0.1", registrar.port), 300),
        credentials=Credentials("account", SEALER.seal(password)),
    )


def test_a_trunk_is_registered_changed_and_ended_while_a_call_goes_on(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, keeper: TrunkKeeper, trunks: list[Trunk],
    home: Path,
) -> None:  # fmt: skip
    with Registrar("account", PASSWORD) as registrar, Phone(switch.sip) as caller:
        call = answered_call(server, caller, beside)
        trunks.append(registered_with(registrar))
        keeper.look()
        (first,) = wait_until(lambda: {*registrar.contacts}, 20, "it is registered")
        assert "gw+carrier.registrar." in first

        trunks[:] = [replace(trunks[0], dialled_in="to")]
        keeper.look()
        wait_until(lambda: registrar.contacts and first not in registrar.contacts, 40, "the changed one is")

        trunks.clear()
        keeper.look()
        wait_until(lambda: not registrar.contacts, 40, "it is registered no more")
        assert registrar.wrong == 0
        assert not caller.far_side_hung_up.is_set()
        call.execute("hangup")
        assert caller.far_side_hung_up.wait(20)
    assert TrunkFiles.of_home(home).gateways.stat().st_mode & 0o777 == 0o600


def test_a_second_look_registers_nothing_again(keeper: TrunkKeeper, trunks: list[Trunk]) -> None:
    with Registrar("account", "other") as registrar:
        trunks.append(registered_with(registrar, "other"))
        keeper.look()
        registered = wait_until(lambda: {*registrar.contacts}, 20, "it is registered")
        keeper.look()
        assert registrar.contacts == registered
