"""What a carrier says about the caller's number, as it comes over SIP, on both switches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.sipp import agent
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.conftest import whole_product
from tests.sip.phone import Phone

CARRIER, STRANGER = "127.0.0.3", "127.0.0.2"
DID, RINGS = "+14155550181", "+14155550182"
NODES = {
    "who": {"switch": "verstat", "case": {"failed": "out", "passed_a": "known"}, "default": "other"},
    "known": {"action": "hangup"},
    "other": {"action": "hangup"},
    "out": {"action": "suppress"},
}
_NUMBERS = iter(range(4_805_550_600, 4_805_550_699))


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    settings = {"DIGITREE_VERSTAT_TRUST": f"{CARRIER}/32"}
    with whole_product(tmp_path_factory.mktemp("verstat"), settings, switch=request.param) as running:
        assign(running, DID, NODES)
        yield running


def assign(target: Target, did: str, nodes: dict[str, Any]) -> None:
    menu = target.http.post("/ivr", json={"name": "m", "nodes": nodes}).raise_for_status().json()
    target.http.post(f"/ivr/{menu['id']}/assign", json={"did": did}).raise_for_status()


def called(
    target: Target, identity: str = "", headers: dict[str, str] | None = None, ip: str = CARRIER, did: str = DID
) -> dict[str, Any]:
    """The record of a call from this address, by a number that stands for `{n}` in what it sends."""
    number = f"+1{next(_NUMBERS)}"
    sent = {name: value.format(n=number) for name, value in (headers or {}).items()}
    stated = identity.format(n=number)
    with Phone(split_host_port(target.sip), ip=ip, number=number, identity=stated) as phone:
        assert phone.dial(did, sent) == 200
        assert phone.far_side_hung_up.wait(40)
    found: list[dict[str, Any]] = []

    def has_ended() -> bool:
        record = target.find_call(number)
        found[:] = [record] if record and record["outcome"] else []
        return bool(found)

    wait_until(has_ended, 20, "the call record is there")
    return found[0]


@pytest.mark.parametrize(
    ("identity", "headers", "verdict"),
    [
        ("", {"P-Asserted-Identity": "<sip:{n}@sip.telnyx.com;verstat=TN-Validation-Passed>"}, "passed_a"),
        ("", {"P-Asserted-Identity": '"Doe, Ann" <sip:{n};verstat=TN-Validation-Passed-B@192.0.2.1>'}, "passed_b"),
        ("", {"P-Asserted-Identity": "<sip:{n};verstat=TN-Validation-Passed-C@x.example>, <tel:{n}>"}, "passed_c"),
        ("", {"P-Asserted-Identity": "<sip:+14805559999@x.example;verstat=TN-Validation-Passed-A>"}, None),
        ("", {"P-Asserted-Identity": "<tel:{n};verstat=TN-Validation-Passed-A>"}, "passed_a"),
        # FreeSWITCH keeps the first of several.
        ("", {"P-Asserted-Identity": "<sip:{n}@x.example>, <tel:{n};verstat=TN-Validation-Passed-A>"}, None),
        ("<sip:{n};verstat=No-TN-Validation@x.example>", {}, "not_verified"),
        ("<sip:{n}@x.example;user=phone;verstat=TN-Validation-Passed>", {}, "passed"),
        ("<tel:{n};verstat=TN-Validation-Passed-A>", {}, "passed_a"),
        ("", {"X-Twilio-VerStat": "TN-Validation-Passed-A-Diverted"}, "passed_a"),
        ("", {"X-Plivo-Stir-Verification": "Not Verified"}, "not_verified"),
        ("", {}, None),
    ],
)
def test_a_verdict_of_a_carrier_is_read_however_it_comes(
    target: Target, identity: str, headers: dict[str, str], verdict: str | None
) -> None:
    record = called(target, identity, headers)
    assert record["verstat"] == verdict
    (choice, end) = record["path"]
    assert choice["value"] == (verdict or "none")
    assert end["node"] == ("known" if verdict == "passed_a" else "other")


def test_nobody_else_is_believed(target: Target) -> None:
    told = {
        "P-Asserted-Identity": "<sip:{n};verstat=TN-Validation-Passed-A@x>",
        "X-Twilio-VerStat": "TN-Validation-Failed",
    }
    record = called(target, "<sip:{n};verstat=TN-Validation-Passed-A@x>", told, ip=STRANGER)
    assert (record["verstat"], record["path"][0]["value"]) == (None, "none")


def test_a_number_that_failed_is_opted_out_like_any_other_and_the_proof_says_so(target: Target) -> None:
    record = called(target, headers={"P-Asserted-Identity": "<sip:{n};verstat=TN-Validation-Failed@x>"})
    number = record["ani"]
    assert (record["outcome"], record["verstat"]) == ("opted_out", "failed")
    wait_until(lambda: target.is_suppressed(number), 20, "the number is on the do-not-call list")
    (event,) = target.http.get(f"/dnc/{number}/proof").raise_for_status().json()["events"]
    content = json.loads(event["content"])
    assert (event["verstat"], content["verstat"], content["format"]) == ("failed", "failed", 2)
    assert hashlib.sha256(event["content"].encode()).hexdigest() == event["hash"]


def test_the_agent_is_told(target: Target, tmp_path: Path) -> None:
    address = free_address()
    body = {"name": "verstat", "targets": [{"uri": f"sip:agent@{address}"}]}
    target.http.post("/agents", json=body).raise_for_status()
    assign(target, RINGS, {"go": {"action": "transfer", "agent": "verstat"}})
    forged = {"X-IVR-Verstat": "passed_a", "X-Twilio-VerStat": "TN-Validation-Passed-B"}
    with agent("busy", address, 1, tmp_path):
        assert called(target, headers=forged, did=RINGS)["verstat"] == "passed_b"
    invite = (tmp_path / "agent.messages").read_text()
    assert "X-IVR-Verstat: passed_b" in invite
    assert "passed_a" not in invite
