"""A menu's `hung_up_node`: what may stand on the ways from it, and what saving says of it."""

from __future__ import annotations

from typing import Any

import pytest

from admin.menus.picture import draw
from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.diff import diff_menus
from ivr.domain.menu.document import merge_patch, parse_menu
from ivr.domain.menu.hung_up import memory_of
from ivr.domain.menu.interpreter import begin_hung_up
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.lint import lint
from ivr.domain.menu.variables import MAX_BYTES, NOTHING_KNOWN

END: dict[str, Any] = {"action": "hangup"}
NOTICE: dict[str, Any] = {"action": "request", "service": "crm", "wait": False, "next": "end"}
ASK: dict[str, Any] = {"audio": "a.wav", "gather": {"1": "bye"}}


def menu(**nodes: Any) -> dict[str, Any]:
    own = {"ask": ASK, "bye": {"action": "hangup", "audio": "bye.wav"}}
    return {"name": "M", "hung_up_node": "gone", "nodes": {**own, **nodes}}


def warnings_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in lint(parse_menu(document), {"a.wav", "bye.wav"})]


def faults_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidMenu) as caught:
        parse_menu(document)
    return [(each.pointer, each.code) for each in caught.value.problems]


def test_all_that_needs_no_caller_may_be_done_without_one() -> None:
    document = menu(
        gone={"switch": "hung_up.in", "case": {"talk": "note"}, "default": "mark"},
        mark={"set": {"how": "left", "list:left": "1d"}, "next": "people"},
        people={"action": "each", "list": "found", "save": "who", "next": "note", "done_node": "end"},
        note={**NOTICE, "send": ["hung_up.at", "hung_up.talk_s"], "next": "people"},
        end=END,
    )
    assert warnings_of(document) == [("/nodes/people/list", "variable_not_set")]
    assert parse_menu(document).to_json() == document


@pytest.mark.parametrize(
    ("node", "pointer"),
    [
        (ASK, "gather"),
        ({"action": "transfer"}, "action"),
        ({"action": "suppress"}, "action"),
        ({"action": "reject"}, "action"),
        ({"action": "request", "service": "crm", "next": "end", "fail_node": "end"}, "wait"),
        ({**NOTICE, "audio": "a.wav"}, "audio"),
        ({"text": "Goodbye.", "next": "end"}, "text"),
        ({"action": "hangup", "audio": "bye.wav"}, "audio"),
        ({"switch": "caller", "case": {"anonymous": "end"}, "default": "end", "text": "One moment."}, "text"),
    ],
)
@pytest.mark.parametrize("behind", [False, True])
def test_what_needs_a_caller_is_refused_wherever_it_stands(node: dict[str, Any], pointer: str, behind: bool) -> None:
    """Also behind a switch, and where no more than a limit leads there."""
    first = {"set": {"x": 1}, "next": "end", "max_visits": 1, "over_node": "there"}
    document = menu(gone=first, there=node, end=END) if behind else menu(gone=node, end=END)
    assert faults_of(document) == [(f"/nodes/{'there' if behind else 'gone'}/{pointer}", "caller_is_gone")]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_a_kind_whose_prompt_is_heard_says_whether_it_needs_a_caller(kind: Any) -> None:
    needs_none = {"message", "switch", "request", "send", "each", "callback", "hangup"}
    assert kind.needs_no_caller == (kind.kind in needs_none)


def test_a_node_that_is_not_there_yet_is_a_warning_and_calls_do_nothing() -> None:
    assert warnings_of(menu()) == [("/hung_up_node", "target_not_found")]
    assert begin_hung_up(parse_menu(menu()), NOTHING_KNOWN) is None


@pytest.mark.parametrize("wrong", ["", "no such name", 7, ["gone"], "x" * 65])
def test_a_name_that_no_node_can_have_is_refused(wrong: Any) -> None:
    assert faults_of({**menu(), "hung_up_node": wrong}) == [("/hung_up_node", "invalid_target")]


def test_a_variable_that_some_node_sets_may_be_known_there_and_one_that_none_sets_is_told() -> None:
    asked = menu(ask={**ASK, "save": "code"}, gone={**NOTICE, "send": ["code"]}, end=END)
    assert warnings_of(asked) == []
    asked["nodes"]["gone"]["send"] = ["cod"]
    assert warnings_of(asked) == [("/nodes/gone/send/0", "variable_not_set")]


def test_a_patch_takes_it_away_again_and_a_difference_names_it() -> None:
    before = menu(gone=NOTICE, end=END)
    after = merge_patch(before, {"hung_up_node": None})
    assert [(each.pointer, each.kind) for each in diff_menus(before, after).menu] == [("/hung_up_node", "removed")]
    assert {each for each in warnings_of(after) if each[1] == "unreachable"} == {
        ("/nodes/gone", "unreachable"), ("/nodes/end", "unreachable")
    }  # fmt: skip


def test_the_picture_shows_it_though_no_way_leads_there() -> None:
    document = menu(gone=NOTICE, end=END)
    shown = draw("ask", document["nodes"], "gone")
    assert {each.id for each in shown.dots} == set(document["nodes"])
    assert shown.left_out == 0


def test_calls_know_where_they_ended_however_full_their_memory_is() -> None:
    full = NOTHING_KNOWN._replace(values={"x": "y" * (MAX_BYTES - 8)})
    assert memory_of(full, "ask", "talk", 12).find("hung_up.talk_s") == 12
