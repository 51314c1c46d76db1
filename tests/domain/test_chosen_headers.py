"""Headers that a menu's author has an agent's INVITE carry."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.sent_headers import fitting, path_room
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.variables import Memory


def _menu(headers: Any, **more: Any) -> dict[str, Any]:
    return {"name": "T", "nodes": {"go": {"action": "transfer", "headers": headers, **more}}}


@pytest.mark.parametrize(
    ("headers", "code", "at"),
    [
        ({"X-IVR-Call-Id": "1"}, "reserved_header", "/nodes/go/headers/X-IVR-Call-Id"),
        ({"x-ivr-result": "1"}, "reserved_header", "/nodes/go/headers/x-ivr-result"),
        ({"X-Account": "1"}, "invalid_header", "/nodes/go/headers/X-Account"),
        ({"X-IVR-A b": "1"}, "invalid_header", "/nodes/go/headers/X-IVR-A b"),
        ({"X-IVR-A\nVia": "1"}, "invalid_header", "/nodes/go/headers/X-IVR-A\nVia"),
        ({"X-IVR-A-": "1"}, "invalid_header", "/nodes/go/headers/X-IVR-A-"),
        ({"X-IVR-" + "a" * 25: "1"}, "invalid_header", "/nodes/go/headers/X-IVR-" + "a" * 25),
        ({"X-IVR-A": "${system(id)}"}, "invalid_value", "/nodes/go/headers/X-IVR-A"),
        ({"X-IVR-A": "a\r\nVia: b"}, "invalid_value", "/nodes/go/headers/X-IVR-A"),
        ({"X-IVR-A": "1", "X-IVR-a": "2"}, "doubled_header", "/nodes/go/headers/X-IVR-a"),
        ({}, "invalid_headers", "/nodes/go/headers"),
        ([], "invalid_headers", "/nodes/go/headers"),
        ({f"X-IVR-A{n}": "1" for n in range(9)}, "invalid_headers", "/nodes/go/headers"),
    ],
)
def test_what_is_no_header_is_refused(headers: Any, code: str, at: str) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu(_menu(headers))
    (problem,) = refused.value.problems
    assert (problem.code, problem.pointer) == (code, at)


def test_headers_are_filled_in_the_authors_order_without_those_that_are_empty() -> None:
    headers = {"X-IVR-B": "{who.name}", "X-IVR-A": "from {caller}", "X-IVR-C": "{nobody}", "X-IVR-D": 7}
    menu = parse_menu(_menu(headers))
    node = menu.nodes["go"]
    assert isinstance(node, TransferNode)
    memory = Memory("+14805550199", values={"who.name": "Ann"})
    assert node.chosen_headers(memory) == (("X-IVR-B", "Ann"), ("X-IVR-A", "from +14805550199"), ("X-IVR-D", "7"))


def test_a_variable_that_nothing_sets_is_warned_of_where_a_header_reads_it() -> None:
    menu = parse_menu(_menu({"X-IVR-A": "{account}", "X-IVR-B": "{here} {caller}"}, set={"here": 1}))
    warnings = [(each.code, each.pointer) for each in lint(menu, ())]
    assert ("variable_not_set", "/nodes/go/headers/X-IVR-A") in warnings
    assert len([code for code, _ in warnings if code == "variable_not_set"]) == 1


@pytest.mark.parametrize(
    ("chosen", "sent", "left_out", "room"),
    [
        ([], [], [], 300),
        ([("X-IVR-A", "7")], [("X-IVR-A", "7")], [], 300 - 12),
        ([("X-IVR-A", "a b;c")], [("X-IVR-A", "a%20b%3Bc")], [], 300 - 20),
        ([("X-IVR-A", "a" * 289)], [("X-IVR-A", "a" * 289)], [], 0),
        ([("X-IVR-A", "a" * 290), ("X-IVR-B", "b")], [("X-IVR-B", "b")], ["X-IVR-A"], 300 - 12),
        ([("X-IVR-A", "a" * 200), ("X-IVR-B", "ü" * 20)], [("X-IVR-A", "a" * 200)], ["X-IVR-B"], 300 - 211),
    ],
)
def test_headers_are_sent_whole_or_not_at_all_and_the_path_gives_way_to_them(
    chosen: list[tuple[str, str]], sent: list[tuple[str, str]], left_out: list[str], room: int
) -> None:
    assert fitting(chosen) == (sent, left_out)
    assert path_room(sent) == room


@pytest.mark.parametrize(
    ("headers", "question", "warned"),
    [
        # 300 = 7 (X-IVR-A) + 4 + the value, twice, + 7 (%3D, a key, %2C) + the question's name.
        ({"X-IVR-A": "a" * 140, "X-IVR-B": "b" * 128}, "ask", False),
        ({"X-IVR-A": "a" * 140, "X-IVR-B": "b" * 129}, "ask", True),
        ({"X-IVR-A": "a" * 140, "X-IVR-B": "b" * 128}, "asks", True),
        ({"X-IVR-A": "a" * 140, "X-IVR-B": "{account}" + "b" * 128}, "ask", False),
        ({"X-IVR-A": "a" * 140, "X-IVR-B": "{account}" + "b" * 129}, "ask", True),
        ({"X-IVR-A": "a" * 140, "X-IVR-B": "ü" * 22}, "ask", True),
        ({"X-IVR-A": "a" * 200, "X-IVR-B": "b" * 100}, "ask", False),
        ({"X-IVR-A": "{account}"}, "ask", False),
    ],
)
def test_headers_that_leave_the_keys_no_room_are_warned_of(
    headers: dict[str, str], question: str, warned: bool
) -> None:
    document = _menu(headers)
    document["nodes"] = {question: {"gather": {"1": "go"}}, **document["nodes"]}
    warnings = [each for each in lint(parse_menu(document), ()) if each.code == "no_room_for_path"]
    assert [(each.node, each.pointer) for each in warnings] == ([("go", "/nodes/go/headers")] if warned else [])
