"""What a switch and its variables say of themselves: warnings word for word, and their part of the API's schema."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.hours.document import parse_hours
from ivr.domain.menu.cases import CASE_PATTERN, CASE_RULE
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.entering import ENTERING
from ivr.domain.menu.fields import WayOut
from ivr.domain.menu.given import Given, parse_given
from ivr.domain.menu.interpreter import Act, step
from ivr.domain.menu.lint import lint
from ivr.domain.menu.moves import Position
from ivr.domain.menu.published import PublishedMenu, parse_published_menu
from ivr.domain.menu.rounds import first_waiting
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.variables import MAX_BYTES, NAME_PATTERN, NAME_RULE, RESERVED, TEXT_PATTERN
from tests.domain.test_switch import ASK, END

NAME = {"$ref": "#/components/schemas/NodeId"}


def warned(**nodes: Any) -> list[tuple[str, str, str]]:
    """Pointer, code and words of each warning."""
    found = lint(parse_menu({"name": "m", "nodes": nodes}), {"a.wav"})
    return [(each.pointer, each.code, each.message) for each in found]


@pytest.mark.parametrize(
    ("on", "cases", "words"),
    [
        ("random", {"1": "ask", "100": "ask", "0": "ask"}, [("0", "this case is never taken: random is never 0")]),
        ("random", {"101*": "ask"}, [
            ("101*", "this case is never taken: random is never 101*")
        ]),
        ("caller", {"": "ask", "+1*": "ask"}, [("", "this case is never taken: caller is never empty")]),
        ("called", {"1*": "ask", "12": "ask"}, [
            ("12", "this case is never taken: 1* stands before it and fits it, too")
        ]),
        ("verstat", {"passed_d": "ask", "passed*": "ask", "none": "ask", "TN*": "ask", "": "ask"}, [
            ("passed_d", "this case is never taken: verstat is never passed_d"),
            ("TN*", "this case is never taken: verstat is never TN*"),
            ("", "this case is never taken: verstat is never empty"),
        ]),
        ("called", {"": "ask", "7": "end"}, [
            ("7", "this case changes nothing: end is where every value without a case leads")
        ]),
    ],
)  # fmt: skip
def test_a_case_is_named_with_why_it_does_nothing(
    on: str, cases: dict[str, str], words: list[tuple[str, str]]
) -> None:
    found = warned(first={"switch": on, "case": cases, "default": "end"}, ask=ASK, end=END)
    assert [(pointer, said) for pointer, _, said in found] == [
        (f"/nodes/first/case/{case}", said) for case, said in words
    ]


def test_a_menu_with_a_variable_of_that_name_has_whatever_words_it_sets() -> None:
    first = {"switch": "verstat", "case": {"mine": "ask"}, "default": "end", "set": {"verstat": "mine"}}
    assert warned(first=first, ask=ASK, end=END) == []


@pytest.mark.parametrize(
    ("cases", "default", "told"),
    [
        ({"0..50": "ask"}, "end", [("case_beyond_random", "case/0..50")]),
        ({"60..200": "ask"}, "end", [("case_beyond_random", "case/60..200")]),
        ({"1..50": "ask", "60..100": "ask"}, "end", [("random_gap", "case")]),
        ({"1..50": "ask", "51..100": "ask"}, "end", [("default_never_taken", "default")]),
        ({"1..50": "ask", "5*": "ask", "6*": "ask", "70..100": "ask"}, "end", [("default_never_taken", "default")]),
        ({"1..50": "ask"}, "end", []),
        ({"1..50": "ask", "51..80": "ask"}, "end", []),
        ({"50..100": "ask"}, "end", []),
        # It is given for form's sake: the case that leads there is told already.
        ({"1..50": "ask", "51..100": "end"}, "end", [("case_without_effect", "case/51..100")]),
        # Numbers by themselves leave gaps on purpose, and of a variable nobody knows which it fits.
        ({"1": "ask", "100": "ask"}, "end", []),
        ({"1..50": "ask", "{call.x}": "ask", "60..100": "ask"}, "end", []),
        # Never taken at all: told as such.
        ({"101..200": "ask", "1..10": "ask"}, "end", [("case_never_taken", "case/101..200")]),
    ],
)
def test_cases_of_chance_that_leave_or_take_too_much_are_told(
    cases: dict[str, str], default: str, told: list[tuple[str, str]]
) -> None:
    found = warned(first={"switch": "random", "case": cases, "default": default}, ask=ASK, end=END)
    assert [(code, pointer.removeprefix("/nodes/first/")) for pointer, code, _ in found] == told
    called = warned(first={"switch": "called", "case": cases, "default": default}, ask=ASK, end=END)
    assert not {"case_beyond_random", "random_gap", "default_never_taken"} & {code for _, code, _ in called}


def test_numbers_that_no_case_of_chance_fits_are_named() -> None:
    first = {"switch": "random", "case": {"1..50": "ask", "61": "ask", "63..100": "ask"}, "default": "end"}
    assert warned(first=first, ask=ASK, end=END) == [
        ("/nodes/first/case", "random_gap",
         "no case fits 51 to 60 and 62, though there are ranges below and above: default is taken then"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"max_visits": 2, "count": "c"}, {"max_visits": 5, "count": "c"}, ["/nodes/second/max_visits"]),
        ({"max_visits": 2}, {"max_visits": 5, "count": "first"}, ["/nodes/second/max_visits"]),
        ({"max_visits": 2, "count": "c"}, {"max_visits": 2, "count": "c"}, []),
        ({"max_visits": 2, "count": "c"}, {"count": "c"}, []),
        ({"max_visits": 2}, {"max_visits": 5}, []),
    ],
)
def test_nodes_that_count_together_up_to_different_limits_are_told(
    first: dict[str, Any], second: dict[str, Any], told: list[str]
) -> None:
    over = {"over_node": "end"}
    found = warned(first={"audio": "a.wav", "next": "second", **over, **first},
                   second={"audio": "a.wav", "next": "end", **over, **second}, end=END)  # fmt: skip
    assert [pointer for pointer, code, _ in found if code == "count_limits_differ"] == told


@pytest.mark.parametrize(
    ("on", "case"),
    [("random", "1..1"), ("random", "1"), ("random", "100..100"), ("called", "7..7"), ("caller", "anonymous")],
)
def test_a_case_of_one_value_can_be_taken(on: str, case: str) -> None:
    assert warned(first={"switch": on, "case": {case: "ask"}, "default": "end"}, ask=ASK, end=END) == []


def test_ranges_cover_each_other_from_end_to_end() -> None:
    def never(*cases: str) -> list[str]:
        first = {"switch": "called", "case": dict.fromkeys(cases, "ask"), "default": "end"}
        found = warned(first=first, ask=ASK, end=END)
        return [pointer.rpartition("/")[2] for pointer, code, _ in found if code == "case_never_taken"]

    assert never("1..9", "1..5", "5..9", "1..9", "0..9", "1..10") == ["1..5", "5..9"]
    assert never("1", "7..7") == []
    assert never("1..9", "5", "9", "10") == ["5", "9"]


def test_a_round_is_found_behind_a_question_and_where_ways_come_to_is_told_once() -> None:
    nodes = {
        "pick": {"switch": "called", "case": {"1": "back", "2": "ask"}, "default": "ask"},
        "back": {"audio": "a.wav", "next": "pick"},
        "ask": ASK,
        "end": END,
    }
    assert [code for _, code, _ in warned(**nodes)] == ["case_without_effect", "switch_loop"]
    parsed = parse_menu({"name": "m", "nodes": nodes}).nodes
    assert first_waiting("pick", parsed) == (["ask"], [parsed["pick"], parsed["back"]])
    assert first_waiting("gone", parsed) == (["gone"], [])


def test_an_exception_overlaps_what_it_is_one_of_in_either_order() -> None:
    """One that leads where all else does has an effect only before a case that would take it."""
    for cases, warns in (
        ({"5": "end", "1..9": "ask"}, False), ({"1..9": "end", "5": "ask"}, False),
        ({"12*": "end", "1": "ask"}, True), ({"1*": "end", "12": "ask"}, False),
        ({"1..9": "end", "10..20": "ask"}, True),
        ({"1..9": "end", "9..20": "ask"}, False), ({"1*": "end", "1..9": "ask"}, False),
        ({"x*": "end", "1..9": "ask"}, True), ({"-*": "end", "1..9": "ask"}, False),
    ):  # fmt: skip
        found = warned(first={"switch": "called", "case": cases, "default": "end"}, ask=ASK, end=END)
        assert ("case_without_effect" in [code for _, code, _ in found]) is warns, cases


def test_a_switch_leads_to_the_node_of_its_case() -> None:
    nodes = {"pick": {"switch": "x", "case": {"1": "one", "": "none"}, "default": "other"}}
    menu = parse_menu({"name": "m", "nodes": {**nodes, "one": END, "other": END, "none": END}})
    for value, node in (("1", "one"), ("2", "other"), ("", "none"), (None, "none")):
        position, following = step(menu, Position("pick", 0, 1), value, 0.0)
        assert (position.node, following) == (node, Act(menu.nodes[node]))


def test_a_fault_of_a_switch_or_a_limit_is_told_with_what_to_do() -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu(
            {"name": "m", "nodes": {
                "a": {"switch": "x", "case": {"*": "b"}, "default": "b"},
                "b": {"action": "hangup", "max_visits": 2},
                "c": {**END, "set": {"x": 1.5, "y": "\x07", "caller": 1, "a b": 1}},
                "d": {"gather": {"1": "c"}, "save": "list"},
            }}
        )  # fmt: skip
    assert [(each.pointer, each.message) for each in refused.value.problems] == [
        ("/nodes/a/case/*", CASE_RULE),
        ("/nodes/b/max_visits", "max_visits needs over_node, the node where a call goes that has come too often"),
        ("/nodes/c/set/x", "a value is a text of at most 200 characters, a whole number, or true or false"),
        ("/nodes/c/set/y",
         "a value has no control characters, and braces only around a variable, as in {caller}"),
        ("/nodes/c/set/caller", f"caller cannot be set: {', '.join(RESERVED)} have a meaning of their own"),
        ("/nodes/c/set/a b", NAME_RULE),
        ("/nodes/d/save", f"list cannot be set: {', '.join(RESERVED)} have a meaning of their own"),
    ]  # fmt: skip


def test_a_variable_that_may_be_unset_is_told_apart_from_one_that_always_is() -> None:
    nodes = {
        "ask": {"gather": {"1": "knows", "2": "which"}, "audio": "a.wav"},
        "knows": {"set": {"x": 1}, "next": "which"},
        "which": {"switch": "x", "case": {"1": "ask"}, "default": "late"},
        "late": {"switch": "y", "case": {"1": "ask"}, "default": "ask"},
    }
    assert [said for _, code, said in warned(**nodes) if code == "variable_not_set"] == [
        "x is not set on every way that leads here: without it, it is empty", "no node sets y: it is always empty"
    ]  # fmt: skip


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_variables_fit_up_to_the_last_byte(more: int, fits: bool) -> None:
    """Each takes its name, four characters around it, and its text with two quotes."""
    sets = dict.fromkeys("abcdefghi", "x" * 193) | {"j": "x" * (193 + more)}
    codes = [code for _, code, _ in warned(ask={**ASK, "set": sets}, end=END)]
    assert ("variables_may_not_fit" in codes) is not fits


def test_behind_a_key_to_nowhere_variables_are_looked_at_all_the_same() -> None:
    nodes = {
        "ask": {"gather": {"1": "gone", "2": "which"}, "audio": "a.wav"},
        "which": {"switch": "x", "case": {"1": "ask"}, "default": "ask"},
    }
    assert ("/nodes/which/switch", "variable_not_set") in [each[:2] for each in warned(**nodes)]


def test_hours_and_rounds_are_told_with_what_happens() -> None:
    first = {"switch": "hours:office", "case": {"open": "ask"}, "default": "first"}
    assert warned(first=first, ask=ASK, end=END) == [
        ("/nodes/first/switch", "hours_not_found",
         "there are no opening hours called office: the default is taken until there are"),
        ("/nodes/first/case", "switch_loop",
         "this switch may lead back to itself without a question: a call going round ends after 250 nodes, or "
         "earlier where one of them has max_visits"),
    ]  # fmt: skip


def test_a_case_that_leads_nowhere_and_the_default_are_told() -> None:
    found = warned(first={"switch": "called", "case": {"": "gone", "7": "away"}, "default": "lost"})
    assert [(pointer, said) for pointer, code, said in found if code == "target_not_found"] == [
        ("/nodes/first/case/", "if empty leads to gone, which does not exist: the default is taken until it does"),
        ("/nodes/first/case/7", "if 7 leads to away, which does not exist: the default is taken until it does"),
        ("/nodes/first/default",
         "lost does not exist: where no case fits callers hear a goodbye and the call ends"),
    ]  # fmt: skip


def test_the_largest_values_of_a_variable_count_for_whether_all_fit_and_the_largest_is_named() -> None:
    long = {f"v{number}": "x" * 190 for number in range(10)} | {"big": "x" * 200}
    short = dict.fromkeys(long, "")
    for first, second in ((long, short), (short, long)):
        found = warned(a={**ASK, "set": first}, b={**ASK, "set": second}, end=END)
        (words,) = [said for pointer, code, said in found if code == "variables_may_not_fit"]
        assert words.startswith("the variables of this menu may take ")
        assert words.endswith(f" {MAX_BYTES}: what does not fit stays as it was; shorten them, big first")
        assert [pointer for pointer, code, _ in found if code == "variables_may_not_fit"] == ["/nodes/a"]
    problems = lint(parse_menu({"name": "m", "nodes": {"a": {**ASK, "set": long}, "end": END}}), {"a.wav"})
    assert [each.node for each in problems if each.code == "variables_may_not_fit"] == ["a"]
    total = sum(len(name) + 4 + len(f'"{value}"') for name, value in long.items())
    assert total > MAX_BYTES


def test_clients_are_told_the_forms_of_variables_and_cases() -> None:
    (values,) = [each for each in ENTERING if each.name == "set"]
    schema = values.schema()
    assert schema.pop("description") == values.description
    assert schema == {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 16,
        "propertyNames": {"pattern": f"^(?:{NAME_PATTERN}|list:[A-Za-z0-9_-]{{1,64}})$"},
        "additionalProperties": {
            "anyOf": [
                {"type": "string", "maxLength": 200, "pattern": f"^{TEXT_PATTERN}$"},
                {"type": "integer", "minimum": 1 - 10**15, "maximum": 10**15 - 1},
                {"type": "boolean"},
            ]
        },
    }
    assert values.limits() == {"pattern": f"(?:{NAME_PATTERN}|list:[A-Za-z0-9_-]{{1,64}})", "max_length": 200}
    (cases,) = [each for each in SwitchNode.own_fields if each.name == "case"]
    schema = cases.schema()
    assert schema.pop("description") == cases.description
    assert schema == {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 64,
        "propertyNames": {"pattern": f"^{CASE_PATTERN}$"},
        "additionalProperties": NAME,
    }
    assert cases.limits() == {"pattern": CASE_PATTERN, "way_out": "if"}


def test_every_case_is_a_way_out_with_its_label() -> None:
    (cases,) = [each for each in SwitchNode.own_fields if each.name == "case"]
    assert list(cases.targets("no map")) == []
    ways = list(cases.targets({"1": "a", "": "b"}))
    assert ways == [WayOut(cases, ("case", "1"), "a"), WayOut(cases, ("case", ""), "b")]  # type: ignore[arg-type]
    assert [way.label for way in ways] == ["if 1", "if empty"]
    assert WayOut(cases, ("case",), "a").label == "case"  # type: ignore[arg-type]


def test_what_a_draft_takes_for_granted_and_its_hours_are_published_with_it() -> None:
    tree = parse_menu({"name": "m", "nodes": {"a": END}})
    hours = {"office": parse_hours("office", {"zone": "UTC", "week": {"mon": ["09:00-17:00"]}})}
    given = parse_given({"random": 7, "at": "2026-03-09T10:00:00+00:00"})
    for menu in (
        PublishedMenu("ivr_abcdef", 7, tree, {}, hours=hours, given=given),
        PublishedMenu("ivr_abcdef", 7, tree, {}, given=Given(random=7)),
        PublishedMenu("ivr_abcdef", 7, tree, {}),
    ):
        assert parse_published_menu(menu.to_json()) == menu
    assert '"given"' not in PublishedMenu("ivr_abcdef", 7, tree, {}).to_json()
    assert (given.random, given.to_json()) == (7, {"random": 7, "at": "2026-03-09T10:00:00+00:00"})
