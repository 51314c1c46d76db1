"""Warnings of texts and audio names with variables."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint

ABOUT = (
    "variable_not_set", "stray_brace", "unknown_format", "unknown_currency", "audio_not_ready", "key_not_offered"
)  # fmt: skip


def _warnings(nodes: dict[str, Any], prompts: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    menu = parse_menu({"name": "T", "nodes": nodes})
    return [(each.code, each.pointer) for each in lint(menu, prompts) if each.code in ABOUT]


def _bye(text: Any, **more: Any) -> dict[str, Any]:
    return {"bye": {"action": "hangup", "text": text, **more}}


def test_a_variable_that_nothing_sets_is_warned_of_where_a_text_says_it() -> None:
    assert _warnings(_bye("Bye {name}, {caller:last4}.")) == [("variable_not_set", "/nodes/bye/text")]
    assert _warnings(_bye("Bye {name}.", set={"name": "Ann"})) == []
    assert _warnings(_bye(["Bye.", "Bye {name}."])) == [("variable_not_set", "/nodes/bye/text/1")]


def test_a_variable_that_an_entry_keeps_is_set_where_the_next_text_says_it() -> None:
    ask = {"ask": {"gather": {"XXX": "bye"}, "save": "balance", "no_match_node": "bye", "max_attempts": 1}}
    assert ("variable_not_set", "/nodes/bye/text") in _warnings(ask | _bye("{balance:money}"))
    sure = {"ask": {"gather": {"XXX": "bye"}, "save": "balance"}}
    assert _warnings(sure | _bye("{balance:money}")) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("Hi {{name}}.", "stray_brace"), ("Hi {name.", "stray_brace"), ("Hi {x:moeny}.", "unknown_format"),
     ("{x:money:yen}", "unknown_currency")],
)  # fmt: skip
def test_what_its_author_cannot_mean_is_warned_of_and_loads_all_the_same(text: str, code: str) -> None:
    assert (code, "/nodes/bye/text") in _warnings(_bye(text, set={"x": 1, "name": "Ann"}))


def test_digits_of_a_variable_are_no_keys_to_press() -> None:
    ask = {"ask": {"text": "For the number ending in {caller:last4}, press 1.", "gather": {"1": "ask"}}}
    assert ("key_not_offered", "/nodes/ask/text") not in _warnings(ask)


def test_an_audio_name_with_a_variable_needs_some_prompt_that_it_may_stand_for() -> None:
    node = _bye("Bye.", audio="open-{line}.wav", set={"line": "north"})
    assert _warnings(node, ("open-south.wav",)) == []
    menu = parse_menu({"name": "T", "nodes": node})
    (warning,) = [each for each in lint(menu, ("hold.wav", "open-.wav")) if each.code == "audio_not_ready"]
    assert warning.message == (
        "no prompt is named like open-{line}.wav: callers hear nothing in its place; there are hold.wav, open-.wav"
    )
    unset = _bye("Bye.", audio="open-{line}.wav")
    assert _warnings(unset, ("open-a.wav",)) == [("variable_not_set", "/nodes/bye/audio")]


@pytest.mark.parametrize("name", ["a-{Line}.wav", "a-{line:digits}.wav", "a-{line.wav", "{}.wav", "../{x}.wav"])
def test_braces_in_an_audio_name_hold_a_variable_or_are_refused(name: str) -> None:
    with pytest.raises(InvalidMenu, match=r"as in open-\{line\}\.wav"):
        parse_menu({"name": "T", "nodes": _bye("Bye.", audio=name)})
