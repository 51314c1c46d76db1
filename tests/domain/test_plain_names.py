"""Names that people can tell apart, and pointers to what a client sent."""

from __future__ import annotations

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu, require_plain_name
from ivr.domain.plain_names import is_plain_name
from ivr.domain.problems import Problem, pointer

TURNS = "a\u202eb"


@pytest.mark.parametrize(
    ("name", "is_plain"),
    [("Hill Roofing", True), ("\u05d0", True), (".", True), ("a\u200b", True), ("", False), (" \u00a0", False),
     ("\u200b\u00ad", False), (TURNS, False), ("\u2066a\u2069", False)],
)  # fmt: skip
def test_a_name_has_something_visible_and_turns_no_text(name: str, is_plain: bool) -> None:
    assert is_plain_name(name) is is_plain


def test_a_menu_gets_no_new_name_that_people_cannot_tell_apart_and_keeps_an_old_one() -> None:
    menu = parse_menu({"name": TURNS, "nodes": {"a": {"action": "hangup"}}})
    require_plain_name(menu, TURNS)
    for before in (None, "a"):
        with pytest.raises(InvalidMenu) as refused:
            require_plain_name(menu, before)
        (problem,) = refused.value.problems
        assert (problem.pointer, problem.code) == ("/name", "invalid_name")
        assert "a name needs a visible character" in problem.message
    require_plain_name(parse_menu({"name": "plain", "nodes": {"a": {"action": "hangup"}}}))


def test_a_pointer_names_any_key() -> None:
    assert pointer("nodes", "a/b", 3, "~") == "/nodes/a~1b/3/~0"
    assert pointer() == ""
    assert Problem("/a", "b", "c").node is None
