"""What a test gives and its menu has no use for is named, with the names that there are."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.given import Given, GivenAgent, GivenAnswer
from ivr.domain.menu.given_names import find_unused_languages, find_unused_lists, find_unused_names

NODES: dict[str, Any] = {
    "who": {"switch": "list:vip", "case": {"true": "ask"}, "default": "ban"},
    "ban": {"set": {"list:banned": "1d"}, "next": "find"},
    "find": {"action": "request", "service": "codes", "send": ["call.id", "people.count"], "save": "found",
             "next": "ask", "fail_node": "ring"},
    "ask": {"text": "{line.label}, press 1.", "audio": "a-{place}.wav", "gather": {"1": "ring"}},
    "ring": {"action": "transfer", "agent": "sales", "fallback_node": "else"},
    "else": {"action": "transfer", "headers": {"X-IVR-Case": "{case}"}},
}  # fmt: skip
ANSWERS, RINGS = (GivenAnswer("x"),), (GivenAgent(),)


@pytest.mark.parametrize(
    "given",
    [
        Given(lists=("vip", "banned"), services={"codes": ANSWERS}, agents={"sales": RINGS, "default": RINGS}),
        Given(variables={"call.name": "Ann", "people": 2, "line.label": "x", "line": "y", "place": "z", "case": 1}),
        Given(variables={"language": "en"}),
        Given(random=7, caller="+14805550143"),
    ],
)
def test_what_some_node_uses_may_be_given(given: Given) -> None:
    assert list(find_unused_names(given, parse_menu({"name": "M", "nodes": NODES}).nodes)) == []


@pytest.mark.parametrize(
    ("given", "at", "message"),
    [
        (Given(lists=("vip", "vipp")), "lists/1", "no node asks the list vipp; those of this menu: banned, vip"),
        (
            Given(services={"cods": ANSWERS}), "services/cods",
            "no node asks the service cods; those of this menu: codes",
        ),
        (
            Given(agents={"sale": RINGS}), "agents/sale",
            "no node rings the agent sale; those of this menu: default, sales",
        ),
        (
            Given(variables={"plac": "A7"}), "variables/plac",
            "no node reads the variable plac; those of this menu: call.id, case, line.label, people.count, place",
        ),
    ],
)  # fmt: skip
def test_what_no_node_uses_is_named_with_what_they_do(given: Given, at: str, message: str) -> None:
    (problem,) = find_unused_names(given, parse_menu({"name": "M", "nodes": NODES}).nodes)
    assert (problem.pointer, problem.message) == (f"/given/{at}", message)


def test_a_menu_that_asks_nothing_says_so() -> None:
    nodes = parse_menu({"name": "M", "nodes": {"bye": {"action": "hangup"}}}).nodes
    (problem,) = find_unused_names(Given(lists=("vip",)), nodes)
    assert problem.message == "no node asks the list vip; this menu has none"


def test_an_expected_list_that_no_node_asks_or_sets_is_named() -> None:
    nodes = parse_menu({"name": "M", "nodes": NODES}).nodes
    (problem,) = find_unused_lists({"vip": False, "banned": "1d", "baned": False}, nodes)
    assert (problem.pointer, problem.code) == ("/expected/lists/baned", "expected_not_used")
    assert problem.message == "no node asks or sets the list baned; those of this menu: banned, vip"


def test_a_language_that_the_menu_does_not_speak_is_a_fault() -> None:
    assert list(find_unused_languages("es", "en", ["en", "es"])) == []
    given, expected = find_unused_languages("fr", "de", ["en", "es"])
    assert (given.pointer, given.code) == ("/given/language", "given_not_used")
    assert expected.pointer == "/expected/language"
    assert given.message == "the menu does not speak fr; those of this menu: en, es"
