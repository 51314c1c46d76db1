"""Calls out over a trunk on FreeSWITCH: to a telephone that answers, is busy, does not answer or is refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.clients import switch as event_socket
from ivr.clients.ringing import Ringer
from ivr.domain.numbers import E164
from ivr.domain.switch_proof import prove
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import SwitchWord, end_of
from ivr.domain.telephones.way_out import find_way_out
from ivr.domain.tickets import new_ticket
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Trunk
from ivr.secrets import Sealer, event_password
from ivr.settings import Settings
from ivr.storage.disk.switch_trunks import TrunkFiles
from keeper.trunks import TrunkKeeper
from launcher.freeswitch import CONFIG_DIR
from tests.sip.carrier import Carrier
from tests.sip.conftest import Switch, running_switch
from tests.sip.phone import Phone
from tests.sip.scripted_server import ScriptedServer

SEALER = Sealer(lambda: b"of these tests")
PASSWORD = "s3cret,]}|&"
OURS, THEIRS = E164("+14155550100"), E164("+14155552671")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ringing")


@pytest.fixture(scope="module")
def switch(freeswitch_program: Path, home: Path) -> Iterator[Switch]:
    with running_switch(freeswitch_program, home, lambda _: CONFIG_DIR) as running:
        yield running


class Dialling:
    """Trunks of the switch, and calls over them beside a test."""

    def __init__(self, switch: Switch, home: Path, pool: ThreadPoolExecutor) -> None:
        settings = Settings().model_copy(update={"home": home})
        address = "{}:{}".format(*switch.event)
        self._trunks: list[Trunk] = []
        client = event_socket.Switch(address, lambda: event_password(settings))
        self._keeper = TrunkKeeper(lambda: self._trunks, SEALER, TrunkFiles.of_home(home), client)
        self._ringer = Ringer(address, lambda: event_password(settings))
        self._pool = pool
        self.told: list[str] = []

    def over(self, carrier: Carrier, password: str = PASSWORD) -> Trunk:
        trunk = Trunk(
            "carrier",
            hosts=(Host("127.0.0.1", carrier.port),),
            credentials=Credentials("account", SEALER.seal(password)),
            caller_out="digits",
            numbers=(OURS,),
        )
        self._trunks[:] = [trunk]
        self._keeper.look()
        return trunk

    def ring(self, trunk: Trunk, longest_s: int = 60, ring_s: int = 45) -> tuple[Dialled, Future[SwitchWord]]:
        way = find_way_out(trunk, THEIRS)
        call = Dialled(
            str(uuid.uuid4()), way.gateways[0], way.dialled, way.caller, THEIRS, new_ticket(), longest_s, ring_s
        )
        return call, self._pool.submit(self._ringer.ring, call, self.told.append)


@pytest.fixture
def dialling(switch: Switch, home: Path, beside: ThreadPoolExecutor) -> Dialling:
    return Dialling(switch, home, beside)


def test_a_telephone_that_answers_hears_the_call_server_and_its_key_arrives(
    switch: Switch, server: ScriptedServer, dialling: Dialling, beside: ThreadPoolExecutor
) -> None:
    with Carrier(("account", PASSWORD)) as carrier:
        call, end = dialling.ring(dialling.over(carrier))
        served = server.take_call()
        channel = served.channel
        assert channel["Unique-ID"] == call.channel_uuid
        assert channel["Caller-Destination-Number"] == call.ticket
        assert channel["Caller-Caller-ID-Number"] == THEIRS
        assert channel["variable_digitree_proof"] == prove(call.channel_uuid, switch.secret)
        assert channel["variable_digitree_api"] == "true"
        assert channel["variable_media_timeout"] == "120000"
        pressed = beside.submit(served.press, 15_000, "tone_stream://%(4000,0,440)")
        assert carrier.hears()
        carrier.key("5")
        assert pressed.result(20) == "5"
        served.execute("set", "ivr_call=call_1")
        carrier.hang_up()
        said = end.result(20)
        (invite,) = carrier.invites
    assert said.call_id == "call_1"
    assert said.talked_s is not None
    assert end_of(said).result == "answered"
    assert dialling.told[-1] == "answered"
    assert invite.start.startswith(f"INVITE sip:{THEIRS[1:]}@127.0.0.1")
    assert f"sip:{OURS[1:]}@" in invite.headers["from"]


def test_a_call_ends_after_its_longest_time(server: ScriptedServer, dialling: Dialling) -> None:
    with Carrier(("account", PASSWORD)) as carrier:
        _, end = dialling.ring(dialling.over(carrier), longest_s=2)
        served = server.take_call()
        served.begin("playback", "silence_stream://-1")
        assert carrier.hung_up_on.wait(20)
        assert end.result(20).cause == "ALLOTTED_TIMEOUT"


@pytest.mark.parametrize(
    ("status", "phrase", "result", "words"),
    [
        (486, "Busy Here", "busy", "the telephone is busy (SIP 486 Busy Here)"),
        (403, "Not on\tthe list", "refused", "the carrier does not allow this call"),
        (404, "Not Found", "refused", "the carrier does not know this number"),
        (603, "Decline", "declined", "the call was declined"),
        (480, "Temporarily Unavailable", "no_answer", "cannot be reached just now"),
        (503, "Service Unavailable", "unreachable", "the carrier is in trouble (SIP 503 Service Unavailable)"),
    ],
)
def test_a_refusal_is_told_with_its_status_and_in_words(
    dialling: Dialling, server: ScriptedServer, status: int, phrase: str, result: str, words: str
) -> None:
    with Carrier(("account", PASSWORD), refuses=status, phrase=phrase) as carrier:
        _, end = dialling.ring(dialling.over(carrier))
        ended = end_of(end.result(20))
    assert (ended.result, ended.sip_status) == (result, status)
    assert words in ended.reason
    assert not server.is_called(0.1)


def test_a_carrier_sends_no_call_anywhere_else(dialling: Dialling) -> None:
    with Carrier() as elsewhere, Carrier(refuses=302, phrase="Moved", moved_to=elsewhere.address) as carrier:
        _, end = dialling.ring(dialling.over(carrier))
        ended = end_of(end.result(20))
    assert (ended.result, elsewhere.invites) == ("refused", [])
    assert ended.reason.endswith("calls go over the trunk alone (SIP 302)")


def test_a_wrong_password_is_told(dialling: Dialling) -> None:
    with Carrier(("account", PASSWORD)) as carrier:
        _, end = dialling.ring(dialling.over(carrier, "another"))
        assert end_of(end.result(20)).sip_status == 403
        assert carrier.wrong == 1


def test_a_telephone_that_is_not_answered_rings_no_longer_than_it_may(
    dialling: Dialling,
) -> None:
    with Carrier(("account", PASSWORD), rings=True) as carrier:
        _, end = dialling.ring(dialling.over(carrier), ring_s=2)
        ended = end_of(end.result(20))
        assert carrier.cancelled.wait(20)
    assert ended.result == "no_answer"
    assert dialling.told == ["ringing"]


def test_a_gateway_that_the_switch_does_not_have_is_told_at_once(dialling: Dialling) -> None:
    with Carrier() as carrier:
        trunk = dialling.over(carrier)
        _, end = dialling.ring(replace(trunk, name="other"))
        assert "the switch does not know this trunk yet" in end_of(end.result(20)).reason


def test_nobody_calls_into_the_context_of_answered_telephones(
    switch: Switch, server: ScriptedServer
) -> None:
    with Phone(switch.sip) as phone:
        assert phone.dial(new_ticket()) == 404
    assert not server.is_called(0.1)
