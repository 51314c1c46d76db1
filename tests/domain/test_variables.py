"""Variables: what is set, what a text with names becomes, what there is room for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.variables import (
    MAX_BYTES,
    MAX_TEXT,
    NAME,
    Memory,
    Place,
    known_as,
    most_bytes,
    read_memory,
    text_of,
)

CALL = Memory("+14805551234", "+14155550100", {"n": 7, "ok": True, "who.name": "Ann", "late": ""}, {})


@pytest.mark.parametrize(
    ("given_", "value"),
    [
        ("plain", "plain"),
        (5, 5),
        (False, False),
        ("{caller}", "+14805551234"),
        ("{called}", "+14155550100"),
        ("{n}", 7),
        ("{ok}", True),
        ("{n}{n}", "77"),
        ("code {n} for {who.name}, {ok}", "code 7 for Ann, true"),
        ("{unknown}", ""),
        ("<{unknown}{late}>", "<>"),
        ("", ""),
    ],
)
def test_a_text_gets_the_values_of_its_names(given_: str | int | bool, value: object) -> None:
    filled = CALL.fill(given_)
    assert (type(filled), filled) == (type(value), value)


def test_what_a_value_says_is_not_read_as_a_name_again() -> None:
    memory = Memory(values={"a": "{b}", "b": "secret"})
    assert memory.fill("x{a}") == "x{b}"
    assert memory.with_values({"c": "{a}"}).values["c"] == "{b}"


def test_values_are_set_in_their_order() -> None:
    assert Memory().with_values({"a": 1, "b": "{a}", "a2": "{b}x"}).values == {"a": 1, "b": 1, "a2": "1x"}


def test_a_text_that_grows_is_cut() -> None:
    memory = Memory()
    for _ in range(10):
        memory = memory.with_values({"log": "{log}" + "x" * 60})
    assert memory.values["log"] == "x" * MAX_TEXT


def test_what_has_no_room_stays_as_it_was_and_is_named() -> None:
    full = Memory(values={f"v{number}": "x" * 190 for number in range(9)} | {"y": "old"})
    after = full.with_values({"y": "x" * 200, "z": "x" * 200, "k": 1})
    assert after.no_room == ("z",)
    assert (after.values["y"], after.values["k"]) == ("x" * 200, 1)
    assert after.with_room().no_room == ()


any_values = st.text(max_size=MAX_TEXT) | st.integers() | st.booleans()


@given(st.lists(st.dictionaries(st.sampled_from("abcdefgh"), any_values)))
def test_no_call_keeps_more_than_it_has_room_for(assigned: list[dict[str, Any]]) -> None:
    memory = Memory()
    for each in assigned:
        memory = memory.with_values({name: str(value).replace("{", "(") for name, value in each.items()})
        assert len(Memory(values=memory.values).to_text().encode()) <= MAX_BYTES + 5
        assert set(memory.no_room) <= set(each)


@given(
    st.dictionaries(st.sampled_from(["a", "b.c"]), st.text() | st.integers() | st.booleans()),
    st.dictionaries(st.text(min_size=1), st.integers(1, 99)),
)
def test_a_memory_is_read_as_it_was_written(values: dict[str, Any], visits: dict[str, int]) -> None:
    assert read_memory(Memory("+1", "+2", values, visits).to_text()) == Memory(values=values, visits=visits)


@given(st.sampled_from(["", "x", "漢{n}", "{n}{who.name}", "{caller} and {who.name}"]), st.text(max_size=MAX_TEXT))
def test_no_value_is_longer_than_said(given_: str, name: str) -> None:
    memory = Memory("+14805551234", "", {"n": "x" * MAX_TEXT, "who.name": name.replace('"', "x").replace("\\", "x")})
    filled = memory.fill(given_)
    assert isinstance(filled, str)
    assert len(filled) <= MAX_TEXT
    assert len(filled) + 2 <= most_bytes(given_)


@pytest.mark.parametrize("name", ["a", "a1_b", "caller_id", "who.name", "a.b.c.d", "x" * 32, "hours_open", "listing"])
def test_a_name_of_a_variable(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "a-b", "a.", ".a", "a..b", "a.b.c.d.e", "x" * 33, "caller", "called", "random", "list",
             "hours.x", "ä"]
)  # fmt: skip
def test_what_is_no_name_of_a_variable(name: str) -> None:
    assert not NAME.fullmatch(name)


ITEMS = st.integers() | st.text(max_size=9) | st.dictionaries(st.text(max_size=9), st.booleans())
LISTS = st.lists(ITEMS, max_size=5)
PLACES = st.builds(Place, st.text(), st.integers(), st.integers())


@given(LISTS, st.dictionaries(st.text(min_size=1, max_size=9), PLACES))
def test_lists_and_places_are_read_as_they_were_written(items: list[Any], places: dict[str, Place]) -> None:
    memory = Memory(values={"a.b": items}, places=places, secrets=frozenset({"a.b"}))
    assert read_memory(memory.to_text()) == memory
    assert read_memory(memory._replace(secrets=frozenset()).to_text()).places == places


def test_the_length_of_a_list_is_a_variable_of_its_own() -> None:
    memory = Memory(values={"f.l": [1, "b"], "g.l": [], "g.l.count": 7, "n": 1}, secrets=frozenset({"f.l"}))
    assert [memory.find(name) for name in ("f.l.count", "g.l.count", "n.count", "x.count")] == [2, 7, None, None]
    assert (memory.is_secret("f.l.count"), memory.is_secret("g.l.count")) == (True, False)
    assert memory.with_values({"c": "{f.l.count}"}).secrets == {"f.l", "c"}


def test_a_list_is_copied_whole_and_reads_as_its_values() -> None:
    memory = Memory(values={"l": ["a", 1, {"x": "y", "z": True}], "e": []}).with_values({"m": "{l}", "t": "<{l}{e}>"})
    assert (memory.values["m"], memory.values["t"]) == (["a", 1, {"x": "y", "z": True}], "<a, 1, y, true>")


def test_what_is_saved_whole_leaves_nothing_of_what_it_was() -> None:
    memory = Memory(
        values={"f": 1, "f.a": 2, "f.b": [1], "fa": 3, "g": 4},
        secrets=frozenset({"f.a", "g"}),
        places={"each": Place("f.b", 1, 0), "other": Place("g", 1, 0)},
    )
    after = memory.keeping_whole("f", {"f.c": 5, "f.a": 6}, is_secret=False)
    assert after.values == {"fa": 3, "g": 4, "f.c": 5, "f.a": 6}
    assert (after.secrets, after.places) == ({"g"}, {"other": Place("g", 1, 0)})
    assert memory.keeping_whole("f", {"f.c": 5}, is_secret=True).secrets == {"g", "f.c"}


def test_of_what_is_saved_whole_that_is_kept_which_fits_in_its_order() -> None:
    parts: dict[str, Any] = {"f.a": "x" * 1500, "f.b": "x" * 600, "f.c": 1, "f.d": "x" * 600}
    after = Memory(values={"f.old": "x" * 1900}).keeping_whole("f", parts, is_secret=False)
    assert (list(after.values), after.no_room) == (["f.a", "f.c"], ("f.b", "f.d"))


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.text(max_size=600) | LISTS))
def test_no_answer_takes_more_than_there_is_room_for(parts: dict[str, Any]) -> None:
    after = Memory(values={"x": "y" * 900}).keeping_whole("a", parts, is_secret=False)
    assert len(Memory(values=after.values).to_text().encode()) <= MAX_BYTES + 5
    assert set(after.no_room) == parts.keys() - after.values.keys()


def test_setting_a_list_anew_forgets_how_far_a_call_had_come_with_it() -> None:
    memory = Memory(values={"l": [1], "m": [2]}, places={"e": Place("l", 1, 0)})
    assert memory.keeping("m", "x", False).places == memory.places
    assert memory.keeping("l", "x", False).places == {}
    assert memory.at_place("e", None).places == {}


def test_visits_are_counted_one_by_one() -> None:
    assert Memory().with_visit("a").with_visit("b").with_visit("a").visits == {"a": 2, "b": 1}


def test_a_part_is_known_where_the_whole_is() -> None:
    assert list(known_as("a.b.c")) == ["a.b.c", "a.b", "a"]


def test_how_values_read() -> None:
    assert [text_of(value) for value in (None, True, False, 0, -3, "x")] == ["", "true", "false", "0", "-3", "x"]


def faults(set_: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "nodes": {"n": {"action": "hangup", "set": set_}}})
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("set_", "fault"),
    [
        ([], ("/nodes/n/set", "invalid_set")),
        ({}, ("/nodes/n/set", "invalid_set")),
        ({f"v{number}": 1 for number in range(17)}, ("/nodes/n/set", "invalid_set")),
        ({"caller": "x"}, ("/nodes/n/set/caller", "reserved_variable")),
        ({"hours.office": "x"}, ("/nodes/n/set/hours.office", "reserved_variable")),
        ({"A": 1}, ("/nodes/n/set/A", "invalid_variable")),
        ({"a": None}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": 1.5}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": 10**15}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "x" * 201}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "two\nlines"}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "\ud800"}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "{"}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "{B}"}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "{random}"}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "{b:digits}"}, ("/nodes/n/set/a", "invalid_value")),
        ({"a": "{{b}}"}, ("/nodes/n/set/a", "invalid_value")),
    ],
)
def test_what_cannot_be_set_is_refused_where_it_stands(set_: Any, fault: tuple[str, str]) -> None:
    assert faults(set_) == [fault]


def test_a_limit_needs_a_node_for_those_over_it() -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "nodes": {"n": {"action": "hangup", "max_visits": 2}}})
    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/nodes/n/max_visits", "over_node_missing")
    ]
