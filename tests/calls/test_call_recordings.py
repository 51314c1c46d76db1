"""A whole call recorded: announced first, from then on both sides, and not at all without the announcement."""

from __future__ import annotations

import math
import wave
from array import array
from typing import Any

import pytest

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.storage.disk.recordings import Recordings
from ivr.storage.sound_codec import Samples, to_wav
from tests.calls.test_messages import DIALECTS, cut_all
from tests.rig import DID, Rig

WELCOME, LICENSE, AREA, BYE = (f"{number:032x}" for number in (1, 2, 3, 4))
ASK: dict[str, Any] = {
    "ask": {"audio": "area.wav", "gather": {"1": "end"}},
    "end": {"action": "hangup", "audio": "bye.wav"},
}
MESSAGE: dict[str, Any] = {"notice": {"audio": "welcome.wav", "record_call": True, "next": "ask"}, **ASK}


def publish(rig: Rig, nodes: dict[str, Any], **fields: Any) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    menu = parse_menu({"name": "R", **fields, "nodes": nodes})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, menu, seed.prompts), DID)


def call(rig: Rig, keys: str = "1", **setup: Any) -> CallResult:
    script = CallScript.parse(keys)
    result = DevSwitch(rig.targets, speed=math.inf).call(CallSetup(DID, "+14805551234", script=script, **setup), 60)
    rig.drained()
    assert result.violations == []
    return result


def steps(rig: Rig) -> list[tuple[str, str, str | None]]:
    return [(step["node"], step["result"], step["key"]) for step in rig.records.of("call_ended")[-1]["path"]]


def write_loud(rig: Rig, file: str) -> None:
    loud = Samples(8000, 1, array("h", [9000] * 8000).tobytes())
    (rig.prompts_dir / f"{file}.wav").write_bytes(to_wav(loud))


@DIALECTS
def test_a_message_that_announces_it_is_heard_whole_and_the_rest_of_the_call_is_recorded(
    rig: Rig, variables: dict[str, str]
) -> None:
    publish(rig, MESSAGE)
    result = call(rig, "1", extra_variables=variables)
    assert result.prompt_names == [WELCOME, AREA, BYE]
    assert steps(rig) == [
        ("notice", "played", None), ("notice", "record", "call"), ("ask", "key", "1"), ("end", "action", None)
    ]  # fmt: skip
    (found,) = Recordings(rig.prompts_dir).found()
    assert (found.note.kind, found.note.node, found.note.sound) == (
        "call", "notice", rig.records.of("call_ended")[-1]["path"][1]["value"]
    )  # fmt: skip
    with wave.open(str(found.path)) as file:
        assert file.getnchannels() == 2


def test_no_key_cuts_the_announcement(rig: Rig) -> None:
    publish(rig, MESSAGE)
    script = CallScript(presses=((700, "1"),), hang_up_ms=9000)
    result = DevSwitch(rig.targets, speed=math.inf).call(CallSetup(DID, "+14805551234", script=script), 60)
    rig.drained()
    assert [heard.cut_by_key for heard in result.heard if heard.file.endswith(f"{WELCOME}.wav")] == [""]


def test_only_what_follows_the_announcement_is_recorded(rig: Rig) -> None:
    for file in (WELCOME, AREA, BYE):
        write_loud(rig, file)
    publish(rig, MESSAGE)
    call(rig, "1+100")
    (found,) = Recordings(rig.prompts_dir).found()
    with wave.open(str(found.path)) as file:
        right = array("h", file.readframes(file.getnframes()))[1::2]
    assert sum(sample > 5000 for sample in right) == pytest.approx(16000, abs=400)


