"""Nodes that ask services and that go through lists: what they hold, where they lead, what is unwise about them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.diff import diff_menus
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.each import DONE, EMPTY, NEXT, EachNode, order
from ivr.domain.menu.interpreter import step
from ivr.domain.menu.lint import lint
from ivr.domain.menu.moves import NoWayOn, Position
from ivr.domain.menu.request import FAILED, RequestNode
from ivr.domain.menu.variables import Memory, Place

END = {"action": "hangup"}
ASK = {"action": "request", "service": "codes", "next": "end", "fail_node": "end"}
EACH = {"action": "each", "list": "found.people", "save": "who", "next": "back", "done_node": "end"}


def menu(**nodes: Any) -> dict[str, Any]:
    return {"name": "m", "nodes": {**nodes, "end": END}}


def faults(node: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu(menu(n=node))
    return [(problem.pointer.removeprefix("/nodes/n/"), problem.code) for problem in refused.value.problems]


def warnings(*services: str, **nodes: Any) -> list[tuple[str, str]]:
    found = lint(parse_menu(menu(**nodes)), (), services=services or None)
    return [(problem.pointer.removeprefix("/nodes/"), problem.code) for problem in found]


def variables_of(**nodes: Any) -> list[tuple[str, str]]:
    return [each for each in warnings(**nodes) if each[1].startswith("variable")]


def request(**fields: Any) -> RequestNode:
    node = parse_menu(menu(n={**ASK, **fields})).nodes["n"]
    assert isinstance(node, RequestNode)
    return node


def each(**fields: Any) -> EachNode:
    node = parse_menu(menu(n={**EACH, **fields})).nodes["n"]
    assert isinstance(node, EachNode)
    return node


# -- requests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"service": "a b"}, ("service", "invalid_service")),
        ({"service": "https://x"}, ("service", "invalid_service")),
        ({"send": []}, ("send", "invalid_send")),
        ({"send": {}}, ("send", "invalid_send")),
        ({"send": "caller"}, ("send", "invalid_send")),
        ({"send": ["random"]}, ("send/0", "invalid_variable")),
        ({"send": ["a", "B"]}, ("send/1", "invalid_variable")),
        ({"send": ["a", 1]}, ("send/1", "invalid_variable")),
        ({"send": ["a", "a"]}, ("send/1", "doubled_variable")),
        ({"send": {"a b": "x"}}, ("send/a b", "invalid_sent_name")),
        ({"send": {"a": "{B}"}}, ("send/a", "invalid_value")),
        ({"send": {"a": [1]}}, ("send/a", "invalid_value")),
        ({"send": {f"a{number}": 1 for number in range(17)}}, ("send", "invalid_send")),
        ({"save": "caller"}, ("save", "reserved_variable")),
        ({"save": "A"}, ("save", "invalid_variable")),
        ({"wait": "no"}, ("wait", "invalid_wait")),
        ({"fail_node": "no node"}, ("fail_node", "invalid_target")),
    ],
)
def test_what_a_request_cannot_be_is_refused_where_it_stands(fields: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults({**ASK, **fields}) == [fault]


def test_a_request_needs_a_way_out_without_an_answer_and_a_notice_does_not() -> None:
    alone = {name: value for name, value in ASK.items() if name != "fail_node"}
    assert faults(alone) == [("fail_node", "fail_node_missing")]
    assert faults({**alone, "wait": True}) == [("fail_node", "fail_node_missing")]
    assert parse_menu(menu(n={**alone, "wait": False})).nodes["n"].kind == "request"


@pytest.mark.parametrize(
    ("fields", "result", "target"),
    [
        ({}, DONE, "end"),
        ({"next": "gone"}, DONE, None),
        ({"next": "n"}, FAILED, "end"),
        ({"fail_node": "gone"}, FAILED, None),
        ({"wait": False}, FAILED, "end"),
        ({"wait": False, "fail_node": "gone"}, FAILED, None),
        ({"wait": False, "fail_node": "gone"}, DONE, "end"),
    ],
)
def test_where_a_request_leads(fields: dict[str, Any], result: str, target: str | None) -> None:
    tree = parse_menu(menu(n={**ASK, **fields}))
    position, following = step(tree, Position("n"), result, 0)
    assert (position.node == target) if target else isinstance(following, NoWayOn)


def test_a_notice_without_a_fail_node_goes_on_whatever_comes_of_it() -> None:
    notice = {"action": "request", "service": "a", "wait": False, "next": "end"}
    tree = parse_menu(menu(n=notice))
    assert [step(tree, Position("n"), result, 0)[0].node for result in (DONE, FAILED)] == ["end", "end"]


def test_an_answer_takes_the_place_of_the_one_before_and_nothing_is_kept_without_a_name() -> None:
    memory = Memory(values={"found.old": 1, "other": 2})
    assert request(save="found").keep(memory, {"new": 3}) == (Memory(values={"other": 2, "found.new": 3}), ())
    assert request().keep(memory, {"new": 3}) == (memory, ())
    secret, _ = request(save="found", secret=True).keep(memory, {"pin": "1"})
    assert secret.secrets == {"found.pin"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"a": 1}, ()),
        ({"A": 1}, ("found",)),
        ({"a": "x" * 500, "b": "y" * 500}, ("found.b",)),
        ({f"n{at}": "x" * 500 for at in range(4)}, ("found.n1", "found.n2", "found.n3")),
        ({f"n{at}": "x" * 500 for at in range(5)}, ("found.n1", "found.n2", "found.n3", "found")),
        ({"a": "x" * 500, "b": "y" * 500, "c": [[]]}, ("found.b", "found")),
    ],
)
def test_what_was_not_kept_of_an_answer_is_told_in_few_words(body: Any, told: tuple[str, ...]) -> None:
    memory, not_kept = request(save="found").keep(Memory(values={"rest": "x" * 1000}), body)
    assert (not_kept, memory.no_room) == (told, ())


def test_what_is_unset_is_sent_as_null() -> None:
    memory = Memory("+14805551234", "", {"l": [1], "t": True})
    assert request(send=["caller", "called", "l", "t", "x", "l.count"]).sent(memory) == {
        "caller": "+14805551234", "called": None, "l": [1], "t": True, "x": None, "l.count": 1,
    }  # fmt: skip
    assert request(send={"a": "{x}", "b": "<{x}>", "C": "{t}", "n": 4}).sent(memory) == {
        "a": None, "b": "<>", "C": True, "n": 4,
    }  # fmt: skip
    assert request().sent(memory) == {}


def test_names_below_a_saved_answer_are_known_where_it_came() -> None:
    find = {**ASK, "save": "found", "next": "yes", "fail_node": "no", "send": ["order", "caller", "language"]}
    found = variables_of(
        find=find,
        yes={"switch": "found.a.b", "case": {"x": "end"}, "default": "no"},
        no={"switch": "found.a", "case": {"x": "end"}, "default": "other"},
        other={"switch": "gone.a", "case": {"x": "end"}, "default": "end"},
    )
    assert found == [
        ("find/send/0", "variable_not_set"), ("no/switch", "variable_not_set"), ("other/switch", "variable_not_set"),
    ]  # fmt: skip


def test_a_service_that_does_not_exist_is_warned_of_where_that_is_known() -> None:
    assert warnings(n=ASK) == []
    assert warnings("codes", n=ASK) == []
    assert warnings("others", n=ASK) == [("n/service", "service_not_found")]


def test_fields_without_effect_are_warned_of() -> None:
    notice = {**ASK, "wait": False}
    assert warnings(n={**notice, "save": "x", "secret": True}) == [
        ("n/save", "notice_without_answer"), ("n/secret", "notice_without_answer")
    ]  # fmt: skip
    assert warnings(n={**ASK, "secret": True}) == [("n/secret", "secret_without_save")]


def test_requests_that_lead_back_to_themselves_are_warned_of() -> None:
    round_: dict[str, Any] = {"n": {**ASK, "fail_node": "again"}, "again": {"next": "n", "set": {"x": 1}}}
    assert ("n/next", "request_loop") in warnings(**round_)
    counted = {**round_, "n": {**round_["n"], "max_visits": 3, "over_node": "end"}}
    assert "request_loop" not in [code for _, code in warnings(**counted)]
    asked = {**round_, "again": {"gather": {"1": "n"}}}
    assert "request_loop" not in [code for _, code in warnings(**asked)]


def test_a_request_before_the_opt_out_is_warned_of() -> None:
    first = {"text": "Press 9 to opt out.", "audio": "a.wav", "gather": {"9": "out"}}
    nodes: dict[str, Any] = {"first": first, "out": {"action": "suppress"}}
    nodes = {"n": {**ASK, "next": "first", "fail_node": "first"}, **nodes}
    assert ("n", "request_before_opt_out") in warnings(**nodes)
    nodes["n"] = {**nodes["n"], "wait": False}
    assert "request_before_opt_out" not in [code for _, code in warnings(**nodes)]


@pytest.mark.parametrize(
    ("before", "after", "pointers"),
    [
        (["a"], ["a", "b"], ["send"]),
        (["a"], {"a": "x"}, ["send"]),
        ({"a": "x", "b": "y"}, {"a": "x", "b": "z", "c": 1}, ["send/b", "send/c"]),
    ],
)
def test_a_change_of_what_is_sent_is_told_name_by_name(before: Any, after: Any, pointers: list[str]) -> None:
    diff = diff_menus(menu(n={**ASK, "send": before}), menu(n={**ASK, "send": after}))
    assert [each.pointer.removeprefix("/nodes/n/") for node in diff.nodes for each in node.fields] == pointers


# -- lists --------------------------------------------------------------------------------------------------------

PEOPLE = Memory(values={"found.people": [{"name": "Ann", "at.city": "Rome"}, "Bo", {"left": 9, "x.y.z": 1}]})


def go(node: EachNode, memory: Memory, chance: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """Result and variables of each time, until there is nothing left."""
    seen = []
    for _ in range(20):
        result, memory = node.advance(memory, chance)
        seen.append((result, {name: value for name, value in memory.values.items() if name != "found.people"}))
        if result != NEXT:
            break
    return seen


def test_each_element_comes_with_its_place_and_nothing_of_the_one_before() -> None:
    assert go(each(), PEOPLE) == [
        (NEXT, {"who.left": 2, "who.at": 1, "who.name": "Ann", "who.at.city": "Rome"}),
        (NEXT, {"who.left": 1, "who.at": 2, "who": "Bo"}),
        (NEXT, {"who.left": 0, "who.at": 3, "who.x.y.z": 1}),
        (DONE, {"who.left": 0, "who.at": 3, "who.x.y.z": 1}),
    ]


def test_a_limit_leaves_the_rest_out() -> None:
    seen = go(each(max=2), PEOPLE)
    assert [(result, values["who.left"]) for result, values in seen] == [(NEXT, 1), (NEXT, 0), (DONE, 0)]


@pytest.mark.parametrize("values", [{}, {"found.people": []}, {"found.people": "Ann"}, {"found.people": 7}])
def test_what_is_no_list_is_empty(values: dict[str, Any]) -> None:
    assert each().advance(Memory(values=values), 1) == (EMPTY, Memory(values=values))


def test_after_the_last_element_the_list_begins_again() -> None:
    memory = PEOPLE
    results = []
    for _ in range(6):
        result, memory = each().advance(memory, 0)
        results.append((result, memory.values.get("who.at")))
    assert results == [(NEXT, 1), (NEXT, 2), (NEXT, 3), (DONE, 3), (NEXT, 1), (NEXT, 2)]


def test_a_list_that_got_shorter_under_way_is_done() -> None:
    memory = Memory(values={"found.people": ["a"]}, places={"n": Place("found.people", 3, 0)})
    assert each().advance(memory, 0)[0] == DONE


def test_elements_of_a_secret_list_are_secret() -> None:
    memory = Memory(values={"found.people": [{"pin": 1}]}, secrets=frozenset({"found.people"}))
    assert each().advance(memory, 0)[1].secrets == {"found.people", "who.pin", "who.left", "who.at"}


def test_an_element_that_does_not_fit_keeps_what_fits_and_its_place() -> None:
    memory = Memory(values={"found.people": [{"a": "x" * 900, "b": 1}], "rest": "x" * 900})
    result, after = each().advance(memory, 0)
    assert (result, after.no_room) == (NEXT, ("who.a",))
    assert (after.values["who.left"], after.values["who.at"], after.values["who.b"]) == (0, 1, 1)


@given(st.integers(0, 60), st.integers(1, 2**32))
def test_a_shuffled_list_has_every_element_once_and_the_same_order_each_time(count: int, chance: int) -> None:
    assert sorted(order(count, chance)) == list(range(count))
    assert order(count, chance) == order(count, chance)


def test_the_order_of_a_chance_is_the_same_in_every_release() -> None:
    assert order(5, 0) == [0, 1, 2, 3, 4]
    assert order(8, 7) == ORDER_OF_7
    assert len({tuple(order(6, chance)) for chance in range(1, 200)}) > 100


ORDER_OF_7 = [2, 5, 4, 1, 6, 3, 7, 0]


def test_another_worker_goes_on_where_the_list_stands_whatever_its_chance() -> None:
    memory, seen = Memory(values={"found.people": list("abcdef")}), []
    for chance in (11, 22, 33, 44, 55, 66):
        _, memory = each(shuffle=True).advance(memory, chance)
        seen.append(memory.values["who"])
    assert seen == ["abcdef"[at] for at in order(6, 11)]


@pytest.mark.parametrize(
    ("fields", "result", "target"),
    [
        ({"next": "n"}, NEXT, "n"), ({}, DONE, "end"), ({}, EMPTY, "end"), ({"empty_node": "n"}, EMPTY, "n"),
        ({"empty_node": "n"}, DONE, "end"), ({"next": "gone"}, NEXT, None), ({"done_node": "gone"}, DONE, None),
    ],
)  # fmt: skip
def test_where_a_list_leads(fields: dict[str, Any], result: str, target: str | None) -> None:
    tree = parse_menu(menu(n={**EACH, "next": "end", **fields}))
    position, following = step(tree, Position("n"), result, 0)
    assert (position.node == target) if target else isinstance(following, NoWayOn)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"max": 0}, ("max", "invalid_max")),
        ({"max": 100}, ("max", "invalid_max")),
        ({"shuffle": 1}, ("shuffle", "invalid_shuffle")),
        ({"list": "hours"}, ("list", "reserved_variable")),
        ({"save": "found"}, ("save", "saves_over_list")),
        ({"save": "found.people"}, ("save", "saves_over_list")),
        ({"save": "found.people.one"}, ("save", "saves_over_list")),
    ],
)
def test_what_a_list_cannot_be_is_refused_where_it_stands(fields: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults({**EACH, **fields}) == [fault]


FIND = {**ASK, "save": "found", "next": "n"}


def test_a_list_whose_nodes_never_come_back_is_warned_of() -> None:
    assert warnings(find=FIND, n={**EACH, "next": "back"}, back={"next": "end", "set": {"x": 1}}) == [
        ("n/next", "each_never_again")
    ]
    assert warnings(find=FIND, n=EACH, back={"next": "n", "set": {"x": "{who.name}"}}) == []


def test_an_element_is_known_only_on_the_way_of_elements() -> None:
    nodes = {
        "find": FIND,
        "n": {**EACH, "done_node": "done"},
        "back": {"switch": "who.name", "case": {"x": "n"}, "default": "n"},
        "done": {"switch": "who.name", "case": {"x": "end"}, "default": "n2"},
        "n2": {"next": "end", "set": {"x": 1}},
    }
    assert variables_of(**nodes) == [("done/switch", "variable_not_set")]


def test_the_prompt_of_a_list_knows_the_element_and_what_it_sets_does_not() -> None:
    nodes: dict[str, Any] = {"find": FIND, "n": {**EACH, "next": "n", "text": "Next is {who.name}."}}
    assert variables_of(**nodes) == []
    nodes["n"] = {**nodes["n"], "set": {"before": "{who.name}"}}
    assert variables_of(**nodes) == [("n/set/before", "variable_not_set")]


def test_a_list_that_nothing_sets_is_warned_of() -> None:
    assert warnings(n={**EACH, "next": "n"}) == [("n/list", "variable_not_set")]


def test_a_way_back_from_the_end_of_a_list_is_warned_of() -> None:
    nodes = {"find": FIND, "n": {**EACH, "next": "n", "done_node": "back"}, "back": {"next": "n", "set": {"x": 1}}}
    assert [each for each in warnings(**nodes) if "loop" in each[1]] == [("n/done_node", "each_loop")]
    nodes["back"]["max_visits"], nodes["back"]["over_node"] = 2, "end"
    assert warnings(**nodes) == []


def test_nodes_within_a_list_are_no_endless_round() -> None:
    nodes = {
        "find": FIND,
        "n": EACH,
        "back": {"switch": "who.name", "case": {"x": "say"}, "default": "n"},
        "say": {**ASK, "next": "n", "fail_node": "n"},
    }
    assert warnings(**nodes) == []
