"""What a call leaves behind: each prompt with its file and how much of it was heard, which keys counted and why not,
who ended the call and how keys came."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import pytest

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.switch import CallSetup
from esl_server.call.state import CallState
from esl_server.call.state_text import encode_state
from ivr.domain.call_records import Step
from ivr.domain.menu.moves import Position
from tests.calls.test_menu_calls import AREA, BYE, LICENSE, WELCOME, call, publish, record, switch
from tests.rig import DID, SECRET, Rig


def test_each_step_says_which_file_was_played_and_how_much_of_it_was_heard(rig: Rig) -> None:
    call(rig, "1,2")
    first, second, bye = record(rig)["path"]
    assert (first["prompt"], first["prompt_ms"]) == (f"{WELCOME}.wav", 1000)
    assert second["prompt"] == f"{LICENSE}.wav"
    assert (bye["node"], bye["prompt"]) == ("unqualified", f"{BYE}.wav")
    assert Step(**{**first, "ms": 3000}).into_prompt_ms == 1000
    assert Step(**{**first, "ms": 300}).into_prompt_ms == 300


def test_a_key_that_is_not_taken_says_why(rig: Rig) -> None:
    publish(rig, {"q": {"audio": "welcome.wav", "gather": {"1": "end", "2": "not_written_yet"}, "max_attempts": 5},
                  "end": {"action": "hangup"}})  # fmt: skip
    call(rig, "7,2,1")
    assert [(step["key"], step["result"], step["ignored"]) for step in record(rig)["path"][:3]] == [
        ("7", "no_match", "not_offered"),
        ("2", "no_match", "no_target"),
        ("1", "key", None),
    ]


def test_what_is_played_in_place_of_a_prompt_is_what_the_record_names(rig: Rig) -> None:
    (rig.prompts_dir / f"{WELCOME}.wav").unlink()
    call(rig, "9")
    assert record(rig)["path"][0]["prompt"] == "system/keys-19.wav"


def test_two_tones_are_recorded_as_tones(rig: Rig) -> None:
    def remove(note: ChannelNote) -> None:
        if note.kind == "answer":
            for file in rig.prompts_dir.rglob("*.wav"):
                file.unlink()

    switch(rig).call(CallSetup(did=DID, script=CallScript.parse("9"), on_note=remove), timeout_s=20)
    rig.drained()
    assert record(rig)["path"][0]["prompt"] == "tones"


@pytest.mark.parametrize(
    ("keys", "agent", "who", "cause"),
    [
        ("h", None, "caller", "NORMAL_CLEARING"),
        ("1,h", None, "caller", "NORMAL_CLEARING"),
        ("1,2", None, "us", "NORMAL_CLEARING"),
        ("9", None, "us", "NORMAL_CLEARING"),
        ("1,1,1", ScriptedAgent(talk_ms=2000), "agent", "NORMAL_CLEARING"),
        ("1,1,1", ScriptedAgent.busy(), "us", "NORMAL_CLEARING"),
    ],
)
def test_the_record_says_who_hung_up(rig: Rig, keys: str, agent: ScriptedAgent | None, who: str, cause: str) -> None:
    call(rig, keys, agents=AgentBook(default=agent))
    ended = record(rig)
    assert (ended["hung_up_by"], ended["hangup_cause"]) == (who, cause)


@pytest.mark.parametrize("keys", ["h", "1,h", "1,2h", "9h"])
@pytest.mark.parametrize("variables", [{}, {"digitree_api": "true"}])
def test_a_caller_who_hangs_up_is_no_warning(
    rig: Rig, keys: str, variables: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        call(rig, keys, extra_variables=variables)
    assert not [line for line in caplog.records if line.levelno > logging.INFO]


def test_a_caller_who_leaves_his_agent_hung_up_himself(rig: Rig) -> None:
    script = replace(CallScript.parse("1,1,1"), hang_up_ms=20_000)
    call(rig, "", script=script, agents=AgentBook(default=ScriptedAgent(talk_ms=None)))
    ended = record(rig)
    assert (ended["outcome"], ended["hung_up_by"]) == ("transferred", "caller")


@pytest.mark.parametrize(("told", "kept"), [("rfc2833", "rfc2833"), ("info", "info"), ("${x}", None)])
def test_how_keys_come_is_what_the_switch_says(rig: Rig, told: str, kept: str | None) -> None:
    call(rig, "9", extra_variables={"dtmf_type": told})
    assert record(rig)["dtmf_type"] == kept


def test_a_record_begins_at_the_same_moment_in_all_that_is_written_of_it(rig: Rig) -> None:
    call(rig, "1,2")
    began = {document["started_at"] for kind in ("call_started", "call_ended") for document in rig.records.of(kind)}
    assert len(began) == 1


def test_a_place_says_no_more_of_a_prompt_than_its_menu_does_not_know(rig: Rig) -> None:
    now = time.time_ns() // 1_000_000
    state = CallState("call_kept", "ivr_seed01:3", Position("area", 0, 4), "asking", now, now, now)
    steps = [
        Step("welcome", 1, "no_match", "7", 400, 900, f"{WELCOME}.wav", 1000, "not_offered"),
        Step("welcome", 2, "key", "1", 1400, 900, "system/keys-19.wav"),
        Step("has_license", 1, "no_input", None, 2400, 900, "tones"),
        Step("has_license", 2, "key", "1", 3400, 900, f"{LICENSE}.wav", 1000),
    ]
    for step in steps:
        state.add(step)
    assert f"{WELCOME}.wav" not in state.path_text
    variables = {"ivr_state": encode_state(state, "our-channel", SECRET)}
    call(rig, "2", extra_variables=variables, channel_uuid="our-channel")
    path = [Step(**step) for step in record(rig)["path"]]
    assert path[:4] == steps
    assert (path[4].node, path[4].prompt) == ("area", f"{AREA}.wav")
