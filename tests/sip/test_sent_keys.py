"""Keys that a menu sends, as they arrive at the caller's telephone: on both switches, by events and by tones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from aiortp.codecs import get_codec

from devswitch.sip.keys import EventKeys
from devswitch.sip.tones import ToneKeys
from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.devswitch_sip.telephone import Telephone
from tests.sip.conftest import whole_product

DID = "+14155550178"
MENU = {
    "name": "door",
    "nodes": {
        "open": {"action": "send_digits", "keys": "w9*1", "next": "bye"},
        "bye": {"action": "hangup"},
    },
}


@dataclass
class DoorStation(Telephone):
    """`pressed`: the keys that reached it."""

    pressed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._sent, self._tones = EventKeys(), ToneKeys()

    def _count(self, packet: bytes) -> None:
        super()._count(packet)
        payload_type, source = packet[1] & 0x7F, int.from_bytes(packet[8:12], "big")
        if payload_type == 101:
            key = self._sent.feed(packet[12:], source, int.from_bytes(packet[4:8], "big"))
            self.pressed += [key] if key else []
        elif payload_type == 0 and not self.telephone_event:
            self.pressed += self._tones.feed(get_codec(0).decode(packet[12:]))


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("door"), switch=request.param) as running:
        menu = running.http.post("/ivr", json=MENU).raise_for_status().json()
        running.http.post(f"/ivr/{menu['id']}/assign", json={"did": DID}).raise_for_status()
        yield running


@pytest.mark.parametrize("telephone_event", [True, False], ids=["events", "tones"])
def test_the_keys_arrive_in_their_order_before_the_call_ends(target: Target, telephone_event: bool) -> None:
    with DoorStation(split_host_port(target.sip), telephone_event=telephone_event) as phone:
        assert phone.dial(DID) == 200
        assert phone.far_side_hung_up.wait(30)
        assert phone.pressed == ["9", "*", "1"]
