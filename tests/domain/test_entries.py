"""Entries of several digits: which fit, which wins, how long is waited for more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.entries import (
    KEYS,
    MAX_DIGITS,
    Entries,
    Heard,
    Stage,
    find_ambiguous,
    find_entry_cut_by,
    find_entry_fault,
    parse_entry,
)


@pytest.mark.parametrize(
    ("text", "fitting", "others"),
    [
        ("1", ["1"], ["", "11", "2"]),
        ("#", ["#"], ["1"]),
        ("101", ["101"], ["1", "10", "1011", "102"]),
        ("XXXXX", ["94103", "00000"], ["9410", "941033", "9410*", "#"]),
        ("X{6,16}", ["123456", "1" * 16], ["12345", "1" * 17, "12345#"]),
        ("X{10}", ["4805550143"], ["480555", "48055501430"]),
        ("0X{1,2}", ["01", "012"], ["0", "0123", "11"]),
        ("*7X", ["*70"], ["*7", "*7*"]),
    ],
)
def test_which_digits_fit_an_entry(text: str, fitting: list[str], others: list[str]) -> None:
    assert find_entry_fault(text) is None
    pattern = parse_entry(text)
    assert [digits for digits in fitting if not pattern.fits(digits)] == []
    assert [digits for digits in others if pattern.fits(digits)] == []


@pytest.mark.parametrize(
    "text", ["", "A", "x", "1{2}", "X{0,3}", "X{3,2}", "X{25}", "X" * 25, "XX{24}", "X{1}X", "1 2"]
)
def test_what_is_no_entry(text: str) -> None:
    assert find_entry_fault(text)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["0", "X", "1"], None),
        (["0X", "XX", "X"], None),
        (["#", "X{1,4}", "999"], None),
        (["X{1,3}", "X{5}"], None),
        (["1X", "X1"], ("1X", "X1")),
        (["9", "XX", "X{2}"], ("XX", "X{2}")),
        (["X{1,3}", "X{2,4}"], ("X{1,3}", "X{2,4}")),
    ],
)
def test_entries_that_fit_the_same_digits_must_be_one_within_the_other(
    texts: list[str], found: tuple[str, str] | None
) -> None:
    assert find_ambiguous(texts) == found


@pytest.mark.parametrize(
    ("texts", "digits", "entry"),
    [
        (["X", "0"], "0", "0"),
        (["X", "0"], "5", "X"),
        (["XXX", "9XX", "911"], "911", "911"),
        (["XXX", "9XX", "911"], "912", "9XX"),
        (["XXX", "9XX", "911"], "812", "XXX"),
        (["X{1,4}", "#"], "#", "#"),
        (["1", "101"], "10", None),
    ],
)
def test_the_narrower_entry_counts(texts: list[str], digits: str, entry: str | None) -> None:
    assert Entries(texts, None).find(digits) == entry
    assert Entries(texts[::-1], None).find(digits) == entry


# VoiceXML 2.0, appendix D: the wait for the first digit (timeout), between digits (interdigittimeout) and behind a
# complete entry (termtimeout, always 0 here).
@pytest.mark.parametrize(
    ("texts", "end_key", "keyed", "stage"),
    [
        # Nothing can grow behind one key.
        (["1", "2", "9"], None, "", Stage(1, "")),
        (["0", "X"], None, "", Stage(1, "")),
        # Of a fixed length: the last digit ends it.
        (["XXXXX"], None, "", Stage(5, "#")),
        (["XXXXX"], None, "941", Stage(2, "#")),
        # A key that cannot grow is not waited for, one that can is.
        (["1", "2", "101"], None, "", Stage(1, "#")),
        (["1", "2", "101"], None, "1", Stage(2, "#")),
        (["0", "XXX"], None, "", Stage(3, "#")),
        # Of any length: the longest, the end key, or the wait ends it.
        (["X{6,16}"], None, "", Stage(16, "#")),
        (["X{6,16}"], "*", "", Stage(16, "*")),
        (["X{6,16}"], "none", "", Stage(16, "")),
        # The end key is an entry itself: only behind a digit it ends one.
        (["#", "X{1,4}"], None, "", Stage(1, "")),
        (["#", "X{1,4}"], None, "2", Stage(3, "#")),
        (["#1", "XXXX"], None, "", Stage(2, "")),
        # It stands inside an entry: then it ends none.
        (["1#2", "XXXX"], None, "", Stage(3, "")),
        # What is no entry any more is heard to the longest one's end.
        (["1", "101", "XXXXX"], None, "*", Stage(4, "#")),
    ],
)
def test_as_many_digits_are_collected_at_once_as_no_entry_can_end_before(
    texts: list[str], end_key: str | None, keyed: str, stage: Stage
) -> None:
    assert Entries(texts, end_key).stage(keyed) == stage


@pytest.mark.parametrize(
    ("end_key", "texts", "cut"),
    [
        ("5", ["XXXX"], "XXXX"),
        ("5", ["X{1,2}"], "X{1,2}"),
        ("5", ["1", "105"], "105"),
        ("#", ["1#2", "XXXX"], "1#2"),
        # Behind the first key it stands in none.
        ("5", ["5", "501"], None),
        ("5", ["X", "12"], None),
        ("#", ["#1", "X{6,16}"], None),
        ("6", ["101", "2{6}"], None),
        ("none", ["X{6,16}"], None),
    ],
)
def test_an_end_key_that_an_entry_has_behind_its_first_key_is_found(
    end_key: str, texts: list[str], cut: str | None
) -> None:
    assert find_entry_cut_by(end_key, texts) == cut


@pytest.mark.parametrize(
    ("texts", "digits", "more", "asked", "heard"),
    [
        (["1", "2", "101"], "", "2", 1, Heard("2", is_over=True)),
        (["1", "2", "101"], "", "1", 1, Heard("1", is_over=False)),
        (["1", "2", "101"], "1", "01", 2, Heard("101", is_over=True)),
        (["1", "2", "101"], "1", "", 2, Heard("1", is_over=True)),
        (["1", "2", "101"], "1", "0", 2, Heard("10", is_over=True)),
        (["1", "2", "101"], "", "25", 1, Heard("2", is_over=True)),
        (["XXXXX"], "", "94103", 5, Heard("94103", is_over=True)),
        (["XXXXX"], "", "941", 5, Heard("941", is_over=True)),
        (["X{6,16}"], "", "123#", 16, Heard("123", is_over=True)),
        (["X{6,16}"], "", "#", 16, Heard("", is_over=True)),
        (["#", "X{1,4}"], "", "#", 1, Heard("#", is_over=True)),
        (["#", "X{1,4}"], "", "2", 1, Heard("2", is_over=False)),
        (["#", "X{1,4}"], "2", "1#4", 3, Heard("21", is_over=True)),
    ],
)
def test_when_an_entry_is_over(texts: list[str], digits: str, more: str, asked: int, heard: Heard) -> None:
    assert Entries(texts, None).hear(digits, more, asked) == heard


some = st.lists(
    st.sampled_from(
        ["0", "1", "9", "#", "*", "X", "101", "12", "XX", "XXXXX", "X{2,4}", "X{6,16}", "#1", "*X", "0X{1,3}"]
    ),
    min_size=1,
    max_size=5,
    unique=True,
).filter(lambda texts: find_ambiguous(texts) is None)


@given(some, st.text(KEYS, min_size=1, max_size=MAX_DIGITS + 2))
def test_whatever_is_keyed_is_over_in_the_end_and_nothing_that_is_final_is_waited_behind(
    texts: list[str], keyed: str
) -> None:
    entries = Entries(texts, None)
    digits, rest, stages = "", keyed, 0
    while True:
        stage = entries.stage(digits)
        assert 1 <= stage.digits <= entries.longest - len(digits)
        for length in range(1, stage.digits):
            assert not entries.is_final(digits + rest[:length]) or len(rest) < length
        more, rest = rest[: stage.digits], rest[stage.digits :]
        heard = entries.hear(digits, more, stage.digits)
        digits, stages = heard.digits, stages + 1
        if heard.is_over:
            break
    assert stages <= entries.longest
    assert len(digits) <= entries.longest
    found = entries.find(digits)
    assert found is None or parse_entry(found).fits(digits)


@given(some, st.text(KEYS, max_size=MAX_DIGITS))
def test_an_entry_is_found_whenever_one_fits(texts: list[str], keyed: str) -> None:
    fitting = {text for text in texts if parse_entry(text).fits(keyed)}
    assert (Entries(texts, None).find(keyed) in fitting) if fitting else Entries(texts, None).find(keyed) is None
