"""Cases of a switch: which values fit, which case covers which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.cases import (
    CASE,
    Exact,
    Prefix,
    Range,
    SameAs,
    doubt_of,
    fits,
    is_covered,
    may_overlap,
    parse_case,
)
from ivr.domain.menu.variables import Held, Memory


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("", Exact("")),
        ("open", Exact("open")),
        ("5", Exact("5")),
        ("5..60", Range(5, 60)),
        ("-5..-1", Range(-5, -1)),
        ("5..", Exact("5..")),
        ("5...6", Exact("5...6")),
        ("a..b", Exact("a..b")),
        ("+1480*", Prefix("+1480")),
        ("5..6*", Prefix("5..6")),
        ("**", Prefix("*")),
        ("{x}", SameAs("x")),
        ("{desk.busy}", SameAs("desk.busy")),
        ("{caller}", SameAs("caller")),
        ("{language}", SameAs("language")),
        ("{" + ".".join(["x" * 32] * 4) + "}", SameAs(".".join(["x" * 32] * 4))),
        ("{x}*", Prefix("{x}")),
        ("{x}{y}", Exact("{x}{y}")),
        ("{X}", Exact("{X}")),
        ("{}", Exact("{}")),
        ("{random}", Exact("{random}")),
        ("{hours.office}", Exact("{hours.office}")),
        ("x", Exact("x")),
    ],
)
def test_a_text_is_a_value_a_range_or_a_beginning(text: str, case: object) -> None:
    assert CASE.fullmatch(text)
    assert (type(parse_case(text)), parse_case(text)) == (type(case), case)


@pytest.mark.parametrize("text", ["*", "{" + "x" * 63 + "}x", "{*\n}", "x" * 65, "a\nb", "a\x00", "\u2028"])
def test_what_is_no_case(text: str) -> None:
    assert not CASE.fullmatch(text)


@pytest.mark.parametrize(
    ("text", "fitting", "others"),
    [
        ("", [""], [" ", "0", "false"]),
        ("open", ["open"], ["Open", "opened", ""]),
        ("5..60", ["5", "60", "007", "12"], ["4", "61", "", "5.5", "x", "6e1", "\u0666", "-5", "+7"]),
        ("-3..2", ["-3", "0", "-0", "2"], ["-4", "3"]),
        ("+1480*", ["+1480", "+14805551234"], ["+148", "1480", ""]),
    ],
)
def test_which_values_fit(text: str, fitting: list[str], others: list[str]) -> None:
    case = parse_case(text)
    assert [value for value in fitting if not fits(case, value, Memory())] == []
    assert [value for value in others if fits(case, value, Memory())] == []


@pytest.mark.parametrize(
    ("held", "fitting", "others"),
    [
        (3, ["3"], ["", "03", "3.0"]),
        ("3", ["3"], ["4"]),
        ("152.40", ["152.40"], ["152.4"]),
        (True, ["true"], ["1", "True"]),
        ("Ann", ["Ann"], ["ann", " Ann"]),
        ("", [], ["", "x"]),
        (None, [], ["", "None"]),
        (["1", 3, True], ["1", "3", "true"], ["", "1, 3, true", "2"]),
        ([{"n": 1, "name": "Lab"}], ["1, Lab"], ["1"]),
        ([], [], [""]),
        ([""], [], [""]),
    ],
)
def test_a_variable_fits_what_is_the_same_and_never_what_is_empty(
    held: Held | None, fitting: list[str], others: list[str]
) -> None:
    memory = Memory(values={} if held is None else {"x": held})
    case = parse_case("{x}")
    assert [value for value in [*fitting, *others] if fits(case, value, memory)] == fitting


def test_a_case_knows_the_numbers_of_the_call_and_its_language() -> None:
    memory = Memory("+14805551234", "", {"language": "es"}, languages=("en", "es"))
    for name, value in (("caller", "+14805551234"), ("language", "es")):
        assert fits(SameAs(name), value, memory)
    assert not fits(SameAs("called"), "", memory)


texts = st.one_of(
    st.sampled_from(["", "5", "05", "-1", "open", "+1", "-", "5..5", "9..1", "1*", "-*", "12*", "o*", "+1480*"]),
    st.sampled_from(["{x}", "{y}"]),
    st.tuples(st.integers(-20, 20), st.integers(-20, 20)).map(lambda ends: f"{ends[0]}..{ends[1]}"),
    st.from_regex(r"[0-9a-]{0,3}\*?", fullmatch=True).filter(lambda text: text != "*"),
)
SOME = Memory(values={"x": 5, "y": ["open", 12, "-1"]})
values = st.one_of(st.integers(-30, 130).map(str), st.from_regex(r"[0-9a+-]{0,4}", fullmatch=True))


@given(texts, texts, values)
def test_a_covered_case_fits_nothing_that_the_earlier_one_does_not(one: str, other: str, value: str) -> None:
    case, earlier = parse_case(one), parse_case(other)
    if fits(case, value, SOME) and is_covered(case, earlier):
        assert fits(earlier, value, SOME)


@given(texts, texts, values)
def test_cases_that_fit_the_same_value_may_overlap(one: str, other: str, value: str) -> None:
    case, another = parse_case(one), parse_case(other)
    if fits(case, value, SOME) and fits(another, value, SOME):
        assert may_overlap(case, another)
        assert may_overlap(another, case)


def test_cases_that_have_nothing_in_common_do_not_overlap() -> None:
    for one, other in (
        ("5", "6..9"), ("1..5", "6..9"), ("+1*", "+2*"), ("+1*", "1..5"), ("open", "closed"), ("{x}", ""),
    ):  # fmt: skip
        assert not may_overlap(parse_case(one), parse_case(other))
        assert not is_covered(parse_case(one), parse_case(other))


@pytest.mark.parametrize(
    "text",
    ["1..", "..5", "5..60 ", "5 .. 60", "a..b", "1...5", "1..2..3", "a*b", "+1*480x", "{Busy}", "{a}{b}", "is {a}"],
)
def test_a_case_that_looks_like_more_than_a_text_is_told(text: str) -> None:
    assert doubt_of(text) is not None


@pytest.mark.parametrize(
    "text", ["", "open", "5..60", "-5..5", "+1480*", "7", "*7#", "12*3", "v1.2", "{x}", "{", "anonymous"]
)
def test_a_case_that_is_what_it_looks_like_is_not_told(text: str) -> None:
    assert doubt_of(text) is None
