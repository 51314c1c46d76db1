"""A recording on a call: kept however it ends, also when the worker is lost; a disk without room is told."""

from __future__ import annotations

import math
import wave
from pathlib import Path
from typing import Any

import pytest

from devswitch.caller import CallScript
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.storage.disk.recordings import Recordings
from tests.calls.test_messages import DIALECTS, cut_all
from tests.rig import DID, Rig

WELCOME, AREA, BYE = (f"{number:032x}" for number in (1, 3, 4))
TONE = "%(250,50,1000)"
SAY: dict[str, Any] = {
    "action": "record", "audio": "welcome.wav", "save": "said", "next": "review", "no_input_node": "end", "max_s": 20,
    "mailbox": "sales",
}  # fmt: skip
MENU = {
    "say": SAY,
    "review": {"audio": ["area.wav", "{said}"], "gather": {"1": "end", "2": "say"}, "max_attempts": 1},
    "end": {"action": "hangup", "audio": "bye.wav"},
}


def publish(rig: Rig, nodes: dict[str, Any] = MENU, **more: Any) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    menu = parse_menu({"name": "R", "nodes": {**nodes, "say": {**SAY, **more}}})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, menu, seed.prompts), DID)


def call(rig: Rig, keys: str, **setup: Any) -> CallResult:
    script = CallScript.parse(keys)
    result = DevSwitch(rig.targets, speed=math.inf).call(CallSetup(DID, "+14805551234", script=script, **setup), 60)
    rig.drained()
    assert result.violations == []
    return result


def steps(rig: Rig) -> list[tuple[str, str, str | None]]:
    return [(step["node"], step["result"], step["key"]) for step in record(rig)["path"]]


def record(rig: Rig) -> dict[str, Any]:
    document: dict[str, Any] = rig.records.of("call_ended")[-1]
    return document


def kept(rig: Rig) -> list[tuple[str, float, str | None]]:
    """The sounds that there are: their nodes, seconds, mailboxes."""
    return [(each.note.node, _seconds(each.path), each.note.mailbox) for each in Recordings(rig.prompts_dir).found()]


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


@DIALECTS
@pytest.mark.parametrize(
    ("says", "ended_by", "seconds"), [("s4", "silence", 9.0), ("s4#", "key", 4.3), ("s60", "longest", 20.0)]
)
def test_what_is_said_is_kept_and_heard_again(
    rig: Rig, variables: dict[str, str], says: str, ended_by: str, seconds: float
) -> None:
    publish(rig)
    result = call(rig, f"{says},1", extra_variables=variables)
    assert steps(rig) == [("say", "record", ended_by), ("review", "key", "1"), ("end", "action", None)]
    assert kept(rig) == [("say", seconds, "sales")]
    sound = record(rig)["path"][0]["value"]
    heard = [name for name in (WELCOME, TONE, AREA, sound, BYE) if name in result.prompt_names]
    assert heard == [WELCOME, TONE, AREA, BYE], "a key cuts the question before the sound"
    assert record(rig)["path"][0]["ms"] == seconds * 1000


def test_the_sound_is_played_to_a_caller_who_waits(rig: Rig) -> None:
    publish(rig)
    result = call(rig, "s4#,1+100")
    assert result.prompt_names == [WELCOME, TONE, AREA, record(rig)["path"][0]["value"], BYE]


@DIALECTS
def test_a_hang_up_keeps_what_was_said_until_then(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig)
    call(rig, "s6h", extra_variables=variables)
    assert steps(rig) == [("say", "record", "hang_up")]
    assert record(rig)["outcome"] == "caller_hung_up"
    assert kept(rig) == [("say", 6.3, "sales")]


def test_nodes_after_the_hang_up_know_the_sound(rig: Rig) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    nodes = {**MENU, "left": {"switch": "said", "case": {"sound_*": "known"}, "default": "unknown"},
             "known": {"set": {"x": "1"}, "next": "stop"}, "unknown": {"set": {"x": "2"}, "next": "stop"},
             "stop": {"action": "hangup"}}  # fmt: skip
    menu = parse_menu({"name": "R", "hung_up_node": "left", "nodes": nodes})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, menu, seed.prompts), DID)
    call(rig, "s6h")
    assert ("known", "skipped", None) in steps(rig)


def test_who_says_nothing_and_hangs_up_leaves_no_sound(rig: Rig) -> None:
    publish(rig)
    call(rig, "h")
    assert (record(rig)["outcome"], steps(rig)[-1][1:]) == ("caller_hung_up", ("record", "hang_up"))
    assert kept(rig) == []


def test_who_says_nothing_is_asked_once_more_and_then_goes_another_way(rig: Rig) -> None:
    publish(rig, no_input_audio="area.wav")
    result = call(rig, "-,-")
    assert steps(rig) == [("say", "record", "nothing")] * 2 + [("end", "action", None)]
    assert result.prompt_names == [WELCOME, TONE, AREA, WELCOME, TONE, BYE]
    assert kept(rig) == []
    assert [step["attempt"] for step in record(rig)["path"][:2]] == [1, 2]


