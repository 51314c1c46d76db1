"""Callers who wait in a line: what they hear, who is rung for whom, and how they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from devswitch.caller import AgentBook, CallScript
from devswitch.caller import ScriptedAgent as FarEnd
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.lines.desk import LineDesk
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.people.model import Person
from ivr.domain.people.table import table_text
from ivr.storage.people_source import NoPeople, PeopleSource
from tests.rig import DID, Rig, running_server, write_wav

HOLD = f"{5:032x}"
BYE = {"action": "hangup", "audio": "bye.wav"}
LINE = {
    **{"action": "transfer", "people": "support", "ring": "longest_idle", "ring_timeout_s": 5},
    **{"wait_s": 5, "hold_audio": "hold.wav", "fallback_node": "bye"},
}


@dataclass
class People(NoPeople):
    """A PeopleCache in memory."""

    names: list[str] = field(default_factory=lambda: ["ann"])

    def text(self) -> bytes:
        people = [Person(name, f"sip:{name}@127.0.0.1:5099", ("support",), at) for at, name in enumerate(self.names)]
        return table_text(people, (), ()).encode()


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def rig(tmp_path: Path, people: People) -> Iterator[Rig]:
    with running_server(tmp_path, people=PeopleSource(people)) as running:
        yield running


def desk(rig: Rig) -> LineDesk:
    return rig.server._services.lines


def publish(rig: Rig, transfer: dict[str, Any], **nodes: Any) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    prompts = {**seed.prompts, "hold.wav": seed.prompts["bye.wav"].__class__(f"{HOLD}.wav", 1000)}
    write_wav(rig.prompts_dir / f"{HOLD}.wav", 1000)
    start = {"audio": "welcome.wav", "gather": {"1": "line"}}
    line = {name: value for name, value in {**LINE, **transfer}.items() if value is not None}
    tree = parse_menu({"name": "T", "nodes": {"start": start, "line": line, "bye": BYE, **nodes}})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, tree, prompts, {}), DID)


def call(
    rig: Rig,
    keys: str = "1",
    agents: AgentBook | None = None,
    on_note: Callable[[ChannelNote], None] | None = None,
    **script: Any,
) -> CallResult:
    """`keys` answer questions; what is pressed while they wait is in `script`, by its time."""
    switch = DevSwitch(rig.targets, speed=40, agents=agents)
    setup = CallSetup(did=DID, script=replace(CallScript.parse(keys), **script), on_note=on_note)
    result = switch.call(setup, timeout_s=30)
    rig.drained()
    return result


def record(rig: Rig) -> dict[str, Any]:
    return dict(rig.records.of("call_ended")[-1])


def waited(rig: Rig) -> list[tuple[Any, ...]]:
    return [(step["key"], step["value"]) for step in record(rig)["path"] if step["result"] == "waited"]


def test_who_is_free_is_rung_at_once(rig: Rig) -> None:
    publish(rig, {})
    result = call(rig)
    assert not result.violations
    assert record(rig)["outcome"] == "transferred"
    assert [(each["person"], each["result"]) for each in record(rig)["agent"]] == [("ann", "answered")]
    assert waited(rig) == [("person", "support")]
    assert not [each for each in result.commands if "displace" in each.line]


def test_a_caller_who_waits_hears_the_hold_audio_until_somebody_is_free(rig: Rig) -> None:
    publish(rig, {})
    lines = desk(rig)
    lines.hold("another", ["ann"], 2**60)
    holds = Event()
    waits = gevent.spawn(call, rig, on_note=lambda note: note.kind == "displaced" and holds.set())
    assert holds.wait(20)
    rig.until(lambda: any(each.position == 1 for each in lines._standing.values()))
    lines.release("another", ["ann"])
    lines.refresh()
    waits.join()
    result: CallResult = waits.value
    assert not result.violations
    told = [each.line for each in result.commands if "displace" in each.line]
    assert len(told) == 2
    assert told[0].startswith("displace_session")
    assert told[0].endswith(f"{HOLD}.wav l")
    assert told[1].startswith("stop_displace_session")
    assert {Path(each.file).stem for each in result.heard if each.source == "displaced"} == {HOLD}
    assert result.agent is not None
    assert waited(rig) == [("person", "support")]
    assert not lines._standing
    assert not lines._held


def test_a_line_without_anybody_on_duty_is_closed(rig: Rig, people: People) -> None:
    people.names.clear()
    publish(rig, {"case": {"closed": "shut"}}, shut=BYE)
    call(rig)
    assert record(rig)["path"][-1]["node"] == "shut"
    assert waited(rig) == [("closed", "support")]


def test_a_line_may_be_full(rig: Rig) -> None:
    publish(rig, {"max_waiting": 1, "case": {"full": "full"}}, full=BYE)
    lines = desk(rig)
    lines.hold("another", ["ann"], 2**60)
    waits = gevent.spawn(call, rig, "1")
    rig.until(lambda: any(each.position == 1 for each in lines._standing.values()))
    second = DevSwitch(rig.targets, speed=40).call(CallSetup(did=DID, script=CallScript.parse("1")), timeout_s=30)
    assert second.ended_by == "switch"
    assert record(rig)["path"][-1]["node"] == "full"
    waits.join()
    assert record(rig)["path"][-1]["node"] == "bye"


def test_a_key_leads_out_of_the_line_and_back_into_it(rig: Rig) -> None:
    publish(
        rig, {"wait_keys": {"2": "ask"}}, ask={"audio": "license.wav", "gather": {"1": "line", "3": "back"}},
        back={"action": "callback", "reason": "Support", "next": "bye"},
    )  # fmt: skip
    lines = desk(rig)
    lines.hold("another", ["ann"], 2**60)
    call(rig, "1,1,3", presses=((6000.0, "7"), (9000.0, "2"), (20_000.0, "2")))
    assert [step["node"] for step in record(rig)["path"]] == [
        "start", "line", "line", "ask", "line", "line", "ask", "back", "bye"
    ]  # fmt: skip
    assert waited(rig) == [("2", "support")] * 2
    (asked,) = rig.records.of("callback")
    assert (asked["reason"], asked["node"]) == ("Support", "back")
    assert not lines._standing


def test_whoever_leaves_a_line_of_recorded_talks_is_recorded_no_more(rig: Rig) -> None:
    publish(
        rig, {"wait_keys": {"2": "agent"}, "audio": "welcome.wav", "record": True},
        agent={"action": "transfer"},
    )  # fmt: skip
    desk(rig).hold("another", ["ann"], 2**60)
    result = call(rig, presses=((9000.0, "2"),))
    assert not result.violations
    recorded = [step for step in record(rig)["path"] if step["result"] == "record"]
    assert [(step["key"], step["value"]) for step in recorded] == [("no_talk", None)]
    assert record(rig)["agent"][-1]["result"] == "answered"
    told = [each.line.split()[0] for each in result.commands]
    assert told.index("record_session") < told.index("stop_record_session") < told.index("bridge")


def test_who_waits_for_nobody_goes_on_after_that_time(rig: Rig) -> None:
    publish(rig, {"case": {"no_answer": "late"}}, late=BYE)
    desk(rig).hold("another", ["ann"], 2**60)
    call(rig)
    assert record(rig)["path"][-1]["node"] == "late"
    (step,) = [each for each in record(rig)["path"] if each["result"] == "waited"]
    assert (step["key"], step["ms"] >= 5000) == ("no_answer", True)


def test_a_caller_who_hangs_up_leaves_the_line(rig: Rig) -> None:
    publish(rig, {})
    lines = desk(rig)
    lines.hold("another", ["ann"], 2**60)
    call(rig, hang_up_ms=9000.0)
    assert record(rig)["outcome"] == "caller_hung_up"
    assert waited(rig) == [("left", "support")]
    assert not lines._standing
    told = [(each["event"], each["line"], each["ended"]) for each in rig.records.of("line")]
    assert told == [("line.entered", "support", None), ("line.abandoned", "support", "left")]


def test_somebody_who_does_not_answer_rests_and_the_next_one_is_rung(rig: Rig, people: People) -> None:
    people.names.append("ben")
    publish(rig, {})
    call(rig, agents=AgentBook({"ann": FarEnd.busy()}))
    rung = [(each["person"], each["result"]) for each in record(rig)["agent"]]
    assert rung == [("ann", "busy"), ("ben", "answered")]
    assert desk(rig)._rests["ann"] > 0


def test_a_person_wraps_up_before_the_next_call(rig: Rig) -> None:
    publish(rig, {"wrap_up_s": 60})
    call(rig)
    lines = desk(rig)
    assert lines._rests["ann"] - lines.now_ms() > 30_000


def test_who_talks_without_a_line_is_not_offered_to_one_meanwhile(rig: Rig) -> None:
    publish(rig, {"wait_s": None, "max_talk_s": 60})
    lines = desk(rig)
    talks = gevent.spawn(call, rig, agents=AgentBook(default=FarEnd.answering(talk_ms=40_000)))
    rig.until(lambda: lines._held)
    assert lines.hold("another", ["ann"], 2**60) == []
    talks.join()
    assert record(rig)["outcome"] == "transferred"
    assert lines.hold("another", ["ann"], 2**60) == ["ann"]
    call(rig)
    assert record(rig)["path"][-1]["node"] == "bye"
    assert record(rig)["agent"] == []


def test_by_the_place_key_a_caller_hears_at_once_what_is_said_to_those_who_wait(rig: Rig) -> None:
    publish(rig, {"wait_audio": "area.wav", "wait_every_s": 900, "place_key": "0", "wait_s": 20})
    said = rig.menus.menus["ivr_seed01:4"].prompts["area.wav"].file
    desk(rig).hold("another", ["ann"], 2**60)
    waits = CallScript(presses=((9000, "5"), (12_000, "0")))
    result = call(rig, presses=waits.presses)
    assert sum(each.file.endswith(said) for each in result.heard) == 2
    assert record(rig)["path"][-1]["node"] == "bye"
