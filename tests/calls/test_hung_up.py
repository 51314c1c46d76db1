"""What a menu does once its caller has hung up: wherever they were, once, without a sound; never where something else
ended the call."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.reports.funnel import funnel_of
from ivr.storage.postgres.calls import call_from_json
from tests.calls.fake_services import FakeServices
from tests.calls.test_messages import BYE, DIALECTS, cut_all, path, record
from tests.calls.test_requests import served
from tests.rig import DID, Rig

ANI = "+14805551234"
GONE: dict[str, Any] = {
    "gone": {"switch": "hung_up.in", "case": {"talk": "talked"}, "default": "left"},
    "left": {"action": "request", "service": "crm", "wait": False, "next": "over",
             "send": {"how": "hung up", "at": "{hung_up.at}", "in": "{hung_up.in}", "code": "{code}"}},
    "talked": {"set": {"how": "talked", "list:callers": "30d"}, "next": "told"},
    "told": {"action": "request", "service": "crm", "wait": False, "send": ["how", "hung_up.talk_s"], "next": "over"},
    "over": {"action": "hangup"},
}  # fmt: skip
NODES: dict[str, Any] = {
    "ask": {"audio": "welcome.wav", "gather": {"XXX": "more", "1": "ring", "9": "out"}, "save": "code",
            "no_input_node": "bye", "no_match_node": "bye", "max_attempts": 1},
    "more": {"audio": "hello.wav", "next": "look"},
    "look": {"action": "request", "service": "codes", "save": "found", "next": "which", "fail_node": "bye"},
    "which": {"audio": "license.wav", "gather": {"1": "ring", "2": "bye"}},
    "ring": {"action": "transfer", "on_agent_hangup": "after", "fallback_node": "bye"},
    "after": {"audio": "area.wav", "gather": {"2": "bye"}},
    "bye": {"action": "hangup", "audio": "bye.wav"},
    "out": {"action": "suppress"},
    **GONE,
}  # fmt: skip


@pytest.fixture
def crm(rig: Rig) -> FakeServices:
    publish(rig, NODES)
    return served(rig, FakeServices(codes=[{"known": True}]))


def publish(rig: Rig, nodes: dict[str, Any], **menu: Any) -> None:
    prompts = rig.menus.menus["ivr_seed01:3"].prompts
    tree = parse_menu({"name": "M", "hung_up_node": "gone", **menu, "nodes": nodes})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, tree, prompts), DID)


def call(rig: Rig, script: str | CallScript, **setup: Any) -> CallResult:
    agents = AgentBook(default=setup.pop("agent", None))
    keys = CallScript.parse(script) if isinstance(script, str) else script
    result = DevSwitch(rig.targets, speed=40, agents=agents).call(
        CallSetup(did=DID, ani=ANI, script=keys, **setup), timeout_s=60
    )
    rig.drained()
    assert result.violations == []
    return result


def leave_while_asking(rig: Rig, services: FakeServices, keys: str, variables: dict[str, str]) -> None:
    """The caller hangs up while a service is asked, which answers then."""
    services.let.clear()
    script = CallScript.parse(keys)
    live = DevSwitch(rig.targets, speed=40).start(
        CallSetup(did=DID, ani=ANI, script=script, extra_variables=variables)
    )
    assert services.waiting.wait(30)
    live.hang_up()
    rig.until(lambda: not live.channel.is_up)
    services.let.set()
    live.wait(30)
    rig.drained()


def left(at: str, during: str, code: str | None = None) -> list[tuple[str, dict[str, str | None]]]:
    return [("crm", {"how": "hung up", "at": at, "in": during, "code": code})]


@DIALECTS
@pytest.mark.parametrize(
    ("keys", "at", "code"),
    [("h", "ask", None), ("12h", "ask", None), ("123,h", "which", "123")],
    ids=["at a question", "in an entry", "at a question after a message and a request"],
)
def test_it_is_done_where_a_caller_leaves_a_question_with_what_the_call_knows(
    rig: Rig, crm: FakeServices, variables: dict[str, str], keys: str, at: str, code: str | None
) -> None:
    call(rig, keys, extra_variables=variables)
    assert crm.notices == left(at, "menu", code)
    assert path(rig)[-4:] == [(at, "hang_up", None), ("gone", "hung_up", "menu"), ("gone", "switch", "default"),
                              ("left", "request", "crm")]  # fmt: skip
    assert (record(rig)["outcome"], record(rig)["hung_up_by"]) == ("caller_hung_up", "caller")


def test_it_is_done_where_a_caller_leaves_during_a_message(rig: Rig, crm: FakeServices) -> None:
    publish(rig, {**NODES, "more": {"audio": "welcome.wav", "next": "which"}})
    call(rig, "123h@300")
    assert crm.notices == left("more", "menu", "123")


@DIALECTS
def test_it_is_done_where_a_caller_leaves_while_a_service_is_asked(
    rig: Rig, crm: FakeServices, variables: dict[str, str]
) -> None:
    """The answer that comes all the same is known there."""
    publish(rig, {**NODES, "left": {**NODES["left"], "send": ["hung_up.in", "found.known"]}})
    leave_while_asking(rig, crm, "123", variables)
    assert crm.notices == [("crm", {"hung_up.in": "menu", "found.known": True})]


@DIALECTS
def test_it_is_done_where_a_caller_leaves_while_an_agent_is_rung(
    rig: Rig, crm: FakeServices, variables: dict[str, str]
) -> None:
    script = CallScript(CallScript.parse("1").steps, hang_up_ms=12_000)
    call(rig, script, agent=ScriptedAgent.ringing(), extra_variables=variables)
    assert crm.notices == left("ring", "ringing", "1")


@DIALECTS
def test_it_is_done_where_a_caller_ends_the_talk_which_a_switch_can_tell(
    rig: Rig, crm: FakeServices, variables: dict[str, str]
) -> None:
    script = CallScript(CallScript.parse("1").steps, hang_up_ms=30_000)
    call(rig, script, agent=ScriptedAgent.answering(talk_ms=None), extra_variables=variables)
    (attempt,) = record(rig)["agent"]
    assert crm.notices == [("crm", {"how": "talked", "hung_up.talk_s": round((attempt["talk_ms"] or 0) / 1000)})]
    assert (record(rig)["outcome"], record(rig)["hung_up_by"]) == ("transferred", "caller")
    assert path(rig)[-5:] == [("gone", "hung_up", "talk"), ("gone", "switch", "talk"),
                              ("talked", "listed", "callers"), ("talked", "skipped", None),
                              ("told", "request", "crm")]  # fmt: skip
    (listing,) = rig.records.of("listing")
    assert (listing["list_name"], listing["node"]) == ("callers", "talked")


def test_who_leaves_the_question_after_a_talk_was_in_the_menu(rig: Rig, crm: FakeServices) -> None:
    call(rig, "1,h", agent=ScriptedAgent.answering())
    assert crm.notices == left("after", "menu", "1")
    assert record(rig)["outcome"] == "transferred"


@pytest.mark.parametrize(
    ("script", "outcome"),
    [("-", "hung_up"), ("9", "opted_out"), ("1,2", "transferred"), ("12", "hung_up")],
    ids=["a hangup after silence", "an opt-out", "a hangup after the talk", "a hangup after a wrong key"],
)
def test_nothing_is_done_where_the_menu_ends_the_call(
    rig: Rig, crm: FakeServices, script: str, outcome: str
) -> None:
    call(rig, script, agent=ScriptedAgent.answering())
    assert (crm.notices, record(rig)["outcome"]) == ([], outcome)


def test_nothing_is_done_where_a_caller_does_not_wait_for_the_goodbye(rig: Rig, crm: FakeServices) -> None:
    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and BYE in note.text:
            live.hang_up()

    setup = CallSetup(did=DID, ani=ANI, script=CallScript.parse("12"), on_note=watch)
    live = DevSwitch(rig.targets, speed=1).start(setup)
    live.wait(30)
    rig.drained()
    assert live.channel.hung_up_by == "caller"
    assert (crm.notices, record(rig)["outcome"]) == ([], "hung_up")


def test_nothing_is_done_where_the_agent_ends_the_call(rig: Rig, crm: FakeServices) -> None:
    publish(rig, {**NODES, "ring": {"action": "transfer"}})
    call(rig, "1", agent=ScriptedAgent.answering())
    assert (crm.notices, record(rig)["hung_up_by"]) == ([], "agent")


def test_a_caller_who_leaves_before_the_answer_heard_nothing_and_was_in_the_menu(rig: Rig, crm: FakeServices) -> None:
    publish(rig, {"look": NODES["look"], **NODES}, answer=False, start="look")
    leave_while_asking(rig, crm, "", {})
    assert [notice["in"] for _, notice in crm.notices] == ["menu"]
    ended = call_from_json(record(rig))
    assert [step.result for step in ended.path] == ["hung_up", "switch", "request"]
    assert (ended.was_unanswered, funnel_of(ended)) == (True, {})


@DIALECTS
def test_a_call_that_was_taken_over_does_it_once_too(rig: Rig, crm: FakeServices, variables: dict[str, str]) -> None:
    lost: list[ChannelNote] = []

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and not lost:
            lost.append(note)
            gevent.spawn(cut_all, rig)

    call(rig, "123,h", on_note=watch, extra_variables=variables)
    assert record(rig)["take_overs"] == 1
    assert [notice[1]["how"] for notice in crm.notices] == ["hung up"]


def test_a_chain_without_end_is_left_and_the_call_has_its_record(rig: Rig, crm: FakeServices) -> None:
    publish(rig, {**NODES, "gone": {"set": {"again": True}, "next": "gone"}})
    call(rig, "h")
    assert record(rig)["outcome"] == "caller_hung_up"
    assert len(record(rig)["path"]) < 300


def test_a_menu_whose_node_is_gone_does_nothing(rig: Rig, crm: FakeServices) -> None:
    publish(rig, {name: node for name, node in NODES.items() if name not in GONE})
    call(rig, "h")
    assert path(rig) == [("ask", "hang_up", None)]


def test_the_funnel_ends_where_the_caller_left(rig: Rig, crm: FakeServices) -> None:
    call(rig, "h")
    counts = funnel_of(call_from_json(record(rig)))
    assert counts["ask"].onward == {"o:caller_hung_up": 1}
    assert (counts["gone"].entered, counts["gone"].onward, counts["left"].onward) == (1, {"n:left": 1}, {})
