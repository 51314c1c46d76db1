"""Loops in which nothing is keyed are told when a menu is saved, whatever the kinds of their nodes."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint

END = {"action": "hangup"}


def ask(**more: Any) -> dict[str, Any]:
    return {"audio": "a.wav", "gather": {"1": "end"}, **more}


def say(next_node: str, **more: Any) -> dict[str, Any]:
    return {"audio": "a.wav", "next": next_node, **more}


def pick(case: str, default: str, **more: Any) -> dict[str, Any]:
    return {"switch": "called", "case": {"1": case}, "default": default, **more}


def loops(nodes: dict[str, Any]) -> list[tuple[str, str]]:
    found = lint(parse_menu({"name": "m", "nodes": {**nodes, "end": END}}), {"a.wav"}, services={"x"})
    return [(each.pointer.removeprefix("/nodes/"), each.code) for each in found if "loop" in each.code]


KEYLESS, MESSAGE, SWITCH, REQUEST = "loop_without_key", "message_loop", "switch_loop", "request_loop"


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ({"t": {"action": "transfer", "fallback_node": "t"}}, [("t/fallback_node", KEYLESS)]),
        ({"t": {"action": "transfer", "fallback_node": "m"}, "m": say("t")}, [("t/fallback_node", KEYLESS)]),
        ({"a": ask(no_input_node="a")}, [("a/no_input_node", KEYLESS)]),
        ({"a": ask(no_input_node="m"), "m": say("a")}, [("a/no_input_node", KEYLESS)]),
        ({"a": ask(timeout_node="m"), "m": say("a")}, [("a/timeout_node", KEYLESS)]),
        ({"a": ask(timeout_node="a", no_input_node="m"), "m": say("a")}, [("a/no_input_node", KEYLESS)]),
        ({"a": ask(timeout_node="gone", no_input_node="a")}, [("a/no_input_node", KEYLESS)]),
        ({"a": ask(timeout_node="b"), "b": ask(no_input_node="a")},
         [("a/timeout_node", KEYLESS), ("b/no_input_node", KEYLESS)]),
        ({"a": ask(timeout_node="s"), "s": pick("end", "a")}, [("a/timeout_node", KEYLESS)]),
        # Once the visits are used up, over_node is the only way.
        ({"a": ask(max_visits=2, over_node="b"), "b": say("a")}, [("b/next", MESSAGE)]),
        ({"a": ask(max_visits=2, over_node="a")}, [("a/over_node", KEYLESS)]),
        ({"a": say("end", max_visits=2, over_node="b"), "b": say("end", max_visits=2, over_node="a")},
         [("a/over_node", KEYLESS), ("b/over_node", KEYLESS)]),
        ({"s": pick("end", "a"), "a": ask(max_visits=1, over_node="s")}, [("s/case", SWITCH)]),
        ({"a": ask(no_input_node="b"), "b": say("end", max_visits=1, over_node="a")}, [("a/no_input_node", KEYLESS)]),
        # Messages are told only where nothing else decides.
        ({"s": pick("end", "m"), "m": say("s")}, [("s/case", SWITCH)]),
        ({"r": {"action": "request", "service": "x", "next": "end", "fail_node": "r"}}, [("r/next", REQUEST)]),
    ],
)  # fmt: skip
def test_a_loop_without_a_key_is_told_where_it_is_decided(
    nodes: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    assert loops(nodes) == told


@pytest.mark.parametrize(
    "nodes",
    [
        # Asked again, until the attempts are used up.
        {"a": ask(timeout_node="a")},
        {"a": ask(timeout_node="b"), "b": ask(timeout_node="b", no_input_node="end")},
        # The first silence leads elsewhere, so the last one never leads back.
        {"a": ask(timeout_node="end", no_input_node="a")},
        # A key is pressed on the way, a right or a wrong one, or an agent is talked to.
        {"a": ask(gather={"1": "m"}), "m": say("a")},
        {"a": ask(no_match_node="m"), "m": say("a")},
        {"t": {"action": "transfer", "on_agent_hangup": "t"}},
        {"t": {"action": "transfer", "fallback_node": "a"}, "a": ask(gather={"1": "t"})},
        # The visits are counted, and over_node leads out.
        {"a": ask(no_input_node="m"), "m": say("a", max_visits=2, over_node="end")},
        {"a": ask(no_input_node="a", max_visits=2, over_node="end")},
        {"t": {"action": "transfer", "fallback_node": "s"}, "s": pick("end", "t", max_visits=3, over_node="end")},
        # Without max_visits nothing goes to over_node.
        {"m": say("end", over_node="m")},
        {"m": say("end", over_node="gone", max_visits=1)},
        # A call does not come back to where it ended.
        {"m": say("bye"), "bye": {**END, "max_visits": 1, "over_node": "m"}},
        # Lists are gone through to their end.
        {"e": {"action": "each", "list": "x", "save": "y", "next": "t", "done_node": "end"},
         "t": {"action": "transfer", "fallback_node": "e"}},
    ],
)  # fmt: skip
def test_what_a_key_an_agent_or_a_count_ends_is_no_loop(nodes: dict[str, Any]) -> None:
    assert loops(nodes) == []


def test_a_loop_of_each_is_told_at_its_way_out_behind_any_kind() -> None:
    nodes = {
        "e": {"action": "each", "list": "x", "save": "y", "next": "end", "done_node": "t"},
        "t": {"action": "transfer", "fallback_node": "e"},
    }
    assert loops(nodes) == [("t/fallback_node", KEYLESS)]
    assert loops({**nodes, "t": say("e")}) == [("e/done_node", "each_loop")]
