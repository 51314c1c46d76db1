"""Answers of services: what becomes of JSON of any shape, friendly or hostile."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.answers import MAX_ANSWER_TEXT, MAX_NAMES, values_of
from ivr.domain.menu.cases import fits, parse_case
from ivr.domain.menu.variables import MAX_NUMBER, NAME, Memory, read_memory, text_of
from ivr.domain.service_exchange import MAX_WRITTEN, parse_answer
from ivr.domain.spoken.say import say


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ({"known": True, "n": 7, "s": "Ann"}, {"found.known": True, "found.n": 7, "found.s": "Ann"}),
        ({"a": {"b": {"c": 1}}}, {"found.a.b.c": 1}),
        ({"a": None, "b": {}}, {}),
        (None, {}),
        ("text", {"found": "text"}),
        (["a", "b"], {"found": ["a", "b"]}),
        ([], {"found": []}),
        ({"l": []}, {"found.l": []}),
        ({"l": [{"t": "Rep", "at": {"city": "Rome"}}, 3, None]}, {"found.l": [{"t": "Rep", "at.city": "Rome"}, 3]}),
        ({"x": 152.40}, {"found.x": "152.4"}),
        ({"x": Decimal("152.40")}, {"found.x": "152.40"}),
        ({"x": 1e21}, {"found.x": "1000000000000000000000"}),
        ({"x": MAX_NUMBER, "y": -MAX_NUMBER}, {"found.x": MAX_NUMBER, "found.y": -MAX_NUMBER}),
        ({"x": MAX_NUMBER + 1}, {"found.x": "1000000000000000"}),
        ({"x": "two\nlines\tand a\u2028blank"}, {"found.x": "two lines and a blank"}),
        ({"x": "a\x00b\x1b[31m\x7f\x85"}, {"found.x": "ab[31m"}),
        ({"x": "half \ud800 a pair"}, {"found.x": "half  a pair"}),
        ({"x": "y" * 501}, {"found.x": "y" * MAX_ANSWER_TEXT}),
        ({"caller": "x", "hours": "y"}, {"found.caller": "x", "found.hours": "y"}),
    ],
)
def test_what_is_kept_of_an_answer(body: Any, values: dict[str, Any]) -> None:
    answer = values_of("found", body)
    assert (answer.values, answer.is_whole) == (values, True)
    assert {name: type(value) for name, value in answer.values.items()} == {
        name: type(value) for name, value in values.items()
    }


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ({"__proto__": 1, "constructor": 2}, {"found.constructor": 2}),
        ({"firstName": 1, "on-duty": 2, "a.b": 3, "": 4, "x" * 33: 5, "ä": 6, "ok": 7}, {"found.ok": 7}),
        ({"{caller}": 1, "a;drop": 2, "a\nb": 3}, {}),
        ({"a": {"b": {"c": {"d": 1}}}, "e": 1}, {"found.e": 1}),
        ({"x": 10**50, "y": float("nan"), "z": float("inf"), "w": Decimal("1E+99"), "v": Decimal("NaN")}, {}),
        ({"x": 10**5000}, {}),
        ({"l": [[1], 2]}, {"found.l": [2]}),
        ({"l": [{"m": [1], "n": 2}]}, {"found.l": [{"n": 2}]}),
        ({"l": [{"A": 1, "a": {"b": {"c": {"d": 1}}}}]}, {"found.l": [{}]}),
        ({"l": [0] * 1001, "m": 1}, {"found.m": 1}),
    ],
)
def test_what_no_variable_can_hold_is_left_out_and_said_so(body: Any, values: dict[str, Any]) -> None:
    assert values_of("found", body) == (values, False)


def test_an_answer_has_only_so_many_names() -> None:
    answer = values_of("found", {f"n{number}": number for number in range(MAX_NAMES + 1)})
    assert (len(answer.values), answer.is_whole) == (MAX_NAMES, False)


def test_a_name_of_several_parts_leaves_fewer_for_the_answer() -> None:
    assert values_of("a.b.c", {"d": 1, "e": {"f": 1}}) == ({"a.b.c.d": 1}, False)
    assert values_of("a.b.c.d", {"e": 1}) == ({}, False)
    assert values_of("a.b.c.d", 7) == ({"a.b.c.d": 7}, True)


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,20}", fullmatch=True))
def test_a_number_with_decimals_is_kept_as_the_service_wrote_it(written: str) -> None:
    assert len(written) <= MAX_WRITTEN
    assert values_of("x", parse_answer(written.encode())) == ({"x": written}, True)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("152.40", "152.40"),
        ("152.4", "152.4"),
        ("-0.0", "-0.0"),
        ("0.10000000000000000555111512312578270211815834", "0.1"),
        ("1.5e3", "1500.0"),
        ("1e39", "1" + "0" * 39),
    ],
)
def test_a_number_of_an_answer_becomes_this_text(written: str, kept: str) -> None:
    assert values_of("x", parse_answer(written.encode())) == ({"x": kept}, True)


@pytest.mark.parametrize("written", ["1e41", "1e-41", "9" * 41, "0." + "0" * 45 + "1"])
def test_a_number_beyond_the_bounds_is_left_out(written: str) -> None:
    assert values_of("x", parse_answer(written.encode())) == ({}, False)


def test_an_amount_is_said_and_compared_as_it_is_written() -> None:
    (sum_,) = values_of("x", parse_answer(b"152.40")).values.values()
    assert say(text_of(sum_), "money").words == "one hundred fifty-two dollars and forty cents"
    assert [fits(parse_case(case), text_of(sum_), Memory()) for case in ("152.40", "152.4", "152.*")] == [
        True, False, True
    ]  # fmt: skip


names = st.sampled_from(["a", "people", "x" * 40, "__proto__", "caller", "\ud800", "a.b", ""]) | st.text(max_size=6)
numbers = st.integers() | st.floats() | st.decimals() | st.integers(10**20, 10**60)
bodies = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=700),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=5),
    max_leaves=30,
)


@given(bodies)
def test_whatever_an_answer_is_its_variables_are_such_as_a_menu_may_have(body: Any) -> None:
    answer = values_of("found", body)
    memory = Memory().keeping_whole("found", answer.values, is_secret=False)
    for name, value in answer.values.items():
        assert NAME.fullmatch(name)
        for text in [value, *(value if isinstance(value, list) else ())]:
            assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text_of(text))
            text_of(text).encode()
    assert read_memory(memory.to_text()) == memory
    assert len(json.dumps(memory.values, ensure_ascii=False, separators=(",", ":")).encode()) <= 2000
    assert set(memory.no_room) <= answer.values.keys()
