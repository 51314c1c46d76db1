"""SIPp as the agent of the development switch: it behaves as on FreeSWITCH (tests/sip/test_agents.py)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devswitch.sip.rtp import _QUIET
from sipp_scenarios.sipp import agent
from tests.devswitch_sip.telephone import Telephone
from tests.ports import free_address
from tests.sip.calls import DID, answered_call
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedCall, ScriptedServer

LIMITS = "execute_on_answer=sched_hangup +4 ALLOTTED_TIMEOUT"
HEARD = "execute_on_answer_listen=execute_extension agent-listen,ivr_silent_s=2"


def bridged(call: ScriptedCall, address: str, *variables: str) -> None:
    call.execute("set", "continue_on_fail=true")
    call.execute("bridge", f"{{{','.join(variables)}}}sofia/digitree/agent@{address}")


@pytest.mark.parametrize(
    ("sound", "cause"),
    [("silent", "MEDIA_TIMEOUT"), ("sends_silence", "MEDIA_TIMEOUT"), ("talks", "ALLOTTED_TIMEOUT")],
)
def test_a_silent_agent_is_taken_back_and_a_talk_has_its_limit(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path, sound: str, cause: str
) -> None:
    address = free_address()
    with Telephone(switch.sip) as phone, agent(sound, address, 1, tmp_path) as problems:
        call = answered_call(server, phone, beside)
        bridged(call, address, LIMITS, HEARD)
        assert call.getvar("originate_disposition") == "SUCCESS"
        assert call.getvar("last_bridge_hangup_cause") == cause
        call.execute("hangup")
    assert problems == []


def test_agent_that_sends_nothing_more_is_taken_back(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path
) -> None:
    address = free_address()
    with Telephone(switch.sip) as phone, agent("vanishes", address, 1, tmp_path) as problems:
        call = answered_call(server, phone, beside)
        bridged(call, address, "media_timeout=1000", "media_hold_timeout=60000")
        assert call.getvar("last_bridge_hangup_cause") == "MEDIA_TIMEOUT"
        assert phone.loud_frames >= 50
        call.execute("hangup")
    assert problems == []


def test_what_an_agent_says_of_the_call_becomes_variables(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path
) -> None:
    address = free_address()
    with Telephone(switch.sip) as phone, agent("returns_result", address, 1, tmp_path) as problems:
        call = answered_call(server, phone, beside)
        bridged(call, address)
        assert call.getvar("sip_rh_X-IVR-Result") == "booked"
        assert call.getvar("ivr_agent_result") == "dnc"
        call.execute("hangup")
    assert problems == []


@pytest.mark.parametrize(
    ("known", "cause"),
    [((), "MANDATORY_IE_MISSING"), (("sip_auth_username=me", "sip_auth_password=wrong"), "NORMAL_UNSPECIFIED")],
)
def test_who_takes_no_password_is_not_had_and_tells_no_status(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path, known: tuple[str, ...],
    cause: str,
) -> None:  # fmt: skip
    address = free_address()
    with Telephone(switch.sip) as phone, agent("refuses_password", address, 1, tmp_path):
        call = answered_call(server, phone, beside)
        bridged(call, address, *known)
        assert call.getvar("originate_disposition") == cause
        assert call.getvar("last_bridge_proto_specific_hangup_cause") is None
        call.execute("hangup")


def test_a_challenge_is_answered_with_the_headers_and_the_codecs_of_the_first_invite(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path
) -> None:
    address = free_address()
    known = ("sip_auth_username=me", "sip_auth_password=pass+word", "absolute_codec_string=PCMA")
    with Telephone(switch.sip) as phone, agent("challenges", address, 1, tmp_path) as problems:
        call = answered_call(server, phone, beside)
        bridged(call, address, *known, "sip_h_X-IVR-Call-Id=call_1")
        assert call.getvar("originate_disposition") == "SUCCESS"
        call.execute("hangup")
    assert problems == []
    told = (tmp_path / "agent.messages").read_text()
    second = told[told.rindex("INVITE sip:agent@") :]
    assert "Proxy-Authorization: Digest" in second
    assert "X-IVR-Call-Id: call_1" in second
    assert "RTP/AVP 8 101" in second
    assert "pass+word" not in told


def test_every_header_in_underscore_style_reaches_the_agent_and_the_caller_is_vouched_for(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path
) -> None:
    address, number = free_address(), "+14805551234"
    ours = {"Call_Id": "call_1", "Flow": "ivr_1/1", "Outcome": "qualified", "Elapsed": "0"}
    ours |= {"Caller": number, "Called": DID}
    others = (f"Diversion=<tel:{DID}>;reason=unconditional", "User-to-User=04aa;encoding=hex")
    sent = [f"sip_h_X-IVR_{name}={value}" for name, value in ours.items()] + [f"sip_h_{each}" for each in others]
    with Telephone(switch.sip) as phone, agent("all_headers", address, 1, tmp_path) as problems:
        call = answered_call(server, phone, beside)
        bridged(call, address, f"origination_caller_id_number={number}", "sip_cid_type=pid", *sent)
        call.execute("hangup")
    assert problems == []


def test_a_peer_vouches_for_nobody_unless_it_is_trusted(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        status = beside.submit(phone.dial, "+14155550100", {"P-Asserted-Identity": "<sip:+19995550000@192.0.2.1>"})
        call = server.take_call()
        assert call.channel["Caller-Caller-ID-Number"] == phone.number
        call.execute("answer")
        assert status.result(20) == 200
        call.execute("hangup")


def test_the_silence_of_both_codecs_is_quiet() -> None:
    assert 0xFF in _QUIET[0]
    assert 0xD5 in _QUIET[8]
    assert all(4 < len(codes) < 32 for codes in _QUIET.values())
