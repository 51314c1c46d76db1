"""How keys come on calls of a trunk (`dtmf`): the way that it says counts, whatever its offer has."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest

from ivr.domain.trunks.model import Dtmf, Trunk
from ivr.domain.trunks.table import PlacedTrunk, lists_text
from ivr.storage.disk.switch_trunks import TrunkFiles, put
from launcher.freeswitch import CONFIG_DIR
from tests.sip.conftest import Switch, running_switch
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_first_keys import Eager, first_question

NO_KEY = "-ERR command not found"


@pytest.fixture(scope="module", params=["info", "inband", "rfc4733"])
def dtmf(request: pytest.FixtureRequest) -> Dtmf:
    way: Dtmf = request.param
    return way


@pytest.fixture(scope="module")
def switch(freeswitch_program: Path, tmp_path_factory: pytest.TempPathFactory, dtmf: Dtmf) -> Iterator[Switch]:
    """Calls of this machine are those of a trunk."""
    home = tmp_path_factory.mktemp(dtmf)
    trunk = PlacedTrunk(Trunk("carrier", dtmf=dtmf), (ip_network("127.0.0.1/32"),))
    put(TrunkFiles.of_home(home).networks, lists_text([trunk]))
    with running_switch(freeswitch_program, home, lambda _: CONFIG_DIR) as running:
        yield running


@pytest.mark.parametrize("way", ["send_info", "send_tone"])
def test_a_key_that_is_no_event_counts_if_the_trunk_sends_it_so(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, dtmf: Dtmf, way: str
) -> None:
    """Events, which come although they were not accepted, count with every trunk."""
    counts = (dtmf, way) in {("info", "send_info"), ("inband", "send_tone")}
    with Eager(switch.sip) as phone:
        phone.way, phone.after_s = way, 0.0
        assert first_question(switch, server, beside, phone, "prepared") == ("5" if counts else NO_KEY)
        (answer,) = {each.body for each in phone.received if each.status == 200 and "m=audio" in each.body}
    assert ("telephone-event" in answer) == (dtmf == "rfc4733")
