"""Keys that a menu sends: which there may be, and what follows them."""

from __future__ import annotations

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.moves import GoTo, NoWayOn, Position
from ivr.domain.menu.send_digits import SendDigitsNode


def node(keys: object) -> dict[str, object]:
    return {"action": "send_digits", "keys": keys, "next": "end"}


@pytest.mark.parametrize("keys", ["9", "ww9", "12#", "*A0D", "9WW1w2", "w" * 16 + "9" * 48])
def test_keys_may_have_waits_before_and_between(keys: str) -> None:
    menu = parse_menu({"name": "m", "nodes": {"open": node(keys)}})
    assert menu.nodes["open"] == SendDigitsNode("open", keys=keys, next="end")


@pytest.mark.parametrize("keys", ["", "w", "9 1", "E", "9,1", "9@100", "9+1", "~9", "9" * 49, 9, None, ["9"], "９"])
def test_whatever_is_no_key_is_refused(keys: object) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "nodes": {"open": node(keys)}})
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/nodes/open/keys", "invalid_keys")]


def test_the_call_continues_at_next_or_has_no_way_on() -> None:
    sends = SendDigitsNode("open", keys="9", next="end")
    assert sends.step(None, Position("open"), {"end"}) == GoTo("end")
    assert sends.step(None, Position("open"), {}) == NoWayOn()
