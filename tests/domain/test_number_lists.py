"""Lists of numbers: until when an entry holds, and what calls read of a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.number_lists import ListedNumber, lists_at, lists_named, lists_text
from ivr.domain.numbers import E164

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ENDS = st.one_of(st.none(), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))


def test_an_entry_holds_up_to_its_end() -> None:
    entry = ListedNumber(E164("+14805551234"), NOW)
    assert [entry.holds_at(each) for each in (NOW - SECOND, NOW, NOW + SECOND)] == [True, False, False]
    assert ListedNumber(E164("+14805551234")).holds_at(datetime(2999, 1, 1, tzinfo=UTC))


def test_a_number_is_on_the_lists_whose_end_has_not_passed() -> None:
    text = lists_text({"vip": None, "blocked": NOW, "banned": NOW + SECOND}).encode()
    assert text == b'{"banned":1773057601,"blocked":1773057600,"vip":null}'
    assert lists_at(text, NOW) == {"vip", "banned"}
    assert lists_at(text, NOW - SECOND) == {"vip", "banned", "blocked"}


@given(st.dictionaries(st.sampled_from(["a", "b-2", "c_3"]), ENDS), ENDS)
def test_what_calls_read_agrees_with_the_entries_to_a_second(
    lists: dict[str, datetime | None], moment: datetime | None
) -> None:
    now = moment or NOW
    found = lists_at(lists_text(lists).encode(), now)
    for name, end in lists.items():
        if ListedNumber(E164("+14805551234"), end).holds_at(now):
            assert name in found
        elif end is not None and now >= end + SECOND:
            assert name not in found


@pytest.mark.parametrize("text", [b"", b"[]", b"x", b"1", b'["vip"]'])
def test_a_text_that_is_none_of_ours_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"lists|Expecting"):
        lists_at(text, NOW)


def test_a_menu_names_the_lists_that_it_asks() -> None:
    nodes = {"a": {"switch": "list:vip"}, "b": {"switch": "hours:office"}, "c": {"switch": "list:banned"}, "d": {}}
    assert lists_named({"nodes": nodes}) == ["banned", "vip"]
