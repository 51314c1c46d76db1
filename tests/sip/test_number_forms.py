"""However a carrier writes a number, dialled or calling, it reaches the server and is read as the number it is."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from esl_server.switch.channel_data import ChannelData
from esl_server.switch.signalled import caller_of
from ivr.domain.numbers import parse_ani, parse_did
from tests.sip.conftest import Switch
from tests.sip.phone import Phone
from tests.sip.scripted_server import ScriptedServer

DID, CALLER = "+16025550100", "+14805551406"


def channel_data(channel: Mapping[str, str]) -> ChannelData:
    return ChannelData("".join(f"{name}: {quote(value)}\n" for name, value in channel.items()).encode())


@pytest.mark.parametrize(
    "dialled",
    [
        "+1-602-555-0100",
        "0016025550100",
        "01116025550100",
        "%2B16025550100",
        "%2b1%20(602)%20555-0100",
        "(602)555-0100",
        "602.555.0100",
        "6025550100",
        "+16025550100;otg=abc",
        "+16025550100;NPDI;RN=+16025550000",
        "16025550100;verstat=TN-Validation-Passed",
        "16025550100;x-nobody-knows=1;oli=62",
    ],
)
def test_a_number_dialled_is_read_however_it_is_written(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, dialled: str
) -> None:
    with Phone(switch.sip) as phone:
        beside.submit(phone.dial, dialled)
        call = server.take_call()
        assert parse_did(call.channel["Caller-Destination-Number"]) == DID
        call.execute("hangup")


@pytest.mark.parametrize(
    "calling",
    [
        "+1-480-555-1406",
        "%2B14805551406",
        "(480)%20555-1406",
        "00%201%20480%20555%201406",
        "0014805551406",
        "480.555.1406",
        "4805551406",
        "+14805551406;verstat=TN-Validation-Passed-A",
        "+14805551406;NPDI;Oli=0",
    ],
)
def test_a_callers_number_is_read_however_it_is_written(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, calling: str
) -> None:
    with Phone(switch.sip, number=calling) as phone:
        beside.submit(phone.dial, DID)
        call = server.take_call()
        assert parse_ani(call.channel["Caller-Caller-ID-Number"]) == CALLER
        call.execute("hangup")


@pytest.mark.parametrize(
    "identity",
    [
        "<tel:+14805551406>",
        '"Joe" <TEL:+1-480-555-1406;npdi>',
        "tel:+14805551406",
        "<tel:5551406;phone-context=+1480>",
        "<sip:5551406;phone-context=+1480@carrier.example;user=phone>",
        "<sip:+14805551406;phone-context=+1@carrier.example;user=phone>",
    ],
)
def test_a_callers_number_is_read_from_a_tel_address_and_with_its_context(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, identity: str
) -> None:
    """RFC 3966."""
    with Phone(switch.sip, identity=identity) as phone:
        beside.submit(phone.dial, DID)
        call = server.take_call()
        assert caller_of(channel_data(call.channel), "US")[0] == CALLER
        call.execute("hangup")


@pytest.mark.parametrize(
    "calling",
    ["+266696687", "+7378742833", "+86282452253", "0000000000", "1111111111", "2562533", "5551234", "anonymous"],
)
def test_a_placeholder_is_no_callers_number(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, calling: str
) -> None:
    with Phone(switch.sip, number=calling) as phone:
        beside.submit(phone.dial, DID)
        call = server.take_call()
        assert parse_ani(call.channel["Caller-Caller-ID-Number"]) is None
        call.execute("hangup")


@pytest.mark.parametrize(
    "dialled",
    [
        "+16025550100;x=${system(id)}",
        "+16025550100;x=`id`",
        "+16025550100;x=$1",
        "+16025550100|x",
        "+16025550100${uuid}",
        "admin16025550100",
    ],
)
def test_what_no_carrier_writes_gets_404_without_a_server(
    switch: Switch, server: ScriptedServer, dialled: str
) -> None:
    with Phone(switch.sip) as phone:
        assert phone.dial(dialled) == 404
        assert not server.is_called(within_s=0.2)
