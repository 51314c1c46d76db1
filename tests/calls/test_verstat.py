"""What a carrier says about the caller's number: chosen by, recorded, told to the agent, and no reason to refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devswitch.caller import CallScript
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.switch.carrier_word import BelievedCarriers
from ivr.settings import parse_networks
from tests.calls.test_messages import BYE, HELLO, WELCOME, cut_at, path, publish, record
from tests.rig import DID, Rig

CALLER = "+14805551234"
MENU = {
    "who": {"switch": "verstat", "case": {"passed_a": "ask", "failed": "prove", "none": "ask"}, "default": "prove"},
    "prove": {"audio": "hello.wav", "gather": {"1": "agent", "9": "dnc"}},
    "ask": {"audio": "welcome.wav", "gather": {"1": "agent", "9": "dnc"}},
    "agent": {"action": "transfer"},
    "dnc": {"action": "suppress"},
}
FAILED = {"sip_P-Asserted-Identity": f"<sip:{CALLER}@carrier.example;verstat=TN-Validation-Failed>"}
PASSED = {"sip_full_from": f"<sip:{CALLER};verstat=TN-Validation-Passed-A@carrier.example>;tag=1"}


@pytest.fixture
def believing(rig: Rig) -> Rig:
    """With the sender of its calls as a carrier that is believed."""
    carriers = BelievedCarriers(parse_networks("127.0.0.1"))
    rig.server._services = replace(rig.server._services, carriers=carriers)
    publish(rig, MENU)
    return rig


def call(rig: Rig, keys: str, variables: dict[str, str], ani: str = CALLER, **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=40)
    told = CallSetup(did=DID, ani=ani, script=CallScript.parse(keys), extra_variables=variables, **setup)
    result = switch.call(told, timeout_s=60)
    rig.drained()
    return result


@pytest.mark.parametrize(
    ("variables", "verdict", "node"),
    [(PASSED, "passed_a", "ask"), (FAILED, "failed", "prove"), ({}, None, "ask"),
     ({"sip_h_X-Plivo-Stir-Verification": "Not Verified"}, "not_verified", "prove")],
)  # fmt: skip
def test_a_menu_chooses_by_the_verdict_and_record_and_agent_have_it(
    believing: Rig, variables: dict[str, str], verdict: str | None, node: str
) -> None:
    result = call(believing, "1", variables)
    told = record(believing)
    assert [(step["node"], step["value"]) for step in told["path"]][:1] == [("who", verdict or "none")]
    assert path(believing)[1] == (node, "key", "1")
    assert told["verstat"] == verdict
    assert result.agent is not None
    assert result.agent.headers.get("X-IVR-Verstat") == verdict
    assert all(each["verstat"] == verdict for each in believing.records.of("call_started"))


def test_nobodys_word_counts_until_somebody_is_named(rig: Rig) -> None:
    publish(rig, MENU)
    result = call(rig, "1", FAILED)
    assert path(rig)[:2] == [("who", "switch", "none"), ("ask", "key", "1")]
    assert record(rig)["verstat"] is None
    assert result.agent is not None
    assert "X-IVR-Verstat" not in result.agent.headers


@pytest.mark.parametrize(("variables", "verdict"), [(FAILED, "failed"), (PASSED, "passed_a"), ({}, None)])
def test_no_verdict_is_a_reason_to_refuse_an_opt_out_and_the_proof_has_it(
    believing: Rig, variables: dict[str, str], verdict: str | None
) -> None:
    call(believing, "9", variables)
    (opt_out,) = believing.records.of("opt_out")
    assert opt_out.number == CALLER
    assert opt_out.verstat == record(believing)["verstat"] == verdict
    assert record(believing)["outcome"] == "opted_out"


def test_a_caller_without_a_number_has_no_verdict_and_is_still_opted_out(believing: Rig) -> None:
    call(believing, "9", {"sip_h_X-Twilio-VerStat": "TN-Validation-Failed"}, ani="anonymous")
    opt_out = believing.records.of("opt_out")[0]
    assert (opt_out.number, opt_out.number_raw, opt_out.verstat) == (None, "anonymous", None)


def test_the_next_worker_has_the_verdict_of_the_first(believing: Rig) -> None:
    """The From of an ACK, which FreeSWITCH keeps in its place, need not have the parameter."""
    cut = cut_at(believing, WELCOME)

    def lose(note: ChannelNote) -> None:
        if note.kind == "play":
            believing.server._services = replace(believing.server._services, carriers=BelievedCarriers())
        cut(note)

    result = call(believing, "1", PASSED, on_note=lose)
    assert result.connections == 2
    assert (record(believing)["take_overs"], record(believing)["verstat"]) == (1, "passed_a")
    assert result.agent is not None
    assert result.agent.headers["X-IVR-Verstat"] == "passed_a"


def test_a_verdict_is_a_variable_to_read(believing: Rig) -> None:
    publish(believing, {
        "who": {"set": {"said": "told {verstat}"}, "switch": "said", "case": {"told failed": "bye"}, "default": "no"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
        "no": {"action": "hangup", "audio": "hello.wav"},
    })  # fmt: skip
    assert call(believing, "", FAILED).prompt_names == [BYE]
    assert call(believing, "", {}).prompt_names == [HELLO]
