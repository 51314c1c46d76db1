"""What a change changes is told node by node and field by field."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from ivr.domain.menu.diff import diff_menus
from tests.domain.strategies import documents

ASK = {"audio": "a.wav", "gather": {"1": "end", "9": "out"}}
END = {"action": "hangup"}


def menu(**nodes: Any) -> dict[str, Any]:
    return {"name": "m", "nodes": nodes}


def test_nodes_added_removed_and_changed_are_told_with_their_fields() -> None:
    after = {"audio": "b.wav", "gather": {"1": "end", "2": "end"}}
    diff = diff_menus(menu(ask=ASK, end=END, old=END), menu(ask=after, end=END, new=END))
    told = [(each.node, each.kind) for each in diff.nodes]
    assert told == [("ask", "changed"), ("new", "added"), ("old", "removed")]
    assert [(each.pointer, each.kind, each.before, each.after) for each in diff.nodes[0].fields] == [
        ("/nodes/ask/audio", "changed", "a.wav", "b.wav"),
        ("/nodes/ask/gather/2", "added", None, "end"),
        ("/nodes/ask/gather/9", "removed", "out", None),
    ]
    assert (diff.count("added"), diff.count("changed"), diff.count("removed")) == (1, 1, 1)
    assert not diff.reordered


def test_the_results_of_an_agent_are_told_one_by_one_and_one_for_all_as_it_is() -> None:
    def told(before: Any, after: Any) -> list[tuple[str, str, Any, Any]]:
        go = [{"action": "transfer", **({"on_agent_hangup": each} if each else {})} for each in (before, after)]
        (change,) = diff_menus(menu(go=go[0]), menu(go=go[1])).nodes
        return [(each.pointer, each.kind, each.before, each.after) for each in change.fields]

    where = "/nodes/go/on_agent_hangup"
    assert told({"a": "x", "*": "y"}, {"a": "z", "b": "y"}) == [
        (f"{where}/a", "changed", "x", "z"),
        (f"{where}/b", "added", None, "y"),
        (f"{where}/*", "removed", "y", None),
    ]
    assert told("x", {"*": "x"}) == [(where, "changed", "x", {"*": "x"})]
    assert told("x", "y") == [(where, "changed", "x", "y")]
    assert told(None, {"*": "x"}) == [(f"{where}/*", "added", None, "x")]


def test_another_order_of_nodes_or_of_keys_is_a_change() -> None:
    assert diff_menus(menu(ask=ASK, end=END), menu(end=END, ask=ASK)).reordered
    turned = {**ASK, "gather": {"9": "out", "1": "end"}}
    (change,) = diff_menus(menu(ask=ASK), menu(ask=turned)).nodes
    assert (change.node, change.kind, change.fields) == ("ask", "changed", ())


def test_a_node_put_in_between_does_not_reorder_the_others() -> None:
    assert not diff_menus(menu(ask=ASK, end=END), menu(ask=ASK, new=END, end=END)).reordered


def test_name_start_and_prompts_are_told() -> None:
    before = {"name": "m", "start": "end", "nodes": {"end": END}}
    after = {"name": "n", "nodes": {"end": END}}
    diff = diff_menus(before, after, {"a.wav": 1, "b.wav": 1}, {"b.wav": 2, "c.wav": 1})
    assert [(each.pointer, each.kind) for each in diff.menu] == [("/name", "changed"), ("/start", "removed")]
    assert diff.prompts == (("b.wav", "changed"), ("c.wav", "added"), ("a.wav", "removed"))


@given(documents(), documents())
def test_only_what_is_the_same_has_no_difference(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert diff_menus(before, before).is_empty
    there, back = diff_menus(before, after), diff_menus(after, before)
    assert there.is_empty == back.is_empty
    assert there.count("added") == back.count("removed")
    assert there.count("changed") == back.count("changed")
