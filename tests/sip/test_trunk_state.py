"""How trunks stand, as the switch tells it: registered, refused with the reason, and silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clients import switch as event_socket
from ivr.clients.gateway_watch import GatewayWatch
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.secrets import Sealer, event_password
from ivr.settings import Settings
from ivr.storage.disk.switch_trunks import TrunkFiles
from ivr.storage.disk.trunk_states import read_states
from keeper.trunk_watch import TrunkWatch
from keeper.trunks import TrunkKeeper
from tests.helpers import wait_until
from tests.sip.conftest import SWITCHES, Switch, running
from tests.sip.registrar import Registrar

SEALER = Sealer(lambda: b"of these tests")


@pytest.fixture(scope="module", params=SWITCHES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def home(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.fixture(scope="module")
def switch(kind: str, home: Path) -> Iterator[Switch]:
    with running(kind, home) as started:
        yield started


def trunk(name: str, port: int, password: str) -> Trunk:
    registration = Registration(Host("127.0.0.1", port), 300)
    return Trunk(name, registration=registration, credentials=Credentials("account", SEALER.seal(password)))


def test_a_registration_stands_and_a_refused_one_has_its_status(switch: Switch, home: Path) -> None:
    settings = Settings().model_copy(update={"home": home})
    address, password = "{}:{}".format(*switch.event), event_password(settings)
    states = home / "states.json"
    with Registrar("account", "right") as registrar:
        trunks = [trunk("right", registrar.port, "right"), trunk("wrong", registrar.port, "wrong")]
        watch = TrunkWatch(lambda: trunks, lambda: GatewayWatch(address, password), states, lambda _: None)
        with GatewayWatch(address, password) as connection:
            client = event_socket.Switch(address, lambda: password)
            TrunkKeeper(lambda: trunks, SEALER, TrunkFiles.of_home(home), client).look()

            def stands() -> bool:
                watch.look(connection)
                known = read_states(states)
                return known["right"].standing == "registered" and known["wrong"].refusal is not None

            wait_until(stands, 40, "both are known")
            known = read_states(states)
            assert known["right"].refusal is None
            assert known["wrong"].standing in ("refused", "trying")
            assert known["wrong"].refusal is not None
            assert known["wrong"].refusal.status == 403
            trunks.clear()
            watch.look(connection)
            assert read_states(states) == {}
