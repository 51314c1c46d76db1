"""Agents over TLS and SRTP, with a peer that is not ours: pjsua2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.certificates import Authority
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.conftest import SWITCHES, whole_product
from tests.sip.encrypted_phone import encrypted_phone
from tests.sip.phone import Phone
from tests.sip.test_agents import call, ended, make_menu, results, send

ROOT, OTHER = Authority("root"), Authority("other")
HOST = "127.0.0.1"
_NAMES = iter(f"encrypted-{number}" for number in range(100))
_NUMBERS = iter(f"+1480777{number:04}" for number in range(100))


@pytest.fixture(scope="module", params=SWITCHES)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    directory = tmp_path_factory.mktemp("encrypted")
    roots = directory / "tls" / "roots.pem"
    roots.parent.mkdir()
    roots.write_text(ROOT.pem)
    with whole_product(directory, {"DIGITREE_TLS_CA": str(roots)}, switch=request.param) as running:
        yield running


def make_agent(target: Target, port: int, **more: Any) -> str:
    """The number of a menu that hands its callers off to such an agent, or hangs up."""
    name = next(_NAMES)
    uri = f"sip:agent@{HOST}:{port};transport=tls"
    send(target, "POST", "/agents", {"name": name, "targets": [{"uri": uri}], "no_progress_timeout_s": 2, **more})
    return make_menu(target, {"agent": name, "fallback_node": "bye"}, bye={"action": "hangup"})


def free_port() -> int:
    return split_host_port(free_address())[1]


@pytest.mark.parametrize("srtp", ["optional", "required"])
def test_caller_and_agent_hear_each_other_and_nothing_is_in_clear(target: Target, tmp_path: Path, srtp: str) -> None:
    port, number = free_port(), next(_NUMBERS)
    did = make_agent(target, port, srtp="required")
    with (
        encrypted_phone(port, ROOT.write(tmp_path, HOST), srtp) as agent,
        Phone(split_host_port(target.sip), number=number) as caller,
    ):
        assert caller.dial(did, {}) == 200
        media = wait_until(lambda: has_heard(agent.last("media"), 25), 20, "the agent hears the caller's side")
        ringing = caller.loud_frames
        wait_until(lambda: caller.loud_frames >= ringing + 25, 20, "the caller hears the agent")
        agent.hang_up()
        assert caller.far_side_hung_up.wait(20)
    # What pjsua2 can, of those that the switch has.
    assert media["suite"] in ("AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80")
    record = wait_until(lambda: ended(target, number), 20, "the call record is there")
    assert record is not None
    assert results(record) == [("answered", None)]
    assert record["agent"][0]["tls"] is None
    assert record["outcome"] == "transferred"


def has_heard(media: dict[str, Any] | None, packets: int) -> dict[str, Any] | None:
    return media if media is not None and media["heard"] >= packets else None


def test_an_agent_without_encryption_gets_no_call_that_must_have_it(target: Target, tmp_path: Path) -> None:
    port = free_port()
    did = make_agent(target, port, srtp="required")
    with encrypted_phone(port, ROOT.write(tmp_path, HOST), "off"):
        record = call(target, did)
    assert results(record) == [("error", 488)]
    assert record["path"][-1]["node"] == "bye"


@pytest.mark.parametrize(
    ("authority", "name", "days", "reason"),
    [
        (ROOT, "other.example", 30, "wrong_name"),
        (ROOT, HOST, -1, "expired"),
        (OTHER, HOST, 30, "unknown_authority"),
    ],
)
def test_a_wrong_certificate_leads_to_the_fallback_and_the_record_says_why(
    target: Target, tmp_path: Path, authority: Authority, name: str, days: int, reason: str
) -> None:
    port = free_port()
    did = make_agent(target, port, srtp="required")
    with encrypted_phone(port, authority.write(tmp_path, name, days)) as agent:
        record = call(target, did)
        assert agent.last("media") is None
    assert results(record) == [("unreachable", None)]
    assert record["agent"][0]["tls"] == reason
    assert record["path"][-1]["node"] == "bye"
