"""Keys during a prompt and before a question: prompts that no key cuts, keys that count before they are asked for,
and those between two attempts."""

from __future__ import annotations

from typing import Any

import pytest

from devswitch.caller import CallerStep, CallScript
from devswitch.switch import CallResult, CallSetup, DevSwitch
from tests.calls.test_messages import DIALECTS, cut_at, path, record, writes
from tests.calls.test_sequences import BYE, HI, HOLA, KEYS, joined, publish
from tests.rig import DID, Rig

__all__ = ["writes"]

UNCUT: dict[str, Any] = {
    "hi": {"audio": "hi.wav", "next": "ask"},
    "ask": {"audio": ["hola.wav", "keys.wav"], "gather": {"1": "end"}, "barge_in": False},
    "end": {"action": "hangup", "audio": "bye.wav"},
}
TWO: dict[str, Any] = {
    "ask": {"audio": "hi.wav", "gather": {"1": "more"}},
    "more": {"audio": "keys.wav", "gather": {"2": "end"}, "max_attempts": 1},
    "end": {"action": "hangup", "audio": "bye.wav"},
}


def call(rig: Rig, script: CallScript, **setup: Any) -> CallResult:
    result = DevSwitch(rig.targets, speed=20).call(CallSetup(did=DID, script=script, **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


@DIALECTS
@pytest.mark.parametrize("before", [True, False], ids=["after a message", "first"])
def test_a_key_neither_cuts_a_prompt_without_barge_in_nor_answers_it(
    rig: Rig, writes: list[bytes], variables: dict[str, str], before: bool
) -> None:
    publish(rig, UNCUT if before else {name: UNCUT[name] for name in ("ask", "end")})
    script = CallScript(steps=(CallerStep("1"),), on_heard={KEYS: CallerStep("9", after_ms=100)})
    result = call(rig, script, extra_variables=variables)
    assert result.prompt_names == [*([HI] if before else []), HOLA, KEYS, BYE]
    assert not any(each.cut_by_key for each in result.heard if each.file.endswith(f"{KEYS}.wav"))
    assert path(rig)[-2:] == [("ask", "key", "1"), ("end", "action", None)]
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 1
    assert record(rig)["path"][-2]["prompt"] == joined(HOLA, KEYS)


@DIALECTS
def test_with_type_ahead_keys_during_an_uncut_prompt_answer_it(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, {**UNCUT, "ask": {**UNCUT["ask"], "type_ahead": "keep"}})
    result = call(rig, CallScript(on_heard={HOLA: CallerStep("1", after_ms=100)}), extra_variables=variables)
    assert result.prompt_names == [HI, HOLA, KEYS, BYE]
    assert path(rig)[1] == ("ask", "key", "1")


@DIALECTS
def test_a_worker_lost_during_an_uncut_prompt_leaves_the_call_there(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, UNCUT)
    script = CallScript(steps=(CallerStep("1"),) * 2)
    result = call(rig, script, on_note=cut_at(rig, HOLA), extra_variables=variables)
    assert result.connections == 2
    assert path(rig)[-2:] == [("ask", "key", "1"), ("end", "action", None)]
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("hung_up", 1)


@DIALECTS
def test_a_key_pressed_before_a_question_with_type_ahead_answers_it(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, {**TWO, "more": {**TWO["more"], "type_ahead": "keep"}})
    call(rig, CallScript(steps=(CallerStep("12", gap_ms=0),)), extra_variables=variables)
    assert path(rig)[1] == ("more", "key", "2")


@DIALECTS
@pytest.mark.parametrize("keeps", [True, False])
def test_with_type_ahead_no_key_is_lost_that_is_pressed_while_a_key_is_said_to_be_wrong(
    rig: Rig, variables: dict[str, str], keeps: bool
) -> None:
    kept = {"type_ahead": "keep"} if keeps else {}
    publish(rig, {**TWO, "ask": {**TWO["ask"], "gather": {"2": "end"}, "max_attempts": 2, **kept}})
    script = CallScript(steps=(CallerStep("7"),), on_heard={"invalid": CallerStep("2", after_ms=100)})
    result = call(rig, script, extra_variables=variables)
    assert not any(each.cut_by_key for each in result.heard if "invalid" in each.file)
    assert path(rig)[1][1:] == (("key", "2") if keeps else ("no_input", None))


@DIALECTS
def test_with_type_ahead_keys_before_the_answers_first_question_count(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, {"hi": {"audio": "hi.wav", "next": "more"}, **TWO, "more": {**TWO["more"], "type_ahead": "keep"}})
    call(rig, CallScript(on_heard={HI: CallerStep("2", after_ms=100)}), extra_variables=variables)
    assert path(rig)[:2] == [("hi", "played", None), ("more", "key", "2")]


@DIALECTS
def test_a_key_between_a_silence_and_the_next_attempt_counts(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, {**TWO, "ask": {**TWO["ask"], "no_input_audio": "hola.wav"}, "more": {"gather": {"2": "end"}}})
    result = call(rig, CallScript(on_heard={HOLA: CallerStep("1", after_ms=100)}), extra_variables=variables)
    assert path(rig)[:2] == [("ask", "no_input", None), ("ask", "key", "1")]
    assert result.prompt_names[:2] == [HI, HOLA]
