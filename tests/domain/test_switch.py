"""Switches: where they lead, and what is unwise about them and about variables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.domain.menu.interpreter import MAX_STEPS, Act, Ask, Next, begin, go_to, resume, step
from ivr.domain.menu.lint import lint
from ivr.domain.menu.moves import GiveUp, GoTo, NoWayOn, Position
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.transfer import NO_AGENT, agent_hung_up
from ivr.domain.menu.variables import MAX_BYTES, Memory, read_memory
from tests.domain.strategies import documents

END = {"action": "hangup"}
ASK = {"gather": {"1": "end"}, "audio": "a.wav"}


class World:
    def random(self) -> int:
        return 42

    def state_of(self, hours: str) -> str:
        return {"office": "open"}.get(hours, "")

    def is_on(self, list_name: str) -> bool | None:
        return {"banned": True, "regulars": False}.get(list_name)


def switch(on: str = "x", default: str = "end", **case: str) -> dict[str, Any]:
    return {"switch": on, "case": case or {"1": "ask"}, "default": default}


def warnings(**nodes: Any) -> list[tuple[str, str]]:
    found = lint(parse_menu({"name": "m", "nodes": nodes}), {"a.wav"})
    assert all(problem.message for problem in found)
    return [(problem.pointer, problem.code) for problem in found]


def node_of(given: dict[str, Any]) -> SwitchNode:
    node = parse_menu({"name": "m", "nodes": {"n": given, "a": END, "b": END}}).nodes["n"]
    assert isinstance(node, SwitchNode)
    return node


@pytest.mark.parametrize(
    ("on", "value"),
    [
        ("caller", "+14805551234"),
        ("called", ""),
        ("random", "42"),
        ("hours:office", "open"),
        ("hours:gone", ""),
        ("list:banned", "true"),
        ("list:regulars", "false"),
        ("list:unknown", ""),
        ("n", "7"),
        ("ok", "false"),
        ("unknown", ""),
        ("verstat", "passed_b"),
    ],
)
def test_what_is_compared(on: str, value: str) -> None:
    memory = Memory("+14805551234", "", {"n": 7, "ok": False}, verstat="passed_b")
    assert node_of(switch(on)).value(memory, World(), ()) == value


def test_a_caller_without_a_number_is_anonymous() -> None:
    assert node_of(switch("caller")).value(Memory(), World(), ()) == "anonymous"


def test_a_caller_of_whom_no_carrier_speaks_has_no_verdict_and_a_menus_own_variable_stays_its_own() -> None:
    node = node_of(switch("verstat"))
    assert node.value(Memory(), World(), ()) == "none"
    for own in ("mine", "", 7):
        memory = Memory(values={"verstat": own}, verstat="passed_a")
        assert node.value(memory, World(), ()) == str(own)
        assert memory.find("verstat") == own


def test_the_first_case_that_fits_and_has_its_node_is_taken() -> None:
    node = node_of({"switch": "x", "case": {"1": "gone", "1..9": "a", "1*": "b"}, "default": "b"})
    found = [node.find_case(value, Memory(), {"a", "b"}) for value in ("1", "5", "12", "x")]
    assert found == ["1..9", "1..9", "1*", None]
    assert node.find_case("1", Memory(), {"b"}) == "1*"


@pytest.mark.parametrize(
    ("value", "y", "case"),
    [("7", 7, "{y}"), ("0", 0, "0"), ("12", 12, "{y}"), ("12", 13, "1*"), ("8", None, None), ("", "", None)],
)
def test_a_case_may_be_another_variable_in_the_order_of_the_cases(value: str, y: Any, case: str | None) -> None:
    node = node_of({"switch": "x", "case": {"0": "a", "{y}": "a", "{gone}": "gone", "1*": "b"}, "default": "b"})
    memory = Memory(values={"x": value, "gone": "8"} if y is None else {"x": value, "y": y})
    assert node.find_case(value, memory, {"a", "b"}) == case
    move = node.step(value, Position("n", memory=memory), {"a", "b"})
    assert move == GoTo("b" if case in ("1*", None) else "a")


def test_of_a_list_the_value_that_is_the_same_as_a_variable_decides() -> None:
    node = node_of({"switch": "doors", "case": {"{keyed}": "a"}, "default": "b"})
    memory = Memory(values={"doors": [1, 3], "keyed": "3"})
    assert node.value(memory, World(), {"a", "b"}) == "3"
    assert node.find_case("3", memory, {"a", "b"}) == "{keyed}"


def test_what_is_the_same_as_a_secret_is_one() -> None:
    node = node_of({"switch": "x", "case": {"{pin}": "a", "1": "a"}, "default": "b"})
    memory = Memory(values={"x": "7", "pin": "7"}, secrets=frozenset({"pin"}))
    assert [node.is_secret(case, memory) for case in ("{pin}", "1", None)] == [True, False, False]
    assert node.is_secret(None, memory._replace(secrets=frozenset({"x"})))


def test_where_no_node_is_there_nothing_follows() -> None:
    menu = parse_menu({"name": "m", "nodes": {"n": switch(default="gone")}})
    position, following = begin(menu)
    assert isinstance(following, Act)
    assert isinstance(step(menu, position, "1", 0.0)[1], NoWayOn)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({**switch(), "switch": "hours-x"}, ("/nodes/n/switch", "invalid_switch")),
        ({**switch(), "switch": "hours:"}, ("/nodes/n/switch", "invalid_switch")),
        ({**switch(), "switch": "hours:a b"}, ("/nodes/n/switch", "invalid_switch")),
        ({**switch(), "switch": 5}, ("/nodes/n/switch", "invalid_switch")),
        ({**switch(), "case": {}}, ("/nodes/n/case", "invalid_cases")),
        ({**switch(), "case": {"*": "a"}}, ("/nodes/n/case/*", "invalid_case")),
        ({**switch(), "case": {"a": 1}}, ("/nodes/n/case/a", "invalid_target")),
        ({**switch(), "default": ""}, ("/nodes/n/default", "invalid_target")),
        ({**switch(), "gather": {"1": "a"}}, ("/nodes/n", "gather_and_action")),
    ],
)
def test_what_is_no_switch_is_refused_where_it_stands(given: dict[str, Any], fault: tuple[str, str]) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "nodes": {"n": given}})
    assert [(each.pointer, each.code) for each in refused.value.problems] == [fault]


def test_a_sound_menu_with_a_switch_has_no_warning() -> None:
    first = {"switch": "caller", "case": {"+1480*": "near", "anonymous": "ask"}, "default": "ask"}
    assert warnings(first=first, near={"set": {"near": True}, "next": "ask"}, ask=ASK, end=END) == [
        ("/nodes/first/case/anonymous", "case_without_effect")
    ]
    first["case"] = {"+1480*": "near"}
    assert warnings(first=first, near={"set": {"near": True}, "next": "ask"}, ask=ASK, end=END) == []


@pytest.mark.parametrize(
    ("on", "cases", "never"),
    [
        ("called", ["5..60", "7"], ["7"]),
        ("called", ["1*", "1", "12*", "2"], ["1", "12*"]),
        ("called", ["9..1"], ["9..1"]),
        ("random", ["1..50", "51..100", "0", "101..200", "x*", "5"], ["0", "101..200", "x*", "5"]),
        ("caller", ["", "+1*", "1480*", "1..9", "anonymous", "unknown", "anon*"], ["", "1480*", "1..9", "unknown"]),
        ("caller", ["+1480", "+1 602*", "4805551234", "+14805551234"], ["+1480", "+1 602*", "4805551234"]),
    ],
)
def test_a_case_that_is_never_taken_is_told(on: str, cases: list[str], never: list[str]) -> None:
    found = warnings(first={"switch": on, "case": dict.fromkeys(cases, "ask"), "default": "end"}, ask=ASK, end=END)
    assert [pointer.rpartition("/")[2] for pointer, code in found if code == "case_never_taken"] == never


def test_hours_that_are_not_there_and_words_that_they_never_are_are_told() -> None:
    first = {"switch": "hours:office", "case": {"open": "ask", "closd": "ask", "h*": "ask"}, "default": "end"}
    menu = parse_menu({"name": "m", "nodes": {"first": first, "ask": ASK, "end": END}})
    never = ("/nodes/first/case/closd", "case_never_taken")
    there = lint(menu, {"a.wav"}, hours={"office"})
    assert [(each.pointer, each.code) for each in there] == [never]
    gone = lint(menu, {"a.wav"})
    assert [(each.pointer, each.code) for each in gone] == [("/nodes/first/switch", "hours_not_found"), never]


def test_a_list_says_true_or_false_or_nothing() -> None:
    first = {"switch": "list:banned", "case": {"true": "ask", "yes": "ask", "": "ask"}, "default": "end"}
    menu = parse_menu({"name": "m", "nodes": {"first": first, "ask": ASK, "end": END}})
    never = ("/nodes/first/case/yes", "case_never_taken")
    assert [(each.pointer, each.code) for each in lint(menu, {"a.wav"})] == [never]


def test_a_case_that_only_excepts_from_a_later_one_has_an_effect() -> None:
    first = {"switch": "called", "case": {"12*": "end", "1*": "ask"}, "default": "end"}
    assert warnings(first=first, ask=ASK, end=END) == []


def test_a_switch_that_leads_round_is_told_unless_the_round_counts_its_visits() -> None:
    ring = {"a": switch("called", "b", **{"1": "end"}), "b": {"audio": "a.wav", "next": "a"}, "end": END}
    assert warnings(**ring) == [("/nodes/a/case", "switch_loop")]
    ring["b"] |= {"max_visits": 2, "over_node": "end"}
    assert warnings(**ring) == []


def test_messages_that_count_their_visits_are_no_loop() -> None:
    ring = {"a": {"audio": "a.wav", "next": "a", "max_visits": 2, "over_node": "end"}, "end": END}
    assert warnings(**ring) == []


def test_over_node_without_a_limit_is_told() -> None:
    assert ("/nodes/ask/over_node", "over_node_never_taken") in warnings(ask={**ASK, "over_node": "end"}, end=END)


def test_a_variable_that_no_node_sets_is_told_where_it_is_read() -> None:
    assert warnings(a=switch("x.y"), ask=ASK, end=END) == [("/nodes/a/switch", "variable_not_set")]
    found = warnings(a={**ASK, "set": {"x": "{y} {caller}", "z": "{x}"}}, end=END)
    assert found == [("/nodes/a/set/x", "variable_not_set")]


def test_a_variable_that_comes_with_the_call_needs_no_node_that_sets_it() -> None:
    first = {**switch("call.kind", **{"{call.n}": "ask"}), "set": {"x": "{call.id}"}}
    assert warnings(a=first, ask=ASK, end=END) == []
    for name in ("call", "calls.id", "x.call.id"):
        assert warnings(a=switch(name), ask=ASK, end=END) == [("/nodes/a/switch", "variable_not_set")]


def test_a_variable_that_is_a_case_is_read_there() -> None:
    def told(**more: Any) -> list[tuple[str, str]]:
        return warnings(a={**switch("called", **{"{y}": "ask", "{caller}": "ask"}), **more}, ask=ASK, end=END)

    assert told() == [("/nodes/a/case/{y}", "variable_not_set")]
    assert told(set={"y": 1}) == []


def test_a_case_that_is_a_variable_may_be_taken_by_whatever_is_compared() -> None:
    cases = {"{y}": "ask", "5": "ask", "{y.z}": "end", "1*": "ask"}
    first = {"switch": "random", "case": cases, "default": "end", "set": {"y": 1, "y.z": 2}}
    assert warnings(first=first, ask=ASK, end=END) == []


def test_a_variable_that_is_not_set_on_every_way_is_told() -> None:
    nodes = {
        "ask": {"gather": {"1": "known", "2": "which"}, "audio": "a.wav"},
        "known": {"set": {"x": 1}, "next": "which"},
        "which": switch("x", **{"1": "end"}, default="late"),
        "late": {"action": "hangup", "set": {"y": "{x}"}},
        "end": END,
    }
    assert warnings(**nodes) == [
        ("/nodes/which/switch", "variable_not_set"), ("/nodes/late/set/y", "variable_not_set"),
    ]  # fmt: skip
    nodes["ask"]["set"] = {"x": ""}
    assert warnings(**nodes) == []


def test_a_node_that_is_passed_over_has_set_nothing() -> None:
    nodes = {
        "ask": {**ASK, "gather": {"1": "ask"}, "set": {"x": 1}, "max_visits": 2, "over_node": "which"},
        "which": switch("x", **{"1": "end"}, default="over"),
        "over": END,
        "end": END,
    }
    assert warnings(**nodes) == [("/nodes/which/switch", "variable_not_set")]


def test_variables_that_may_not_fit_are_told() -> None:
    long = {f"v{number}": "x" * 200 for number in range(9)}
    assert warnings(ask={**ASK, "set": long}, end=END) == []
    nodes = {"ask": {**ASK, "set": {**long, "w": "{v1}"}}, "end": END}
    found = lint(parse_menu({"name": "m", "nodes": nodes}), {"a.wav"})
    assert [(each.pointer, each.code) for each in found] == [("/nodes/ask", "variables_may_not_fit")]
    assert str(MAX_BYTES) in found[0].message


OUT = {"action": "suppress"}


def test_an_opt_out_must_be_in_each_first_question_behind_a_switch() -> None:
    first = switch("called", "two", **{"1": "one"})
    with_it = {"gather": {"1": "end", "9": "out"}, "audio": "a.wav"}
    assert warnings(first=first, one=with_it, two=with_it, out=OUT, end=END) == []
    found = warnings(first=first, one=with_it, two=ASK, out=OUT, end=END)
    assert found == [("/nodes/first", "opt_out_not_first")]
    assert warnings(first=first, one=with_it, two=END, out=OUT, end=END) == []
    hello = {"audio": "a.wav", "next": "one"}
    first = switch("called", "two", **{"1": "hello"})
    found = warnings(first=first, hello=hello, one=with_it, two=with_it, out=OUT, end=END)
    assert found == [("/nodes/hello", "message_before_opt_out")]


def test_a_node_sets_its_variables_once_for_each_time_a_call_comes_to_it() -> None:
    ask = {"gather": {"1": "ask"}, "set": {"log": "{log}x"}, "max_attempts": 3}
    menu = parse_menu({"name": "m", "nodes": {"ask": ask}})
    position, _ = begin(menu)
    assert position.memory.values == {"log": "x"}
    assert step(menu, position, "7", 0.0)[0].memory is position.memory, "another attempt"
    assert resume(menu, position, 0.0)[0].memory is position.memory, "a takeover"
    assert step(menu, position, "1", 0.0)[0].memory.values == {"log": "xx"}
    assert go_to(menu, position, "ask", 0.0)[0].memory.values == {"log": "xx"}


def test_nodes_for_too_many_visits_that_lead_to_each_other_end_the_call() -> None:
    limit = {"max_visits": 1, "next": "a"}
    menu = parse_menu({"name": "m", "nodes": {"a": {**limit, "over_node": "b"}, "b": {**limit, "over_node": "a"}}})
    position, following = begin(menu)
    names = []
    while isinstance(following, Act):
        names.append(position.node)
        position, following = step(menu, position, None, 0.0)
    assert (names, following) == (["a", "b"], GiveUp("steps"))


def test_a_node_for_too_many_visits_that_is_not_there_ends_the_call() -> None:
    menu = parse_menu({"name": "m", "nodes": {"a": {"max_visits": 1, "next": "a", "over_node": "gone"}}})
    position, _ = begin(menu)
    assert isinstance(step(menu, position, None, 0.0)[1], NoWayOn)


results = st.one_of(
    st.none(), st.sampled_from([*DTMF_DIGITS, "5", "true", "", "+14805551234", NO_AGENT, agent_hung_up("booked")])
)


@settings(max_examples=300)
@given(documents(), st.lists(results, min_size=5, max_size=MAX_STEPS * 2), st.data())
def test_every_call_of_every_menu_ends_whatever_dies_and_its_variables_stay(
    document: dict[str, Any], given_: list[str | None], data: st.DataObject
) -> None:
    """Between two steps a worker may be lost: the next one reads the memory from its text and resumes."""
    menu = parse_menu(document)
    position, following = begin(menu, Memory("+14805551234", "+14155550100"))
    asked = acted = 0
    for result in given_:
        if not isinstance(following, Ask | Act):
            break
        assert position.node in menu.nodes
        assert position.steps <= MAX_STEPS
        if data.draw(st.booleans()):
            position, following = lost(position, menu)
            if not isinstance(following, Ask | Act):
                break
        if following.node.is_step:
            asked += 1
        elif (acted := acted + 1) > len(menu.nodes):
            break  # the call server takes no transfer twice without a question between
        position, following = step(menu, position, result, 0.0)
    assert asked <= MAX_STEPS


def lost(position: Position, menu: Menu) -> tuple[Position, Next]:
    before = position.memory
    read = read_memory(before.to_text())
    memory = read._replace(caller=before.caller, called=before.called)
    assert memory == before.with_room()
    resumed = resume(menu, position._replace(memory=memory), 0.0)
    assert resumed[0].memory == memory
    return resumed
