"""What a worker does first with a call that another one began: a table, without a socket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from esl_server.call.state import CallState
from esl_server.call.takeover import (
    ApplyDigit,
    BeginAgain,
    CannotContinue,
    ContinueKeyedNumber,
    ContinueRecording,
    ContinueTransfer,
    ObeyOrder,
    Plan,
    RepeatNode,
    plan_takeover,
)
from esl_server.switch.bridged import Bridged
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.recording import Recorded
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.moves import Position
from tests.rig import SEED

MENU = parse_menu(SEED)
ASKED_MS, NOW_MS = 5_000, 9_000
STATE = CallState("call_1", "ivr_a:3", Position("welcome", 0, 1), "asking", 1_000, 1_000, ASKED_MS)
WELCOME: Any = MENU.nodes["welcome"]
AGENT: Any = MENU.nodes["agent"]
DNC: Any = MENU.nodes["dnc"]


def at(node: str, phase: str = "asking", failures: int = 0) -> CallState:
    return replace(STATE, position=Position(node, failures, 1), phase=phase)  # type: ignore[arg-type]


def channel(**variables: str) -> ChannelData:
    return ChannelData("".join(f"variable_{name}: {value}\n" for name, value in variables.items()).encode())


NOTHING = channel()
FAILED_BRIDGE = channel(
    originate_disposition="USER_BUSY",
    last_bridge_hangup_cause="USER_BUSY",
    last_bridge_proto_specific_hangup_cause="sip:486",
)
TALK = channel(
    originate_disposition="SUCCESS",
    last_bridge_hangup_cause="NORMAL_CLEARING",
    answered_time="6000000",
    ivr_agent_result="booked",
)
BUSY = Bridged("USER_BUSY", "USER_BUSY", 486, None, NOW_MS - ASKED_MS)
TALKED = Bridged("SUCCESS", "NORMAL_CLEARING", None, 3000, 1000, "booked")


@pytest.mark.parametrize(
    ("state", "found", "ordered", "plan"),
    [
        # A question: the digit, else the order, else once more.
        (STATE, channel(ivr_key_1="9"), None, ApplyDigit(WELCOME, "9", forget_order=False)),
        (STATE, channel(ivr_key_1="*"), None, ApplyDigit(WELCOME, "*", forget_order=False)),
        (STATE, channel(ivr_key_1="9", ivr_order="area;x;y"), "area", ApplyDigit(WELCOME, "9", forget_order=True)),
        (STATE, channel(ivr_key_1="9", ivr_order="forged"), None, ApplyDigit(WELCOME, "9", forget_order=True)),
        (STATE, channel(ivr_order="area;x;y"), "area", ObeyOrder(WELCOME, "area")),
        (STATE, channel(ivr_order="forged"), None, RepeatNode(keep_digits=True)),
        (STATE, NOTHING, None, RepeatNode(keep_digits=True)),
        # The digits of earlier questions, and what is no digit, are no reply to this one.
        (STATE, channel(ivr_key_2="9", ivr_key_0="1"), None, RepeatNode(keep_digits=True)),
        (STATE, channel(ivr_key_1="99"), None, RepeatNode(keep_digits=True)),
        (STATE, channel(ivr_key_1="D"), None, RepeatNode(keep_digits=True)),
        (STATE, channel(ivr_key_1="D", ivr_order="area;x;y"), "area", ObeyOrder(WELCOME, "area")),
        (at("welcome", failures=2), channel(ivr_key_1="1"), None, ApplyDigit(WELCOME, "1", forget_order=False)),
        # An action that had just begun is performed again, whatever lies on the channel.
        (at("dnc"), channel(ivr_key_1="1"), None, RepeatNode(keep_digits=False)),
        (at("unqualified"), NOTHING, "area", RepeatNode(keep_digits=False)),
        (at("agent"), TALK, None, RepeatNode(keep_digits=False)),
        # A transfer: how its bridge ended, if there was one.
        (at("agent", "bridging"), NOTHING, None, ContinueTransfer(AGENT, None)),
        (at("agent", "bridging", 1), FAILED_BRIDGE, None, ContinueTransfer(AGENT, BUSY)),
        (at("agent", "bridging"), TALK, "area", ContinueTransfer(AGENT, TALKED)),
        (at("agent", "bridging"), channel(originate_disposition="_undef_"), None, ContinueTransfer(AGENT, None)),
        # The number of a caller without one: several digits, then one.
        (at("dnc", "keying"), NOTHING, None, ContinueKeyedNumber(DNC, None)),
        (at("dnc", "keying"), channel(ivr_key_1="4155550123"), None, ContinueKeyedNumber(DNC, "4155550123")),
        (at("dnc", "keying"), channel(ivr_key_1="41*"), None, ContinueKeyedNumber(DNC, None)),
        (at("dnc", "confirming"), NOTHING, None, ContinueKeyedNumber(DNC, None)),
        (at("dnc", "confirming"), channel(ivr_key_1="1"), None, ContinueKeyedNumber(DNC, "1")),
        (at("dnc", "confirming"), channel(ivr_key_1="12"), "area", ContinueKeyedNumber(DNC, None)),
        # Its worker failed before the menu was known.
        (replace(STATE, pointer=""), channel(ivr_key_1="1"), "area", BeginAgain()),
    ],
)
def test_plan(state: CallState, found: ChannelData, ordered: str | None, plan: Plan) -> None:
    assert plan_takeover(state, found, MENU, ordered, NOW_MS) == plan


RECORDING = parse_menu({"name": "R", "nodes": {"say": {"action": "record", "save": "said", "next": "say"}}})
SAY: Any = RECORDING.nodes["say"]


@pytest.mark.parametrize(
    ("found", "plan"),
    [
        (NOTHING, RepeatNode(keep_digits=False)),
        (channel(playback_terminator_used="#"), RepeatNode(keep_digits=False)),
        (channel(record_ms="4300", playback_terminator_used="#"), ContinueRecording(SAY, Recorded(4300, "key"))),
        (channel(record_ms="900", silence_hits_exhausted="true"), ContinueRecording(SAY, Recorded(900, "silence"))),
        (channel(record_ms="900", silence_hits_exhausted="false"), ContinueRecording(SAY, Recorded(900, "longest"))),
    ],
)
def test_plan_in_a_recording(found: ChannelData, plan: Plan) -> None:
    assert plan_takeover(at("say", "recording"), found, RECORDING, None, NOW_MS) == plan


@pytest.mark.parametrize(
    "state",
    [at("gone"), at("gone", "bridging"), at("welcome", "bridging"), at("welcome", "keying"), at("agent", "recording"),
     at("agent", "confirming")], ids=lambda state: f"{state.phase} at {state.position.node}",
)
def test_a_state_that_does_not_fit_its_menu_cannot_be_continued(state: CallState) -> None:
    plan = plan_takeover(state, channel(ivr_key_1="1"), MENU, None, NOW_MS)
    assert isinstance(plan, CannotContinue)
    assert state.position.node in plan.reason


def test_a_call_whose_menu_is_gone_cannot_be_continued() -> None:
    plan = plan_takeover(STATE, channel(ivr_key_1="1"), None, None, NOW_MS)
    assert plan == CannotContinue("menu ivr_a:3 is gone")