def test_a_key_that_does_not_end_it_is_nothing(rig: Rig) -> None:
    publish(rig, end_keys="*")
    call(rig, "s4#*,1")
    assert steps(rig)[0] == ("say", "record", "key")
    assert kept(rig) == [("say", 4.45, "sales")]


@pytest.mark.parametrize(("end_keys", "ended_by"), [("any", "key"), ("none", "silence")])
def test_any_key_or_none_ends_it(rig: Rig, end_keys: str, ended_by: str) -> None:
    publish(rig, end_keys=end_keys)
    call(rig, "s4#,1")
    assert steps(rig)[0] == ("say", "record", ended_by)


def test_prompts_after_it_are_cut_by_no_key_that_ended_it(rig: Rig) -> None:
    publish(rig)
    result = call(rig, "s4#,1")
    assert result.variables["playback_terminators"] == "none"


def test_a_menu_that_reads_the_link_gets_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(sound: str) -> str:
        return f"https://ivr.example.com/{sound}"

    object.__setattr__(rig.server._services, "link_to", link)
    publish(rig, {**MENU, "review": {"switch": "said.link", "case": {"https://*": "end"}, "default": "say"}})
    call(rig, "s4#")
    sound = record(rig)["path"][0]["value"]
    assert record(rig)["path"][1]["value"] == link(sound)[:64]


@pytest.mark.parametrize(("barge_in", "cut_by"), [(True, "7"), (False, "")], ids=["cut", "uncut"])
def test_a_key_cuts_the_prompt_unless_that_is_to_be_heard(rig: Rig, barge_in: bool, cut_by: str) -> None:
    publish(rig, barge_in=barge_in)
    result = DevSwitch(rig.targets, speed=math.inf).call(
        CallSetup(DID, "+14805551234", script=CallScript(presses=((600, "7"),), hang_up_ms=9000)), 60
    )
    assert next(heard.cut_by_key for heard in result.heard if heard.file.endswith(f"{WELCOME}.wav")) == cut_by


def test_a_caller_at_the_page_speaks_until_a_key_ends_it(rig: Rig) -> None:
    publish(rig)
    script = CallScript(speaks=True, presses=((9000, "#"),), hang_up_ms=12_000)
    DevSwitch(rig.targets, speed=math.inf, counts_idle=False).call(CallSetup(DID, "+14805551234", script=script), 60)
    rig.drained()
    assert steps(rig)[0] == ("say", "record", "key")
    assert kept(rig)[0][1] > 5


def test_without_a_tone_there_is_none(rig: Rig) -> None:
    publish(rig, tone=False)
    assert call(rig, "s4,1").prompt_names[:2] == [WELCOME, AREA]


@DIALECTS
@pytest.mark.parametrize("says", ["s4", "s4#", "s60"])
def test_a_worker_lost_in_the_recording_loses_nothing_of_it(rig: Rig, variables: dict[str, str], says: str) -> None:
    publish(rig)
    result = call(rig, f"{says},1", on_note=cut_in_recording(rig), extra_variables=variables)
    assert result.connections == 2
    ended_by = {"s4": "silence", "s4#": "key", "s60": "longest"}[says]
    assert steps(rig) == [("say", "record", ended_by), ("review", "key", "1"), ("end", "action", None)]
    assert result.prompt_names.count(TONE) == 1
    assert (record(rig)["outcome"], record(rig)["take_overs"], len(kept(rig))) == ("hung_up", 1, 1)


def cut_in_recording(rig: Rig) -> Any:
    lost: list[ChannelNote] = []

    def watch(note: ChannelNote) -> None:
        if note.kind == "record" and not lost:
            lost.append(note)
            cut_all(rig)

    return watch


def test_where_the_disk_has_no_room_the_caller_is_told_and_the_call_goes_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> Path:
        raise StorageUnavailable("the disk is full")

    monkeypatch.setattr(Recordings, "begin", full)
    publish(rig)
    result = call(rig, "")
    assert steps(rig) == [("say", "record", "failed"), ("end", "action", None)]
    assert result.prompt_names == [WELCOME, "not_recorded", BYE]
    assert "nothing can be recorded at say: the disk is full" in caplog.text


def test_a_disk_that_fills_up_keeps_what_was_said_and_the_caller_is_told(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recordings, "milliseconds", lambda self, sound: 3000)
    publish(rig)
    result = call(rig, "s8,1")
    assert steps(rig)[0] == ("say", "record", "full")
    assert record(rig)["path"][0]["ms"] == 3000
    assert "not_recorded" in result.prompt_names
    assert len(kept(rig)) == 1


def test_a_switch_that_does_not_see_the_directory_records_nothing_and_keeps_its_caller(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devswitch.channel.os.path.exists", lambda path: False)
    publish(rig)
    result = call(rig, "")
    assert steps(rig) == [("say", "record", "failed"), ("end", "action", None)]
    assert result.hangup_cause == "NORMAL_CLEARING"
    assert kept(rig) == []
