"""Menus that refuse calls before they are answered: what they may say, and what is unwise about them."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.diff import diff_menus
from ivr.domain.menu.document import merge_patch, parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.reject import RejectNode

NO = {"action": "reject"}
MENU: dict[str, Any] = {"name": "m", "answer": False, "nodes": {"no": {**NO, "reason": "busy"}}}


def test_a_refusal_says_why_and_is_declined_otherwise() -> None:
    assert parse_menu(MENU).nodes["no"] == RejectNode("no", reason="busy")
    assert parse_menu({"name": "m", "nodes": {"no": NO}}).nodes["no"] == RejectNode("no", reason="declined")


@pytest.mark.parametrize("reason", ["", "spam", 486, None, ["busy"]])
def test_another_reason_is_refused_with_those_that_there_are(reason: object) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "nodes": {"no": {**NO, "reason": reason}}})
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/nodes/no/reason", "invalid_reason")
    assert problem.message == "reason is one of declined, busy, unavailable, not_found"


@pytest.mark.parametrize(("answer", "answers"), [(True, True), (None, True), (False, False)])
def test_a_menu_keeps_only_that_it_does_not_answer_at_once(answer: bool | None, answers: bool) -> None:
    menu = parse_menu({**MENU, "answer": answer})
    assert menu.answer is answers
    assert menu.to_json() == ({"name": "m", "nodes": MENU["nodes"]} if answers else MENU)


@pytest.mark.parametrize("answer", [0, 1, "no", [], {}])
def test_whatever_is_not_true_or_false_is_refused(answer: object) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({**MENU, "answer": answer})
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/answer", "invalid_answer")]


@pytest.mark.parametrize(
    ("patch", "answers"), [({}, False), ({"answer": None}, True), ({"answer": True}, True), ({"name": "n"}, False)]
)
def test_a_patch_leaves_the_answer_or_gives_back_the_usual_one(patch: dict[str, Any], answers: bool) -> None:
    assert parse_menu(merge_patch(MENU, patch)).answer is answers


def test_a_change_of_the_answer_is_a_change_of_the_menu() -> None:
    (change,) = diff_menus(MENU, {"name": "m", "nodes": MENU["nodes"]}).menu
    assert (change.pointer, change.kind, change.before) == ("/answer", "removed", False)


SWITCH = {"switch": "caller", "case": {"+1*": "no"}}
ENDS = {"no": NO, "bye": {"action": "hangup"}}


def warned(nodes: dict[str, Any], *, answer: bool) -> list[str]:
    found = lint(parse_menu({"name": "m", "answer": answer, "nodes": {**nodes, **ENDS}}), {"a.wav"})
    return [each.pointer for each in found if each.code == "reject_after_answer"]


@pytest.mark.parametrize(
    ("nodes", "answer", "warns"),
    [
        ({"who": {**SWITCH, "default": "bye"}}, False, False),
        ({"who": {**SWITCH, "default": "bye"}}, True, True),
        ({"who": {**SWITCH, "default": "bye", "audio": "a.wav"}}, False, True),
        ({"note": {"set": {"x": 1}, "next": "no"}}, False, False),
        ({"hello": {"audio": "a.wav", "next": "no"}}, False, True),
        ({"ask": {"audio": "a.wav", "gather": {"1": "no"}}}, False, True),
        ({"ring": {"action": "transfer", "fallback_node": "no"}}, False, True),
        ({"who": {**SWITCH, "default": "ask"}, "ask": {"audio": "a.wav", "gather": {"1": "no"}}}, False, False),
        ({"often": {"set": {"x": 1}, "next": "often", "max_visits": 2, "over_node": "no"}}, False, False),
    ],
)
def test_a_refusal_that_can_only_hang_up_is_told(nodes: dict[str, Any], answer: bool, warns: bool) -> None:
    assert warned(nodes, answer=answer) == (["/nodes/no/action"] if warns else [])
