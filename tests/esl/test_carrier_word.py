"""Whose verdict on the caller's number counts, and where the channel data has it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from esl_server.switch.carrier_word import BelievedCarriers, verstat_of
from esl_server.switch.channel_data import ChannelData
from ivr.domain.numbers import E164
from ivr.settings import parse_networks

CALLER = E164("+14805551234")
CARRIER = BelievedCarriers(parse_networks("192.0.2.0/24, 2001:db8::/32"))
PASSED = "TN-Validation-Passed-A"


def channel(sender: str | None = "192.0.2.7", **variables: str) -> ChannelData:
    named = {name.replace("__", "-"): value for name, value in variables.items()}
    if sender is not None:
        named["sip_network_ip"] = sender
    text = "".join(f"variable_{name}: {quote(value)}\n" for name, value in named.items())
    return ChannelData(f"Unique-ID: 1\n{text}".encode())


@pytest.mark.parametrize(
    ("variables", "verdict"),
    [
        ({"sip_P__Asserted__Identity": f"<sip:{CALLER}@x;verstat={PASSED}>"}, "passed_a"),
        # a FreeSWITCH whose profile keeps the number alone
        ({"sip_P__Asserted__Identity": f"{CALLER};verstat={PASSED}"}, "passed_a"),
        ({"sip_full_from": f"<tel:{CALLER};verstat=No-TN-Validation>;tag=1"}, "not_verified"),
        # FreeSWITCH takes what stands behind the number out of From
        ({"sip_full_from": f"<sip:{CALLER}@x>;tag=1", "sip_from_user": f"{CALLER};verstat=No-TN-Validation"},
         "not_verified"),
        ({"sip_full_from": f"<sip:{CALLER}@x;verstat={PASSED}>", "sip_from_user": f"{CALLER};verstat=other"}, None),
        ({"sip_h_X__Twilio__VerStat": "TN-Validation-Failed-B"}, "failed"),
        ({"sip_h_X__Plivo__Stir__Verification": "Verified"}, "passed"),
        ({"sip_full_from": f"<sip:{CALLER}@x>;tag=1"}, None),
        ({}, None),
    ],
)
def test_a_verdict_is_read_wherever_the_switch_keeps_it(variables: dict[str, str], verdict: str | None) -> None:
    assert verstat_of(channel(**variables), CARRIER, CALLER, "US") == verdict


@pytest.mark.parametrize(
    ("sender", "is_believed"),
    [("192.0.2.7", True), ("2001:db8::7", True), ("192.0.3.7", False), ("::ffff:192.0.2.7", False), ("", False),
     ("carrier", False), (None, False)],
)  # fmt: skip
def test_only_carriers_that_were_named_are_believed(sender: str | None, is_believed: bool) -> None:
    told = channel(sender, sip_h_X__Twilio__VerStat=PASSED)
    assert CARRIER.believes(told) is is_believed
    assert verstat_of(told, CARRIER, CALLER, "US") == ("passed_a" if is_believed else None)
    assert verstat_of(told, BelievedCarriers(), CALLER, "US") is None


def test_of_a_caller_without_a_number_nothing_is_said() -> None:
    assert verstat_of(channel(sip_h_X__Twilio__VerStat=PASSED), CARRIER, None, "US") is None