def test_without_the_file_of_the_announcement_nothing_is_recorded(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    publish(rig, {**MESSAGE, "notice": {**MESSAGE["notice"], "audio": "gone.wav"}})
    call(rig)
    assert steps(rig) == [("notice", "record", "no_call"), ("ask", "key", "1"), ("end", "action", None)]
    assert list(Recordings(rig.prompts_dir).found()) == []
    assert "the announcement at notice has no file" in caplog.text


@pytest.mark.parametrize("answer", [True, False])
def test_all_calls_of_a_menu_are_recorded_from_the_announcement_of_ours_on(rig: Rig, answer: bool) -> None:
    publish(rig, ASK, record_call=True, answer=answer)
    result = call(rig)
    assert result.prompt_names == ["call_recorded", AREA, BYE]
    assert steps(rig) == [
        ("ask", "played", None), ("ask", "record", "call"), ("ask", "key", "1"), ("end", "action", None)
    ]  # fmt: skip
    assert [found.note.kind for found in Recordings(rig.prompts_dir).found()] == ["call"]


def test_a_recording_of_a_caller_in_a_recorded_call_is_another_sound(rig: Rig) -> None:
    publish(rig, {"say": {"action": "record", "save": "said", "next": "end"}, **ASK}, record_call=True)
    call(rig, "s4")
    assert sorted(found.note.kind for found in Recordings(rig.prompts_dir).found()) == ["call", "message"]


def test_without_our_announcement_nothing_is_recorded(rig: Rig) -> None:
    (rig.prompts_dir / "system" / "call_recorded.wav").unlink()
    publish(rig, ASK, record_call=True)
    result = call(rig)
    assert result.prompt_names == [AREA, BYE]
    assert steps(rig)[0] == ("ask", "record", "no_call")
    assert list(Recordings(rig.prompts_dir).found()) == []


TALK: dict[str, Any] = {
    "say": {"action": "record", "save": "said", "next": "agent"},
    "agent": {"action": "transfer", "audio": "welcome.wav", "record": True, "fallback_node": "again",
              "on_agent_hangup": "ask"},
    "again": {"action": "transfer", "audio": "license.wav", "record": True, "on_agent_hangup": "ask"},
    **ASK,
}  # fmt: skip


def talk(rig: Rig, *agents: ScriptedAgent) -> CallResult:
    switch = DevSwitch(rig.targets, speed=math.inf, agents=AgentBook(default=agents))
    result = switch.call(CallSetup(DID, "+14805551234", script=CallScript.parse("s4,1")), 60)
    rig.drained()
    assert result.violations == []
    return result


def test_a_talk_alone_is_recorded_behind_its_announcement_and_each_is_a_sound_of_its_own(rig: Rig) -> None:
    for file in (WELCOME, AREA):
        write_loud(rig, file)
    publish(rig, TALK)
    speaks = ScriptedAgent.answering(plays=str(rig.prompts_dir / f"{WELCOME}.wav"))
    talk(rig, ScriptedAgent.busy(), speaks)
    kinds = [step[2] for step in steps(rig) if step[1] == "record"]
    assert kinds == ["silence", "no_talk", "talk"]
    values = [step["value"] for step in rig.records.of("call_ended")[-1]["path"] if step["result"] == "record"]
    assert values[1] is None
    assert len(set(values)) == 3
    with wave.open(str(rig.prompts_dir / f"{values[2]}.wav")) as file:
        right = array("h", file.readframes(file.getnframes()))[1::2]
    assert sum(sample > 5000 for sample in right) == pytest.approx(8000, abs=400)


def test_where_the_caller_leaves_before_anybody_answers_the_record_names_no_sound(rig: Rig) -> None:
    publish(rig, {"agent": {"action": "transfer", "audio": "welcome.wav", "record": True}})
    switch = DevSwitch(rig.targets, speed=40, agents=AgentBook(default=ScriptedAgent.ringing()))
    switch.call(CallSetup(DID, "+14805551234", script=CallScript(hang_up_ms=4000)), 60)
    rig.drained()
    ended = rig.records.of("call_ended")[-1]
    assert [(each["key"], each["value"]) for each in ended["path"]][:1] == [("no_talk", None)]
    assert ended["outcome"] == "caller_hung_up"


def test_where_nobody_answers_the_worker_that_takes_the_call_over_names_no_sound_either(rig: Rig) -> None:
    publish(rig, {"agent": {"action": "transfer", "audio": "welcome.wav", "record": True}})

    def watch(note: ChannelNote) -> None:
        if note.kind == "ringback":
            cut_all(rig)

    switch = DevSwitch(rig.targets, speed=40, agents=AgentBook(default=ScriptedAgent.busy(ring_ms=3000)))
    switch.call(CallSetup(DID, "+14805551234", on_note=watch), 60)
    rig.drained()
    ended = rig.records.of("call_ended")[-1]
    assert [(each["key"], each["value"]) for each in ended["path"]][:1] == [("no_talk", None)]
    assert ended["take_overs"] == 1


def test_without_the_announcement_of_a_transfer_its_talk_is_not_recorded(rig: Rig) -> None:
    publish(rig, {**TALK, "agent": {**TALK["agent"], "audio": "gone.wav"}})
    talk(rig, ScriptedAgent.answering())
    assert [step[2] for step in steps(rig) if step[1] == "record"] == ["silence", "no_call"]


@pytest.mark.parametrize("fields", [{}, {"record_call": True}])
def test_a_worker_lost_later_leaves_the_recording_as_it_is(rig: Rig, fields: dict[str, Any]) -> None:
    publish(rig, ASK if fields else MESSAGE, **fields)
    lost: list[ChannelNote] = []

    def watch(note: ChannelNote) -> None:
        if note.kind == "gather" and not lost:
            lost.append(note)
            cut_all(rig)

    result = call(rig, "1", on_note=watch)
    assert result.connections == 2
    assert [step[1:] for step in steps(rig)].count(("record", "call")) == 1
    assert len(list(Recordings(rig.prompts_dir).found())) == 1
