"""A node may have a label beside its id: any words, which people read and calls ignore."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.kinds import KINDS


def menu(label: Any) -> dict[str, Any]:
    return {"name": "m", "nodes": {"leak": {"label": label, "gather": {"1": "leak"}}}}


@pytest.mark.parametrize("label", ["Is it a leak?", "¿Hay una fuga?", "漏水ですか", "a" * 80])
def test_a_label_has_blanks_marks_and_any_language_and_comes_back_as_written(label: str) -> None:
    parsed = parse_menu(menu(label))
    assert parsed.nodes["leak"].title == label
    assert parsed.to_json() == menu(label)
    assert parse_menu(parsed.to_json()) == parsed


@pytest.mark.parametrize("label", ["", " ", "a" * 81, "two\nlines", "\u202eright", 7, None])
def test_what_people_could_not_read_is_refused(label: object) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu(menu(label))
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/nodes/leak/label", "invalid_label")]


def test_every_kind_may_have_one() -> None:
    assert [kind.kind for kind in KINDS if "label" not in {each.name for each in kind.fields()}] == []


def test_calls_go_the_same_ways_with_one_and_without() -> None:
    with_one, without = parse_menu(menu("Is it a leak?")), menu("x")
    del without["nodes"]["leak"]["label"]
    first = with_one.nodes["leak"].step("1", None, with_one.nodes)  # type: ignore[arg-type]
    other = parse_menu(without)
    assert first == other.nodes["leak"].step("1", None, other.nodes)  # type: ignore[arg-type]
