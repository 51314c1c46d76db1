"""Questions among which callers go round without an exit are told, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.starters import STARTERS

END = {"action": "hangup"}
MENUS = sorted((Path(__file__).parents[1] / "menus").glob("m*.json"))


def ask(*targets: str, **more: Any) -> dict[str, Any]:
    return {"gather": {str(key): target for key, target in enumerate(targets, 1)}, **more}


def say(next_node: str) -> dict[str, Any]:
    return {"audio": "a.wav", "next": next_node}


def told(document: dict[str, Any]) -> list[str]:
    found = lint(parse_menu(document), ())
    return [each.pointer.removeprefix("/nodes/") for each in found if each.code == "no_way_out"]


@pytest.mark.parametrize(
    ("nodes", "where"),
    [
        ({"a": ask("m", no_input_node="a"), "m": say("a")}, ["a"]),
        ({"a": ask("m", timeout_node="m"), "m": say("a")}, ["a"]),
        ({"a": ask("b", timeout_node="b"), "b": ask("a", timeout_node="a")}, ["a"]),
        # Only the inner ones hold callers.
        (
            {"a": ask("b", "end"), "b": ask("c", no_input_node="c"), "c": ask("b", no_input_node="b"), "end": END},
            ["b"],
        ),
        ({"a": ask("b", "c"), "b": ask("b", no_input_node="b"), "c": ask("c", no_input_node="c")}, ["b", "c"]),
        ({"a": ask("m", no_input_node="a", max_visits=2, over_node="a"), "m": say("a")}, ["a"]),
    ],
)
def test_questions_that_hold_callers_are_told_once_at_the_first(nodes: dict[str, Any], where: list[str]) -> None:
    assert told({"name": "m", "nodes": nodes}) == where


@pytest.mark.parametrize(
    "nodes",
    [
        {"a": ask("end", no_input_node="a"), "end": END},
        {"a": ask("m", no_input_node="a"), "m": say("b"), "b": ask("a")},
        # A silence ends it.
        {"a": ask("m"), "m": say("a")},
        {"a": ask("m", timeout_node="a"), "m": say("a")},
        {"a": ask("t", no_input_node="a"), "t": {"action": "transfer", "on_agent_hangup": "a", "fallback_node": "a"}},
        {"a": ask("a", no_input_node="a", max_visits=3, over_node="end"), "end": END},
        # Told as a target that does not exist, and as messages without a question.
        {"a": ask("gone", no_input_node="a")},
        {"a": say("b"), "b": say("a")},
    ],
)
def test_a_menu_with_any_way_out_is_not_told(nodes: dict[str, Any]) -> None:
    assert told({"name": "m", "nodes": nodes}) == []


def test_what_no_call_comes_to_is_told_as_that_alone() -> None:
    nodes = {"end": END, "a": ask("a", no_input_node="a")}
    assert told({"name": "m", "nodes": nodes}) == []


def test_no_menu_that_people_run_and_no_template_is_told() -> None:
    real = [json.loads(each.read_text())["menu"] for each in MENUS]
    assert len(real) == 16
    assert [each["name"] for each in [*real, *(starter.document("m") for starter in STARTERS)] if told(each)] == []


def test_the_warning_names_the_nodes_among_which_callers_go_round() -> None:
    nodes = {"a": ask("m", no_input_node="a"), "m": say("a")}
    [found] = [each for each in lint(parse_menu({"name": "m", "nodes": nodes}), ()) if each.code == "no_way_out"]
    assert (found.node, "between here and m " in found.message) == ("a", True)
