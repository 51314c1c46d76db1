"""Trunks on the development switch: registered by their digest, changed and ended without a restart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.clients import switch as event_socket
from ivr.clients.gateway_watch import GatewayWatch
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.secrets import Sealer, event_password
from ivr.settings import Settings
from ivr.storage.disk.switch_trunks import TrunkFiles
from keeper.trunks import TrunkKeeper
from tests.helpers import SWITCH_SECRET, wait_until
from tests.ports import free_address
from tests.sip.phone import Phone
from tests.sip.registrar import REALM, Registrar

SEALER = Sealer(lambda: b"of these tests")
PASSWORD = """$&<>'"--#;\\${uuid}%2B"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trunks")


@pytest.fixture(scope="module")
def settings(home: Path) -> Iterator[Settings]:
    """Of a development switch that runs."""
    given = {"DIGITREE_HOME": str(home), "DIGITREE_ESL_SECRET": SWITCH_SECRET}
    given |= {name: free_address() for name in ("DIGITREE_SIP", "DIGITREE_ESL", "DIGITREE_FS_EVENT")}
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGITREE_")} | given
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        read = Settings()
    log = home / "log.txt"
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-m", "devswitch"], env=env, stdout=output, stderr=output)
    try:
        wait_until(lambda: "SIP on" in log.read_text(), 20, "the development switch listens")
        yield read
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture
def keep(settings: Settings, home: Path) -> Iterator[Callable[..., None]]:
    """These are the trunks from now on."""
    trunks: list[Trunk] = []
    client = event_socket.Switch(settings.freeswitch_event, lambda: event_password(settings))
    keeper = TrunkKeeper(lambda: trunks, SEALER, TrunkFiles.of_home(home), client)

    def now(*wanted: Trunk) -> None:
        trunks[:] = wanted
        keeper.look()

    yield now
    now()


def states(settings: Settings) -> dict[str, str]:
    with GatewayWatch(settings.freeswitch_event, event_password(settings)) as watch:
        return {each.name.partition(".")[0]: each.state for each in watch.statuses()}


def registered_with(registrar: Registrar, realm: str | None = None) -> Trunk:
    return Trunk(
        "carrier",
        registration=Registration(Host("127.0.0.1", registrar.port), 300),
        credentials=Credentials("account", SEALER.seal(PASSWORD), realm=realm),
    )


def test_a_trunk_is_registered_changed_and_ended(settings: Settings, keep: Callable[..., None]) -> None:
    with Registrar("account", PASSWORD) as registrar:
        trunk = registered_with(registrar, REALM)
        keep(trunk)
        (first,) = wait_until(lambda: {*registrar.contacts}, 20, "it is registered")
        assert "gw+carrier.registrar." in first
        wait_until(lambda: states(settings) == {"carrier": "REGED"}, 20, "the switch says so")
        keep(replace(trunk, dialled_in="to"))
        wait_until(lambda: registrar.contacts and first not in registrar.contacts, 40, "the changed one is")
        keep()
        wait_until(lambda: not registrar.contacts, 40, "it is registered no more")
        assert (registrar.wrong, states(settings)) == (0, {})


def test_no_challenge_of_another_realm_is_answered(settings: Settings, keep: Callable[..., None]) -> None:
    with Registrar("account", PASSWORD) as registrar:
        keep(registered_with(registrar, "other.example"))
        wait_until(lambda: states(settings) == {"carrier": "FAIL_WAIT"}, 20, "it is refused")
        assert (registrar.contacts, registrar.wrong) == (set(), 0)


def test_a_call_to_where_we_registered_is_to_the_number_in_to(settings: Settings) -> None:
    host, _, port = settings.sip.rpartition(":")
    with Phone((host, int(port))) as carrier:
        # No call server is there: the number was taken for one.
        assert carrier.dial("gw+carrier.registrar.0123456789", to="+14155550100") == 503
        assert carrier.dial("gw+carrier.registrar.0123456789", to="nothing") == 404
