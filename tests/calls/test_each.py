"""Each element of a list on a call: one after the other, from where another worker left off, with transfers that may
ring again for the next."""

from __future__ import annotations

from typing import Any

import pytest

from devswitch.caller import AgentBook, ScriptedAgent
from ivr.domain.menu.interpreter import MAX_STEPS
from ivr.domain.reports.funnel import funnel_of
from ivr.storage.postgres.calls import call_from_json
from tests.calls.fake_services import FakeServices
from tests.calls.test_messages import BYE, DIALECTS, HELLO, WELCOME, cut_at, path, publish, record
from tests.calls.test_requests import served
from tests.calls.test_switches import call
from tests.rig import Rig

PEOPLE = [{"name": "Ann", "number": 1}, {"name": "Bo", "number": 2}, {"name": "Cy", "number": 3}]
GO: dict[str, Any] = {
    "find": {"action": "request", "service": "people", "save": "found", "next": "people", "fail_node": "none"},
    "people": {"action": "each", "list": "found.people", "save": "who", "next": "ask", "done_node": "bye",
               "empty_node": "none"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "which"}},
    "which": {"switch": "who.name", "case": {"Ann": "people", "Bo": "people"}, "default": "left"},
    "left": {"switch": "who.left", "case": {"0": "people"}, "default": "none"},
    "none": {"action": "hangup"},
    "bye": {"action": "hangup", "audio": "bye.wav"},
}  # fmt: skip


def each_steps(rig: Rig) -> list[tuple[str, str | None]]:
    return [(step["key"], step["value"]) for step in record(rig)["path"] if step["result"] == "each"]


@pytest.mark.parametrize(
    ("body", "last"),
    [({"people": []}, "none"), ({}, "none"), ({"people": "Ann"}, "none"), ({"people": PEOPLE}, "bye")],
)
def test_all_elements_come_in_their_order_and_then_none(rig: Rig, body: Any, last: str) -> None:
    served(rig, FakeServices(people=[body]))
    publish(rig, GO)
    call(rig, "1,1,1")
    assert path(rig)[-1][0] == last
    if last == "bye":
        assert [key for node, result, key in path(rig) if node == "which"] == ["Ann", "Bo", "default"]
        assert each_steps(rig) == [("next", "1"), ("next", "2"), ("next", "3"), ("done", None)]
    else:
        assert each_steps(rig) == [("empty", None)]


@DIALECTS
def test_a_worker_lost_at_an_element_leaves_the_place_and_the_element_to_the_next(
    rig: Rig, variables: dict[str, str]
) -> None:
    services = served(rig, FakeServices(people=[{"people": PEOPLE}]))
    publish(rig, {**GO, "people": {**GO["people"], "shuffle": True}, "which": {"set": {"log": "{log}{who.name}"},
                  "next": "people"}, "bye": {"switch": "log", "case": {"x": "none"}, "default": "none"}})  # fmt: skip
    result = call(rig, "1,1,1", on_note=cut_at(rig, WELCOME), extra_variables=variables)
    assert result.connections == 2
    assert len(services.asked) == 1
    assert each_steps(rig) == [("next", "1"), ("next", "2"), ("next", "3"), ("done", None)]
    (log,) = [step["value"] for step in record(rig)["path"] if step["node"] == "bye"]
    assert sorted(log) == sorted("AnnBoCy")


@DIALECTS
def test_the_prompt_is_heard_with_each_element_and_a_worker_lost_in_it_takes_none_twice(
    rig: Rig, variables: dict[str, str]
) -> None:
    served(rig, FakeServices(people=[{"people": PEOPLE}]))
    nodes = {**GO, "people": {**GO["people"], "audio": "hello.wav"}}
    nodes["which"] = {"set": {"log": "{log}{who.at}"}, "next": "people"}
    nodes["bye"] = {"switch": "log", "case": {"123": "none"}, "default": "ask"}
    publish(rig, nodes)
    result = call(rig, "1,1,1", on_note=cut_at(rig, HELLO), extra_variables=variables)
    assert result.connections == 2
    heard = [name for name in result.prompt_names if name in (HELLO, WELCOME)]
    assert heard[-6:] == [HELLO, WELCOME] * 3
    assert path(rig)[-2:] == [("bye", "switch", "123"), ("none", "action", None)]


def test_a_transfer_rings_for_each_element_and_never_twice_for_one(rig: Rig) -> None:
    nodes = {
        **GO,
        "people": {**GO["people"], "next": "ring"},
        "ring": {"action": "transfer", "fallback_node": "sorry"},
        "sorry": {"switch": "who.name", "case": {"Bo": "again"}, "default": "people"},
        "again": {"set": {"x": 1}, "next": "ring", "max_visits": 1, "over_node": "people"},
    }
    served(rig, FakeServices(people=[{"people": PEOPLE}]))
    publish(rig, nodes)
    result = call(rig, "-", agents=AgentBook(default=ScriptedAgent.busy()))
    assert len(result.bridges) == 2, "for Bo it is reached again with nothing new"
    assert record(rig)["outcome"] == "hung_up"


def test_a_list_of_busy_agents_comes_to_its_end(rig: Rig) -> None:
    nodes = {**GO, "people": {**GO["people"], "next": "ring"}}
    nodes["ring"] = {"action": "transfer", "fallback_node": "people"}
    served(rig, FakeServices(people=[{"people": PEOPLE}]))
    publish(rig, nodes)
    result = call(rig, "-", agents=AgentBook(default=ScriptedAgent.busy()))
    assert (len(result.bridges), result.prompt_names) == (3, [BYE])


def test_the_longest_list_is_read_out_to_its_end(rig: Rig) -> None:
    served(rig, FakeServices(people=[{"people": list(range(99))}]))
    people = {**GO["people"], "next": "say", "max": 99}
    publish(rig, {**GO, "people": people, "say": {"audio": "hello.wav", "next": "people"}})
    call(rig, "-")
    assert each_steps(rig)[-2:] == [("next", "99"), ("done", None)]
    assert record(rig)["outcome"] == "hung_up"


def test_a_list_gone_through_again_and_again_ends_with_the_steps_of_a_call(rig: Rig) -> None:
    served(rig, FakeServices(people=[{"people": PEOPLE}]))
    publish(rig, {**GO, "people": {**GO["people"], "next": "people", "done_node": "people"}})
    call(rig, "-")
    assert record(rig)["outcome"] == "budget_spent"
    assert len(each_steps(rig)) == MAX_STEPS - 1
    assert each_steps(rig)[:5] == [("next", "1"), ("next", "2"), ("next", "3"), ("done", None), ("next", "1")]


def test_a_list_that_is_saved_again_begins_with_its_first_element(rig: Rig) -> None:
    served(rig, FakeServices(people=[{"people": PEOPLE}, {"people": PEOPLE[2:]}]))
    publish(rig, {**GO, "which": {"switch": "who.name", "case": {"Bo": "find"}, "default": "people"}})
    call(rig, "1,1,1")
    assert each_steps(rig) == [("next", "1"), ("next", "2"), ("next", "1"), ("done", None)]


def test_the_funnel_counts_where_a_list_led(rig: Rig) -> None:
    served(rig, FakeServices(people=[{"people": PEOPLE}]))
    publish(rig, {**GO, "which": {"set": {"x": 1}, "next": "people"}})
    call(rig, "1,1,1")
    counts = funnel_of(call_from_json(record(rig)))["people"]
    assert counts.keys == {"next": 3, "done": 1}
    assert counts.onward == {"n:ask": 3, "n:bye": 1}
    assert counts.quantile_s(0.5) is None
