"""Menus that put their callers on lists: what may be written, what a call remembers, what is unwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.listing_events import ListingEvent, listing_event_from_json
from ivr.domain.menu import interpreter
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.listings import Listing
from ivr.domain.number_lists import lists_named
from ivr.domain.numbers import E164

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
END = {"action": "hangup"}


@pytest.mark.parametrize(
    ("given", "is_on", "word", "time"),
    [
        (True, True, "on", None),
        ("30d", True, "30d", timedelta(days=30)),
        ("12h", True, "12h", timedelta(hours=12)),
        ("3650d", True, "3650d", timedelta(days=3650)),
        (False, False, "off", None),
        ("off", False, "off", None),
    ],
)
def test_a_caller_is_put_on_a_list_for_a_time_or_for_good_or_taken_off(
    given: str | bool, is_on: bool, word: str, time: timedelta | None
) -> None:
    menu = parse_menu({"name": "m", "nodes": {"ban": {**END, "set": {"list:banned": given, "why": "x"}}}})
    position, _ = interpreter.begin(menu)
    assert position.memory.listings == (Listing("banned", given),)
    assert position.memory.values == {"why": "x"}
    (listing,) = position.memory.listings
    assert (listing.is_on, listing.word) == (is_on, word)
    assert listing.until(NOW) == (None if time is None else NOW + time)
    assert position.memory.with_listings_done().listings == ()


@pytest.mark.parametrize("given", ["", "30", "30 d", "0d", "3651d", "87601h", "-1d", "on", "{caller}", 30, 0, "30D"])
def test_another_value_of_a_list_is_refused_in_words(given: Any) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "nodes": {"ban": {**END, "set": {"list:banned": given}}}})
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/nodes/ban/set/list:banned", "invalid_listing")
    assert problem.message.startswith("a list gets a time such as 30d or 12h")


@pytest.mark.parametrize("name", ["list:", "list:a b", "list:a.b", "list", "list.a", "hours:office"])
def test_a_name_that_no_list_has_is_refused(name: str) -> None:
    with pytest.raises(InvalidMenu):
        parse_menu({"name": "m", "nodes": {"ban": {**END, "set": {name: True}}}})


def test_a_menu_names_the_lists_that_it_changes_and_asks() -> None:
    nodes = {"a": {"set": {"list:banned": "30d", "x": 1}, "next": "b"}, "b": {"switch": "list:vip"}}
    assert lists_named({"nodes": nodes}) == ["banned", "vip"]


NODES: dict[str, Any] = {
    "who": {"switch": "list:vip", "case": {"true": "ban"}, "default": "end"},
    "ban": {"set": {"list:banned": "30d"}, "next": "end"},
    "end": END,
}


@pytest.mark.parametrize(
    ("lists", "warned"),
    [
        (None, []),
        ({"vip", "banned"}, []),
        ({"vip"}, ["/nodes/ban/set/list:banned"]),
        (set(), ["/nodes/who/switch", "/nodes/ban/set/list:banned"]),
    ],
)
def test_a_list_that_does_not_exist_is_told(lists: set[str] | None, warned: list[str]) -> None:
    found = lint(parse_menu({"name": "m", "nodes": NODES}), (), lists=lists)
    assert [each.pointer for each in found if each.code == "list_not_found"] == warned


def test_a_change_of_a_list_is_no_variable() -> None:
    menu = parse_menu({"name": "m", "nodes": NODES})
    assert menu.nodes["ban"].sets() == {}
    assert [each.code for each in lint(menu, ())] == []


EVENT = ListingEvent("lst_1", "banned", E164("+14805551234"), True, NOW, NOW, "call_1", "ivr_1", "ban")


@pytest.mark.parametrize("until", [None, NOW])
def test_an_event_is_read_as_it_was_written(until: datetime | None) -> None:
    event = ListingEvent("lst_1", "banned", E164("+14805551234"), True, until, NOW, "call_1", "ivr_1", "ban")
    assert listing_event_from_json(event.to_json()) == event
    assert event.actor == "ivr_1/ban"


@pytest.mark.parametrize(
    "change", [{"at": "2026-03-05T12:00:00"}, {"until": "soon"}, {"list_name": "a b"}, {"more": 1}, {"at": None}]
)
def test_an_event_that_is_none_of_ours_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        listing_event_from_json({**EVENT.to_json(), **change})
