"""Headers that a menu's author has an agent's INVITE carry."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
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
