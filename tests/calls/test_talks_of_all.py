"""A transfer with `join: all`: who is in the talk, when it is over, and what the record says of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devswitch.caller import AgentBook, CallScript
from devswitch.caller import ScriptedAgent as FarEnd
from devswitch.channel import ChannelNote
from devswitch.phone.call import given_agent, story_of
from devswitch.switch import CallSetup, DevSwitch
from esl_server.agents.calls_out import CallsOut
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.given import Given, GivenAgent
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.telephones.way_out import OutTrunk, gateways_out
from ivr.storage.people_source import PeopleSource
from tests.calls.test_hand_off import cut_all
from tests.calls.test_people import NODES, TRUNK, People, attempts, call, last_node, record
from tests.rig import DID, Rig, running_server

ALL = {"join": "all"}


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def rig(tmp_path: Path, people: People) -> Iterator[Rig]:
    calls_out = CallsOut(lambda: (OutTrunk(TRUNK, gateways_out(TRUNK)),))
    with running_server(tmp_path, calls_out=calls_out, people=PeopleSource(people)) as rig:
        yield rig


def test_all_who_answer_are_in_the_talk_until_the_last_has_left(rig: Rig, people: People) -> None:
    ann, ben = FarEnd.answering(ring_ms=500, talk_ms=4000), FarEnd.answering(ring_ms=1500, talk_ms=8000)
    result = call(rig, ALL, {"ann": ann, "ben": ben})
    assert sorted(attempts(rig)) == [("ann", "answered"), ("ben", "answered"), ("cat", "busy")]
    assert [leg.cause for leg in result.bridges if leg.answered_ms] == ["NORMAL_CLEARING"] * 2
    assert {each for each in people.ended if people.ended[each]} == {"ann", "ben"}
    assert last_node(rig) == "after"


def test_the_caller_hears_the_hold_audio_until_the_first_has_joined_and_two_tones_then(rig: Rig) -> None:
    ann, ben = FarEnd.answering(ring_ms=1000, talk_ms=4000), FarEnd.answering(ring_ms=3000, talk_ms=2000)
    result = call(rig, ALL, {"ann": ann, "ben": ben})
    held, *joined = [each for each in result.heard if each.source in ("ringback", "joined")]
    assert "440,480" in held.file
    assert held.ended_ms - held.started_ms == pytest.approx(1000, abs=400)
    assert [each.started_ms >= held.ended_ms for each in joined] == [True, True]


def test_where_nobody_answers_the_call_goes_on_by_why(rig: Rig) -> None:
    result = call(rig, ALL)
    assert attempts(rig) == [("ann", "busy"), ("ben", "busy"), ("cat", "busy")] or last_node(rig) == "busy"
    assert [leg.answered_ms for leg in result.bridges] == [None] * 3


def test_who_rings_still_when_the_talk_is_over_is_let_go(rig: Rig) -> None:
    call(rig, ALL, {"ann": FarEnd.ringing(), "ben": FarEnd.answering(ring_ms=500, talk_ms=1000)})
    assert sorted(attempts(rig)) == [("ann", "cancelled"), ("ben", "answered"), ("cat", "busy")]
    assert last_node(rig) == "after"


def test_the_callers_key_ends_the_talk(rig: Rig) -> None:
    script = CallScript(presses=((1500, "5"), (3000, "*")))
    call(rig, {**ALL, "end_key": "*"}, {"ann": FarEnd.answering(talk_ms=60_000)}, script=script)
    (talk,) = [each for each in record(rig)["agent"] if each["result"] == "answered"]
    assert (talk["person"], talk["talk_ms"] < 60_000, last_node(rig)) == ("ann", True, "after")


@pytest.mark.parametrize("answered", [True, False])
def test_the_callers_hang_up_ends_the_talk_for_all(rig: Rig, answered: bool) -> None:
    far = FarEnd.answering(ring_ms=500, talk_ms=60_000) if answered else FarEnd.ringing()
    result = call(rig, ALL, {"ann": far, "cat": far}, script=CallScript(hang_up_ms=3000))
    assert {each for each in attempts(rig) if each[0] != "ben"} == {
        (person, "answered" if answered else "cancelled") for person in ("ann", "cat")
    }
    assert all(leg.ended_ms is not None for leg in result.bridges)
    assert record(rig)["outcome"] == ("transferred" if answered else "caller_hung_up")


def test_the_key_that_takes_the_call_lets_them_join(rig: Rig) -> None:
    more = {**ALL, "accept_key": "1"}
    machine = FarEnd.answering(talk_ms=1000)
    call(rig, more, {"ann": FarEnd.answering(talk_ms=20_000), "cat": FarEnd(accepts=False, talk_ms=machine.talk_ms)})
    assert sorted(attempts(rig)) == [("ann", "answered"), ("ben", "busy"), ("cat", "no_answer")]


WORDS = {**ALL, "case": {"booked": "closed", "later": "busy"}}


@pytest.mark.parametrize(
    ("ann", "ben", "way"), [("later", "booked", "closed"), ("Later", "", "busy"), ("no word!", "", "after")]
)
def test_the_call_goes_on_by_the_word_of_whoever_left_last_with_one(rig: Rig, ann: str, ben: str, way: str) -> None:
    far = {
        "ann": replace(FarEnd.answering(ring_ms=500, talk_ms=2000), reports=ann),
        "ben": replace(FarEnd.answering(ring_ms=500, talk_ms=6000), reports=ben),
    }
    call(rig, WORDS, far)
    assert last_node(rig) == way
    said = {each["person"]: each["reported"] for each in record(rig)["agent"] if each["result"] == "answered"}
    assert said == {"ann": None if way == "after" else ann, "ben": ben or None}


def test_each_of_them_may_take_the_caller_off(rig: Rig) -> None:
    far = {
        "ann": replace(FarEnd.answering(ring_ms=500, talk_ms=2000), reports="DNC"),
        "ben": replace(FarEnd.answering(ring_ms=500, talk_ms=6000), reports="booked"),
    }
    call(rig, WORDS, far)
    (opt_out,) = rig.records.of("opt_out")
    assert (opt_out.source, opt_out.node) == ("agent", "ring")


def test_a_lost_worker_ends_no_talk(rig: Rig) -> None:
    def cut(note: ChannelNote) -> None:
        if note.kind == "agent" and not cuts:
            cuts.append(note.at_ms)
            cut_all(rig)

    cuts: list[float] = []
    ann, ben = FarEnd.answering(ring_ms=500, talk_ms=6000), FarEnd.answering(ring_ms=1500, talk_ms=3000)
    result = call(rig, WORDS, {"ann": replace(ann, reports="later"), "ben": ben}, on_note=cut)
    assert sorted(attempts(rig)) == [("ann", "answered"), ("ben", "answered"), ("cat", "busy")]
    assert (record(rig)["take_overs"], last_node(rig), len(result.bridges)) == (1, "busy", 3)


def test_a_switch_without_conferences_connects_the_first_and_that_is_counted(rig: Rig) -> None:
    far = {"ann": FarEnd.answering(ring_ms=500, talk_ms=2000), "cat": FarEnd.answering(ring_ms=900, talk_ms=2000)}
    call(rig, ALL, far, extra_variables={"digitree_conference": "false"})
    assert sorted(attempts(rig)) == [("ann", "answered"), ("ben", "busy"), ("cat", "elsewhere")]
    assert rig.server._services.counters.not_joined == 1


def test_in_a_test_each_of_the_given_people_is_rung_and_who_picks_up_joins(rig: Rig, people: People) -> None:
    turns = (GivenAgent(rings_s=1, talks_s=5), GivenAgent("busy"), GivenAgent(rings_s=2, talks_s=1))
    nodes = {"ring": {"action": "transfer", "people": "office", **ALL, "on_agent_hangup": "after"}, **NODES}
    tree, given = parse_menu({"name": "T", "nodes": nodes}), Given(people={"office": turns})
    rig.menus.publish(PublishedMenu("ivr_seed01", 900, tree, {}, given=given), DID)
    book = AgentBook({"office@people.invalid": [given_agent(each, "") for each in turns]})
    result = DevSwitch(rig.targets, speed=40, agents=book).call(CallSetup(did=DID), 30)
    rig.drained()
    assert sorted(attempts(rig)) == [("office", "answered"), ("office", "answered"), ("office", "busy")]
    assert last_node(rig) == "after"
    assert [each["to"] for each in story_of(result.variables) if each["what"] == "rang"] == ["office"] * 3
    assert people.ended == {}, "nobody has talked"
