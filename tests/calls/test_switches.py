"""Switches and variables on a call: chosen without a round trip, kept by the next worker, shown by the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.switch.session import Session
from ivr.domain.errors import StorageUnavailable
from ivr.domain.hours.document import parse_hours
from ivr.domain.menu.given import Given
from ivr.domain.menu.interpreter import MAX_STEPS
from ivr.domain.reports.funnel import funnel_of
from ivr.storage.postgres.calls import call_from_json
from tests.calls.test_messages import BYE, DIALECTS, HELLO, WELCOME, cut_at, path, publish, record
from tests.rig import DID, Rig

ANI = "+14805551234"
WHO = {
    "who": {"switch": "caller", "case": {"anonymous": "secret", "+1480*": "local"}, "default": "ask"},
    "local": {"set": {"line": "Phoenix", "calls": 1, "known": True}, "switch": "known", "case": {"true": "deep"},
              "default": "bye"},
    "deep": {"switch": "calls", "case": {"1..9": "ask"}, "default": "bye"},
    "secret": {"set": {"line": "none"}, "next": "ask"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "after", "2": "who"}, "max_attempts": 2},
    "after": {"switch": "line", "case": {"Phoenix": "bye", "": "empty"}, "default": "agent"},
    "empty": {"action": "hangup"},
    "agent": {"action": "transfer"},
    "bye": {"action": "hangup", "audio": "bye.wav"},
}  # fmt: skip


def call(rig: Rig, keys: str, ani: str = ANI, **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=40, agents=setup.pop("agents", None))
    result = switch.call(CallSetup(did=DID, ani=ani, script=CallScript.parse(keys), **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    written: list[bytes] = []
    send = Session._send

    def noted(self: Session, data: bytes) -> None:
        written.append(data)
        send(self, data)

    monkeypatch.setattr(Session, "_send", noted)
    return written


@DIALECTS
def test_switches_and_the_question_after_them_are_one_write(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    publish(rig, WHO)
    result = call(rig, "1", extra_variables=variables)
    assert result.prompt_names == [WELCOME, BYE]
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 1
    question = next(data for data in writes if b"play_and_get_digits" in data)
    assert b"answer" in question, "nothing was sent before"
    assert path(rig) == [("who", "switch", "+1480*"), ("local", "switch", "true"), ("deep", "switch", "1..9"),
                         ("ask", "key", "1"), ("after", "switch", "Phoenix"), ("bye", "action", None)]  # fmt: skip
    assert record(rig)["outcome"] == "hung_up"


def test_the_record_has_what_was_compared_but_no_number_of_the_call(rig: Rig) -> None:
    publish(rig, WHO)
    call(rig, "1")
    assert [step["value"] for step in record(rig)["path"]] == [None, "true", "1", None, "Phoenix", None]


def test_a_case_is_another_variable_and_the_record_has_its_name(rig: Rig) -> None:
    publish(rig, {
        "ask": {"audio": "welcome.wav", "gather": {"X": "same"}, "save": "keyed"},
        "same": {"set": {"busy": 3}, "switch": "keyed", "case": {"0": "agent", "{busy}": "me"}, "default": "agent"},
        "me": {"switch": "called", "case": {"{caller}": "agent"}, "default": "own"},
        "own": {"switch": "caller", "case": {"{caller}": "bye"}, "default": "agent"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
        "agent": {"action": "transfer"},
    })  # fmt: skip
    call(rig, "3")
    switches = [(step["node"], step["key"], step["value"]) for step in record(rig)["path"]][1:-1]
    assert switches == [("same", "{busy}", "3"), ("me", "default", None), ("own", "{caller}", None)]


def test_what_is_the_same_as_a_secret_stands_in_no_record(rig: Rig) -> None:
    publish(rig, {
        "pin": {"audio": "welcome.wav", "gather": {"XXXX": "told"}, "save": "pin", "secret": True},
        "told": {"audio": "welcome.wav", "gather": {"XXXX": "same"}, "save": "told", "secret": False},
        "same": {"set": {"shown": "4711"}, "switch": "shown", "case": {"{pin}": "bye"}, "default": "agent"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
        "agent": {"action": "transfer"},
    })  # fmt: skip
    call(rig, "4711,1234")
    (step,) = [step for step in record(rig)["path"] if step["result"] == "switch"]
    assert (step["node"], step["key"], step["value"]) == ("same", None, None)


def test_a_caller_without_a_number_is_anonymous(rig: Rig) -> None:
    publish(rig, WHO)
    call(rig, "1", ani="anonymous", agents=AgentBook(default=ScriptedAgent.busy()))
    assert path(rig)[:2] == [("who", "switch", "anonymous"), ("secret", "skipped", None)]
    assert path(rig)[3:] == [("after", "switch", "default"), ("agent", "action", None)]


def test_a_variable_that_was_never_set_is_empty(rig: Rig) -> None:
    publish(rig, WHO)
    call(rig, "1", ani="+13125550100")
    assert path(rig) == [("who", "switch", "default"), ("ask", "key", "1"), ("after", "switch", ""),
                         ("empty", "action", None)]  # fmt: skip


@DIALECTS
def test_a_worker_lost_at_a_question_leaves_its_variables_to_the_next(
    rig: Rig, variables: dict[str, str]
) -> None:
    publish(rig, WHO)
    result = call(rig, "1", on_note=cut_at(rig, WELCOME), extra_variables=variables)
    assert result.connections == 2
    assert path(rig)[-2:] == [("after", "switch", "Phoenix"), ("bye", "action", None)]
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("hung_up", 1)


@DIALECTS
def test_a_worker_lost_in_a_message_that_set_a_variable_does_not_set_it_twice(
    rig: Rig, variables: dict[str, str]
) -> None:
    nodes = {
        "hello": {"audio": "hello.wav", "set": {"log": "{log}x"}, "next": "ask"},
        "ask": {"gather": {"1": "after"}},
        "after": {"switch": "log", "case": {"x": "bye"}, "default": "wrong"},
        "bye": {"action": "hangup"},
        "wrong": {"action": "suppress"},
    }
    publish(rig, nodes)
    result = call(rig, "1", on_note=cut_at(rig, HELLO), extra_variables=variables)
    assert result.connections == 2
    assert path(rig)[-2:] == [("after", "switch", "x"), ("bye", "action", None)]


def test_the_numbers_of_the_call_can_be_copied_and_are_there_after_a_takeover(rig: Rig) -> None:
    nodes = {
        "ask": {"audio": "welcome.wav", "set": {"to": "{caller}"}, "gather": {"1": "own"}},
        "own": {"set": {"line": "{called} for {to}"}, "next": "which"},
        "which": {"switch": "line", "case": {f"{DID} for {ANI}": "bye"}, "default": "wrong"},
        "bye": {"action": "hangup"},
        "wrong": {"action": "suppress"},
    }
    publish(rig, nodes)
    call(rig, "1", on_note=cut_at(rig, WELCOME))
    assert path(rig)[-2:] == [("which", "switch", f"{DID} for {ANI}"), ("bye", "action", None)]
    assert record(rig)["path"][-2]["value"] is None


def test_a_switch_with_a_prompt_is_heard_in_the_same_write_as_the_question(rig: Rig, writes: list[bytes]) -> None:
    publish(rig, {"first": {"audio": "hello.wav", "switch": "x", "case": {"": "ask"}, "default": "ask"},
                  "ask": {"audio": "welcome.wav", "gather": {"1": "bye"}}, "bye": WHO["bye"]})  # fmt: skip
    assert call(rig, "1").prompt_names == [HELLO, WELCOME, BYE]
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 1
    step = record(rig)["path"][0]
    assert (step["result"], step["key"], step["value"], step["prompt_ms"], step["prompt"]) == (
        "switch", "", "", 3000, f"{HELLO}.wav",
    )  # fmt: skip


def test_switches_that_lead_to_each_other_end_as_any_endless_call_does(rig: Rig) -> None:
    publish(rig, {"a": {"switch": "x", "case": {"1": "a"}, "default": "b"},
                  "b": {"switch": "x", "case": {"1": "b"}, "default": "a"}})  # fmt: skip
    assert call(rig, "-").prompt_names == ["goodbye"]
    assert record(rig)["outcome"] == "budget_spent"
    assert len(record(rig)["path"]) == MAX_STEPS


def test_a_node_that_is_visited_too_often_leads_elsewhere_also_after_a_takeover(rig: Rig) -> None:
    publish(rig, {"ask": {"audio": "welcome.wav", "gather": {"1": "again"}, "max_visits": 2, "over_node": "bye"},
                  "again": {"audio": "hello.wav", "next": "ask"}, "bye": WHO["bye"]})  # fmt: skip
    result = call(rig, "1,1,1", on_note=cut_at(rig, HELLO))
    assert result.connections == 2
    assert [node for node, _, _ in path(rig)] == ["ask", "again", "ask", "again", "bye"]


def test_nodes_that_count_together_share_their_visits(rig: Rig) -> None:
    limit = {"max_visits": 2, "over_node": "bye", "count": "tries"}
    publish(rig, {"a": {"gather": {"1": "b"}, **limit}, "b": {"gather": {"1": "a"}, **limit}, "bye": WHO["bye"]})
    call(rig, "1,1,1")
    assert [node for node, _, _ in path(rig)] == ["a", "b", "bye"]


def test_what_has_no_room_stays_as_it_was_and_the_record_says_so(rig: Rig) -> None:
    long = {f"v{number}": "x" * 200 for number in range(12)}
    publish(rig, {"ask": {"set": long, "gather": {"1": "which"}},
                  "which": {"switch": "v11", "case": {"": "bye"}, "default": "ask"}, "bye": WHO["bye"]})  # fmt: skip
    call(rig, "1")
    unset = [key for node, result, key in path(rig) if result == "not_set"]
    assert unset == ["v9", "v10", "v11"]
    assert path(rig)[-2:] == [("which", "switch", ""), ("bye", "action", None)]
    counts = funnel_of(call_from_json(record(rig)))
    assert counts["ask"].entered == 1


@pytest.mark.parametrize(("number", "node"), [(1, "bye"), (50, "bye"), (51, "agent"), (100, "agent")])
def test_chance_is_a_number_from_1_to_100(rig: Rig, number: int, node: str) -> None:
    publish(rig, {"half": {"switch": "random", "case": {"1..50": "bye"}, "default": "agent"}, **{
        name: WHO[name] for name in ("bye", "agent")}})  # fmt: skip
    rig.server._services = replace(rig.server._services, random=lambda: number)
    call(rig, "-", agents=AgentBook(default=ScriptedAgent.busy()))
    assert path(rig)[-1][0] == node
    assert record(rig)["path"][0]["value"] == str(number)


def test_an_opt_out_behind_a_switch_has_the_key_and_the_prompt_of_its_question(rig: Rig) -> None:
    publish(rig, {"ask": {"audio": "welcome.wav", "gather": {"9": "which"}},
                  "which": {"switch": "caller", "case": {"+1*": "dnc"}, "default": "dnc"},
                  "dnc": {"action": "suppress"}})  # fmt: skip
    call(rig, "9")
    (opt_out,) = rig.records.of("opt_out")
    assert (opt_out.node, opt_out.key, opt_out.prompt_file) == ("ask", "9", f"{WELCOME}.wav")


def test_the_funnel_counts_the_cases_of_a_switch(rig: Rig) -> None:
    publish(rig, WHO)
    call(rig, "1")
    counts = funnel_of(call_from_json(record(rig)))
    assert counts["who"].keys == {"+1480*": 1}
    assert counts["who"].onward == {"n:local": 1}
    assert counts["who"].quantile_s(0.5) is None


def test_a_menu_of_the_former_release_is_led_without_a_new_word_in_its_state(
    rig: Rig, writes: list[bytes]
) -> None:
    nodes = {name: node for name, node in WHO.items() if name in ("ask", "bye")}
    publish(rig, {**nodes, "after": WHO["bye"], "who": WHO["bye"]})
    call(rig, "1")
    states = [data for data in writes if b"ivr_state" in data]
    assert states
    assert all(b"4.0;i" in data and b"5.0;i" not in data for data in states)


@pytest.mark.parametrize(
    ("at", "node"),
    [
        ("2026-03-09T12:00:00+00:00", "bye"),
        ("2026-03-09T07:59:59+00:00", "agent"),
        ("2026-03-08T12:00:00+00:00", "agent"),
    ],
)
def test_opening_hours_are_asked_without_a_round_trip_at_the_time_of_the_call(
    rig: Rig, writes: list[bytes], at: str, node: str
) -> None:
    asking = {"open": {"switch": "hours:office", "case": {"open": "ask"}, "default": "agent"},
              "ask": {"audio": "welcome.wav", "gather": {"1": "bye"}}}  # fmt: skip
    publish(rig, {**asking, "bye": WHO["bye"], "agent": WHO["agent"]})
    day = {"zone": "UTC", "week": {"mon": ["08:00-18:00"]}}
    menu = replace(
        rig.menus.menus["ivr_seed01:4"],
        hours={"office": parse_hours("office", day)},
        given=Given(at=datetime.fromisoformat(at)),
    )
    rig.menus.publish(replace(menu, version=5), DID)
    call(rig, "1", agents=AgentBook(default=ScriptedAgent.busy()))
    assert path(rig)[-1][0] == node
    word = "open" if node == "bye" else "closed"
    assert (record(rig)["path"][0]["key"], record(rig)["path"][0]["value"]) == (
        word if word == "open" else "default", word
    )  # fmt: skip


def test_hours_that_are_not_there_lead_to_the_default(rig: Rig) -> None:
    publish(rig, {"open": {"switch": "hours:gone", "case": {"open": "agent"}, "default": "bye"},
                  "bye": WHO["bye"], "agent": WHO["agent"]})  # fmt: skip
    call(rig, "-")
    assert path(rig) == [("open", "switch", "default"), ("bye", "action", None)]


ON_LIST = {
    "banned": {"switch": "list:banned", "case": {"true": "bye"}, "default": "regular"},
    "regular": {"switch": "list:regulars", "case": {"true": "agent"}, "default": "ask"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "bye"}},
    "bye": WHO["bye"],
    "agent": WHO["agent"],
}


@pytest.mark.parametrize(
    ("lists", "values", "last"),
    [
        ({"banned"}, ["true"], "bye"),
        ({"regulars"}, ["false", "true"], "agent"),
        (set(), ["false", "false"], "bye"),
        (None, ["", ""], "bye"),
    ],
)
def test_a_call_asks_once_which_lists_its_caller_is_on(
    rig: Rig, lists: set[str] | None, values: list[str], last: str
) -> None:
    publish(rig, ON_LIST)
    asked: list[str] = []

    def lists_of(number: str, moment: datetime) -> frozenset[str]:
        asked.append(number)
        if lists is None:
            raise StorageUnavailable("away")
        return frozenset(lists)

    rig.server._services = replace(rig.server._services, lists_of=lists_of)
    call(rig, "1", agents=AgentBook(default=ScriptedAgent.busy()))
    assert [step["value"] for step in record(rig)["path"] if step["result"] == "switch"] == values
    assert path(rig)[-1][0] == last
    assert set(asked) == {ANI}
    assert len(asked) == (2 if lists is None else 1)


def test_a_caller_without_a_number_is_on_no_list(rig: Rig) -> None:
    publish(rig, ON_LIST)
    call(rig, "1", ani="anonymous")
    assert [step["value"] for step in record(rig)["path"][:2]] == ["false", "false"]
