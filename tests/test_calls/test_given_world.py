"""Tests of menus with a world around them: all of it given, nothing real touched."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu.variables import reserved_rule
from tests.test_calls.conftest import CALLER
from tests.test_calls.test_menu_tests import add

BYE = {"action": "hangup", "text": "Goodbye."}


def outcome_of(api: Any, nodes: dict[str, Any], **test: Any) -> tuple[bool, list[str]]:
    """Whether the test passed on a menu of these nodes, and its faults."""
    menu = api.create({"name": "M", "nodes": nodes})
    add(api, menu, {"name": "t", "script": "-", **test})
    (result,) = api("POST", f"/ivr/{menu}/tests/run", {}).json["results"]
    return result["passed"], result["faults"]


def test_numbers_variables_and_lists_are_those_that_the_test_gives(api):
    nodes = {
        "who": {"switch": "caller", "case": {"anonymous": "nobody", "+1602*": "dialled"}, "default": "wrong"},
        "dialled": {"switch": "called", "case": {"+14155550177": "listed"}, "default": "wrong"},
        "listed": {"switch": "list:regulars", "case": {"true": "said"}, "default": "wrong"},
        "said": {"text": "Your visit is {call.first}.", "next": "kind"},
        "kind": {"switch": "call.count", "case": {"3": "bye"}, "default": "wrong"},
        "nobody": BYE, "wrong": BYE, "bye": BYE,
    }  # fmt: skip
    given = {
        "caller": "(602) 555-0143",
        "called": "+1 415 555 0177",
        "lists": ["regulars"],
        "variables": {"call.first": "tomorrow at ten", "call.count": 3},
    }
    heard = [{"text": "visit is TOMORROW at ten"}, {"node": "bye", "text": "goodbye"}]
    expected = {"node": "bye", "heard": heard, "opted_out": False}
    assert outcome_of(api, nodes, given=given, expected=expected) == (True, [])
    assert outcome_of(api, nodes, expected={"node": "wrong"}) == (True, [])
    assert outcome_of(api, nodes, given={"caller": "anonymous"}, expected={"node": "nobody"}) == (True, [])


def test_what_the_carrier_says_is_what_the_test_gives(api):
    nodes = {
        "who": {"switch": "verstat", "case": {"failed": "bad", "none": "unknown"}, "default": "wrong"},
        "bad": BYE, "unknown": BYE, "wrong": BYE,
    }  # fmt: skip
    assert outcome_of(api, nodes, given={"verstat": "failed"}, expected={"node": "bad"}) == (True, [])
    assert outcome_of(api, nodes, given={"verstat": "none"}, expected={"node": "unknown"}) == (True, [])
    assert outcome_of(api, nodes, expected={"node": "unknown"}) == (True, [])
    menu = api.create({"name": "M", "nodes": nodes})
    body = {"name": "t", "script": "-", "expected": {"node": "bad"}, "given": {"verstat": "TN-Validation-Passed"}}
    assert api("POST", f"/ivr/{menu}/tests", body).json["errors"][0]["pointer"] == "/given/verstat"


def test_a_test_shows_what_it_was_given(api):
    nodes = {
        "a": {"action": "request", "service": "a", "next": "x", "fail_node": "x"},
        "x": {"action": "transfer", "agent": "x"},
    }  # fmt: skip
    menu = api.create({"name": "M", "nodes": nodes})
    given = {"caller": "602-555-0143", "services": {"a": {"answer": [1]}}, "agents": {"x": [{"result": "busy"}]},
             "at": "2026-12-25T10:00:00-05:00"}  # fmt: skip
    (test,) = add(api, menu, {"name": "t", "script": "1", "expected": {"rang": []}, "given": given})
    shown = api("GET", f"/ivr/{menu}/tests/{test}").json
    assert shown["given"] == {
        "at": "2026-12-25T10:00:00-05:00",
        "caller": "+16025550143",
        "services": {"a": [{"answer": [1]}]},
        "agents": {"x": [{"result": "busy"}]},
    }
    assert shown["expected"] == {"rang": []}
    put = {name: shown[name] for name in ("name", "script", "expected", "agent", "given")}
    assert api("PUT", f"/ivr/{menu}/tests/{test}", put).json["given"] == shown["given"]
    (entry,) = [each for each in api("GET", "/audit").json["items"] if each["action"] == "test.create"]
    assert entry["after"]["given"] == shown["given"]


def test_each_agent_does_what_the_test_says(api):
    for name in ("sales", "support"):
        targets = [{"uri": f"sip:{name}@203.0.113.9:5060"}]
        assert api("POST", "/agents", {"name": name, "targets": targets}).status_code == 201
    nodes = {
        "first": {"action": "transfer", "agent": "sales", "fallback_node": "second"},
        "second": {"action": "transfer", "agent": "support", "fallback_node": "bye",
                   "on_agent_hangup": {"sold": "third", "*": "bye"}},
        "third": {"action": "transfer", "fallback_node": "bye"},
        "bye": BYE,
    }  # fmt: skip
    agents = {"sales": {"result": "busy"}, "support": {"rings_s": 12, "talks_s": 60, "reports": "sold"},
              "default": {"result": "declines"}}  # fmt: skip
    expected = {"rang": ["sales", "support", "default"], "node": "bye", "heard": [{"text": "Goodbye"}]}
    assert outcome_of(api, nodes, given={"agents": agents}, expected=expected) == (True, [])
    assert outcome_of(api, nodes, expected={"rang": ["support"]}) == (
        False, ["what rang is sales, not support"],
    )  # fmt: skip


def test_a_test_hears_what_every_menu_shares(api):
    nodes = {"ask": {"gather": {"9": "out"}, "max_attempts": 2}, "out": {"action": "suppress"}}
    words = ("Press 9", "not one of the choices", "Press 9", "removed from our list")
    heard = [{"text": each} for each in words]
    assert outcome_of(api, nodes, script="5,9", expected={"heard": heard}) == (True, [])


def test_an_opt_out_of_a_test_is_told_and_kept_nowhere(api):
    nodes = {"ask": {"text": "Press 9.", "gather": {"9": "out"}}, "out": {"action": "suppress", "text": "Gone."}}
    heard = [{"node": "ask"}, {"node": "out", "text": "gone"}]
    assert outcome_of(api, nodes, script="9", expected={"opted_out": True, "heard": heard}) == (True, [])
    assert outcome_of(api, nodes, script="9", expected={"opted_out": False, "heard": [{"text": "hello"}]}) == (
        False,
        [
            '"hello" is not heard, but ask: Press 9.; out: Gone.',
            "the caller's number is on the do-not-call list",
        ],
    )
    assert api("GET", f"/dnc/{CALLER}").status_code == 404


def test_what_a_run_gives_counts_where_a_test_gives_nothing(api):
    half = {"switch": "random", "case": {"1..50": "low"}, "default": "high"}
    menu = api.create({"name": "M", "nodes": {"half": half, "low": BYE, "high": BYE}})
    add(
        api,
        menu,
        {"name": "own", "script": "-", "given": {"random": 7}, "expected": {"node": "low"}},
        {"name": "run's", "script": "-", "expected": {"node": "high"}},
    )
    run = api("POST", f"/ivr/{menu}/tests/run", {"given": {"random": 80}}).json
    assert [each["faults"] for each in run["results"]] == [[], []]


SENSELESS: list[tuple[dict[str, Any], str, str]] = [
    ({"caller": "5550141"}, "/given/caller", "5550141 has 7 digits; a US number has 10"),
    ({"called": "anonymous"}, "/given/called", ""),
    ({"random": 101}, "/given/random", ""),
    ({"at": "noon"}, "/given/at", ""),
    ({"lists": ["a b"]}, "/given/lists/0", "a name has 1 to 64 letters, digits, underscores or hyphens"),
    ({"variables": {"caller": "x"}}, "/given/variables",
     reserved_rule("caller")),
    ({"variables": {"x": "y" * 201}}, "/given/variables",
     "x: a variable is a text of at most 200 characters, a whole number of at most 15 digits, or true or false"),
    ({"variables": {f"v{number}": "x" * 200 for number in range(12)}}, "/given/variables",
     "the variables of a call have at most 2000 bytes together, as JSON"),
    ({"services": {"a b": {"answer": 1}}}, "/given/services",
     "a b: a name has 1 to 64 letters, digits, underscores or hyphens"),
    ({"services": {"a": [{"answer": 1}, {}]}}, "/given/services/a/1",
     "give answer, which is any JSON, or fails, a word for how the service fails"),
    ({"services": {"a": {}}}, "/given/services/a",
     "give answer, which is any JSON, or fails, a word for how the service fails"),
    ({"services": {"a": {"answer": 1, "fails": "timeout"}}}, "/given/services/a",
     "a service answers or fails; give answer or fails, not both"),
    ({"services": {"a": {"fails": "badly"}}}, "/given/services/a/fails", ""),
    ({"services": {"a": []}}, "/given/services/a", ""),
    ({"services": {"a": "x"}}, "/given/services/a", ""),
    ({"services": {"a": {"answer": "x" * 21_000}}}, "/given", ""),
    ({"agents": {"a": {"result": "sings"}}}, "/given/agents/a/result", ""),
    ({"agents": {"a": {"reports": "a b"}}}, "/given/agents/a/reports",
     "a report is one word of 1 to 64 letters, digits, dots, underscores or hyphens"),
    ({"persons": {}}, "/given/persons", ""),
    ({"people": {"+14155550123": {"result": "full"}}}, "/given/people",
     "+14155550123: only the line of a group is closed or full; say busy or no_answer here"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "pointer", "says"), SENSELESS)
def test_a_world_that_makes_no_sense_is_refused_in_plain_words(api, menu, given, pointer, says):
    test = {"name": "t", "script": "1", "expected": {"node": "bye"}, "given": given}
    answer = api("POST", f"/ivr/{menu}/tests", test)
    assert answer.status_code == 422
    (fault, *_) = answer.json["errors"]
    assert fault["pointer"] == pointer
    assert fault["message"] == says or not says
    assert not set("^[`\\") & set(fault["message"])


def test_a_test_says_which_keys_are_sent(api):
    nodes = {"open": {"action": "send_digits", "keys": "w9", "next": "bye"}, "bye": BYE}
    assert outcome_of(api, nodes, expected={"digits_sent": ["w9"]}) == (True, [])
    assert outcome_of(api, nodes, expected={"digits_sent": []}) == (False, ["the keys sent are w9, not none"])


def test_the_language_is_asked_or_known_as_the_test_gives_it(api):
    nodes = {
        "language": {"action": "ask_language", "next": "bye"},
        "bye": {"action": "hangup", "text": {"en": "Goodbye.", "es": "Adiós."}},
    }
    menu = api.create({"name": "M", "languages": ["en", "es"], "nodes": nodes})
    offered = {"node": "language", "text": "Para español, oprima el 2."}
    tests = [
        {"script": "2", "expected": {"language": "es", "heard": [offered, {"node": "bye", "text": "adiós"}]}},
        {"script": "-", "given": {"language": "es"},
         "expected": {"language": "es", "heard": [{"node": "bye", "text": "adiós"}], "path": ["language", "bye"]}},
        {"script": "-", "expected": {"language": "es"}},
    ]  # fmt: skip
    for number, test in enumerate(tests):
        add(api, menu, {"name": f"t{number}", **test})
    results = api("POST", f"/ivr/{menu}/tests/run", {}).json["results"]
    assert [each["faults"] for each in results] == [[], [], ["the language is en, not es"]]
