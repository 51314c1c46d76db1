"""Who calls whom by which trunk: numbers are read as the trunk writes them, and its carrier's word counts or not."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest

from esl_server.call.parties import Parties, parties_of
from esl_server.switch.carrier_word import BelievedCarriers
from esl_server.switch.channel_data import ChannelData
from ivr.domain.trunks.model import Trunk
from ivr.domain.trunks.table import PlacedTrunk, table_text
from ivr.storage.trunk_source import TrunkSource

PASSED = "TN-Validation-Passed-A"


def read(tmp_path: Path, trunk: Trunk, did: str, ani: str, sender: str = "192.0.2.7", **more: str) -> Parties:
    """The parties of a call in an installation of the United States."""
    path = tmp_path / "trunks.json"
    path.write_text(table_text([PlacedTrunk(trunk, (ip_network("192.0.2.0/24"),))]))
    source = TrunkSource(path)
    source.renew()
    said = {
        "Caller-Destination-Number": did, "Caller-Caller-ID-Number": ani,
        "variable_sip_network_ip": sender, **more,
    }  # fmt: skip
    channel = ChannelData("".join(f"{name}: {quote(value)}\n" for name, value in said.items()).encode())
    return parties_of(channel, source, BelievedCarriers(), "US")


@pytest.mark.parametrize(
    ("trunk", "ani", "caller"),
    [
        (Trunk("t", caller_in="digits", country="DE"), "14155550100", "+14155550100"),
        (Trunk("t", caller_in="digits", country="DE"), "+493012345678", "+493012345678"),
        (Trunk("t", caller_in="national", country="DE"), "03012345678", "+493012345678"),
        (Trunk("t", caller_in="national", country="DE"), "+14155550100", "+14155550100"),
        (Trunk("t", caller_in="national", country="US"), "4155550100", "+14155550100"),
        (Trunk("t", caller_in="digits", country="US"), "anonymous", None),
        (Trunk("t", caller_in="digits", country="US"), "4155550100", "+14155550100"),
        (Trunk("t", caller_in="e164", country="GB"), "02079460958", "+442079460958"),
    ],
)
def test_callers_are_read_as_the_trunk_writes_them(
    tmp_path: Path, trunk: Trunk, ani: str, caller: str | None
) -> None:
    parties = read(tmp_path, trunk, "+14155550101", ani)
    assert (parties.ani, parties.ani_raw, parties.trunk) == (caller, ani, trunk)


def test_a_number_dialled_is_of_the_trunks_country(tmp_path: Path) -> None:
    assert read(tmp_path, Trunk("t", country="DE"), "03012345678", "anonymous").did == "+493012345678"
    elsewhere = read(tmp_path, Trunk("t", country="DE"), "4155550101", "anonymous", sender="198.51.100.1")
    assert (elsewhere.did, elsewhere.trunk) == ("+14155550101", None)


def test_the_verdict_of_a_trunk_counts_where_it_is_to(tmp_path: Path) -> None:
    said = {"variable_sip_h_X-Twilio-VerStat": PASSED}
    believed, other = Trunk("t", trust_verstat=True), Trunk("t", trust_identity=True)
    assert read(tmp_path, believed, "+14155550101", "+14805551234", **said).verstat == "passed_a"
    assert read(tmp_path, other, "+14155550101", "+14805551234", **said).verstat is None
    stranger = read(tmp_path, believed, "+14155550101", "+14805551234", sender="198.51.100.1", **said)
    assert stranger.verstat is None


def test_a_test_call_came_by_no_trunk(tmp_path: Path) -> None:
    assert read(tmp_path, Trunk("t"), "test-" + "0" * 32, "+14805551234").trunk is None


def test_a_table_that_is_half_written_or_gone_leaves_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "trunks.json"
    source = TrunkSource(path)
    source.renew()
    assert not source.table
    path.write_text(table_text([PlacedTrunk(Trunk("known"), (ip_network("192.0.2.0/24"),))]))
    source.renew()
    path.write_text("[{")
    source.renew()
    path.unlink()
    source.renew()
    assert source.table.named("known") is not None
    path.write_text(json.dumps([]))
    source.renew()
    assert not source.table
