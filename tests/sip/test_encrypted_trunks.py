"""Trunks over TCP and TLS: registered by their digest, calls out over them, and encrypted sound or no call."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest

from ivr.clients import switch as event_socket
from ivr.clients.gateway_watch import GatewayWatch
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.srtp import Srtp
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.secrets import Sealer, event_password
from ivr.settings import Settings
from ivr.storage.disk.switch_trunks import TrunkFiles
from keeper.left_registrations import LeftRegistrations
from keeper.trunks import TrunkKeeper
from tests.certificates import Authority
from tests.helpers import wait_until
from tests.sip.calls import answered_call
from tests.sip.conftest import SWITCHES, Switch, running
from tests.sip.phone import Phone
from tests.sip.scripted_server import ScriptedServer
from tests.sip.srtp_media import SrtpMedia, new_key
from tests.sip.stream_carrier import StreamCarrier

ROOT, OTHER = Authority("root"), Authority("other")
HOST, ACCOUNT, PASSWORD = "127.0.0.1", "account", "5up3r-s3cret"
SEALER = Sealer(lambda: b"of these tests")
NUMBER = "+14155550111"


@pytest.fixture(scope="module", params=SWITCHES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def home(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encrypted-trunks")


@pytest.fixture(scope="module")
def switch(kind: str, home: Path) -> Iterator[Switch]:
    roots = home / "roots.pem"
    roots.write_text(ROOT.pem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITREE_TLS_CA", str(roots))
        with running(kind, home) as started:
            yield started


class Kept:
    """The trunks of the switch, as the keeper has them."""

    def __init__(self, switch: Switch, home: Path) -> None:
        self._trunks: list[Trunk] = []
        self._event = "{}:{}".format(*switch.event)
        self._settings = Settings().model_copy(update={"home": home})
        client = event_socket.Switch(self._event, self._password)
        self._left = LeftRegistrations(TlsCheck(ROOT.pem))
        files = TrunkFiles.of_home(home)
        self._keeper = TrunkKeeper(lambda: self._trunks, SEALER, files, client, leave=self._left.leave)

    def _password(self) -> str:
        return event_password(self._settings)

    def close(self) -> None:
        self.keep()
        self._left.close()

    def keep(self, *trunks: Trunk) -> None:
        self._trunks[:] = trunks
        self._keeper.look()

    def statuses(self) -> dict[str, str]:
        """The state of each gateway."""
        with GatewayWatch(self._event, self._password()) as watch:
            return {each.name: each.state for each in watch.statuses()}


@pytest.fixture
def kept(switch: Switch, home: Path) -> Iterator[Kept]:
    kept = Kept(switch, home)
    yield kept
    kept.close()


def trunk(port: int, transport: Literal["tcp", "tls"] = "tls", srtp: Srtp = "off") -> Trunk:
    return Trunk(
        "carrier",
        transport=transport,
        srtp=srtp,
        registration=Registration(Host(HOST, port), 300),
        credentials=Credentials(ACCOUNT, SEALER.seal(PASSWORD)),
    )


def registered(kept: Kept, carrier: StreamCarrier, wanted: Trunk) -> str:
    """The gateway of the trunk, once it is registered."""
    kept.keep(wanted)
    wait_until(lambda: carrier.contacts, 30, "it is registered")
    wait_until(lambda: "REGED" in kept.statuses().values(), 30, "the switch says so")
    (name,) = kept.statuses()
    return name


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_trunk_is_registered_over_its_transport_and_calls_go_out_over_it(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, kept: Kept, tmp_path: Path,
    transport: Literal["tcp", "tls"],
) -> None:  # fmt: skip
    files = ROOT.write(tmp_path, HOST)
    with (
        StreamCarrier(files, (ACCOUNT, PASSWORD), over_tls=transport == "tls") as carrier,
        Phone(switch.sip) as caller,
    ):
        gateway = registered(kept, carrier, trunk(carrier.port, transport))
        (contact,) = carrier.contacts
        assert f"transport={transport}" in contact
        call = answered_call(server, caller, beside)
        call.begin("bridge", f"sofia/gateway/{gateway}/{NUMBER}")
        invite = wait_until(lambda: carrier.found("INVITE"), 20, "the carrier is called")
        assert NUMBER in invite.start
        wait_until(lambda: carrier.found("ACK"), 20, "its answer is acknowledged")
        assert carrier.wrong == 0
        caller.hang_up()
        wait_until(lambda: carrier.found("BYE"), 20, "the call over it is ended")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_the_end_of_a_registration_is_challenged_and_the_challenge_answered(
    kept: Kept, tmp_path: Path, transport: Literal["tcp", "tls"]
) -> None:
    """FreeSWITCH would not: the keeper does."""
    over_tls = transport == "tls"
    with StreamCarrier(ROOT.write(tmp_path, HOST), (ACCOUNT, PASSWORD), over_tls=over_tls) as carrier:
        registered(kept, carrier, trunk(carrier.port, transport))
        kept.keep()
        wait_until(lambda: not carrier.contacts, 20, "it is registered no more")


@pytest.mark.parametrize(
    ("authority", "name"), [(ROOT, "carrier.example"), (OTHER, HOST)], ids=["another name", "another authority"]
)
def test_nothing_is_sent_to_a_carrier_whose_certificate_does_not_count(
    kept: Kept, tmp_path: Path, authority: Authority, name: str
) -> None:
    with StreamCarrier(authority.write(tmp_path, name), (ACCOUNT, PASSWORD)) as carrier:
        kept.keep(trunk(carrier.port))
        wait_until(lambda: carrier.met, 30, "it is connected to")
        wait_until(lambda: "REGED" not in kept.statuses().values(), 30, "it is not registered")
        kept.keep()
        assert carrier.received == []


def frame() -> bytes:
    return bytes(each & 0x8F for each in os.urandom(160))


def test_the_sound_of_a_call_out_over_an_encrypted_trunk_is_encrypted_both_ways(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, kept: Kept, tmp_path: Path
) -> None:
    made: list[SrtpMedia] = []

    def answer(port: int, offer: str) -> str:
        assert "RTP/AVP" not in offer
        return made[0].answer(port, offer)

    with (
        StreamCarrier(ROOT.write(tmp_path, HOST), (ACCOUNT, PASSWORD), answer=answer) as carrier,
        Phone(switch.sip) as caller,
    ):
        made.append(SrtpMedia(carrier.rtp, new_key()))
        gateway = registered(kept, carrier, trunk(carrier.port, srtp="required"))
        call = answered_call(server, caller, beside)
        call.begin("bridge", f"sofia/gateway/{gateway}/{NUMBER}")
        wait_until(lambda: carrier.found("ACK"), 20, "the carrier has answered")
        noise = frame()
        caller.send_frames(noise, 100)
        wait_until(lambda: made[0].hear() == noise, 20, "the carrier hears the caller")
        before, deadline = caller.loud_frames, time.monotonic() + 20
        while caller.loud_frames < before + 25:
            assert time.monotonic() < deadline, "the caller hears the carrier"
            made[0].send(frame())
            time.sleep(0.02)
        caller.hang_up()


def test_a_call_that_the_carrier_would_answer_in_clear_is_ended_where_encryption_is_required(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, kept: Kept, tmp_path: Path
) -> None:
    with StreamCarrier(ROOT.write(tmp_path, HOST), (ACCOUNT, PASSWORD)) as carrier, Phone(switch.sip) as caller:
        gateway = registered(kept, carrier, trunk(carrier.port, srtp="required"))
        call = answered_call(server, caller, beside)
        call.execute("set", "continue_on_fail=true")
        noise = frame()
        caller.send_frames(noise, 50)
        call.execute("bridge", f"sofia/gateway/{gateway}/{NUMBER}")
        assert call.getvar("originate_disposition") == "INCOMPATIBLE_DESTINATION"
        with pytest.raises(TimeoutError):
            carrier.rtp.recv(2048)
        call.execute("hangup")
