"""docs/menu-language.md: every menu on it is one, every kind is there, and every field is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.entering import ENTERING
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.lint import lint
from ivr.domain.menu.spoken import SPOKEN

PAGE = (Path(__file__).parents[2] / "docs" / "menu-language.md").read_text(encoding="utf-8")
MENUS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("document", MENUS, ids=lambda document: document["name"])
def test_a_menu_of_the_page_is_one_and_lacks_nothing_but_its_prompts_and_agents(document: dict[str, Any]) -> None:
    menu = parse_menu(document)
    prompts = {re.sub(r"\{.*?\}", "x", sound.audio) for node in menu.nodes.values() for sound in node.sounds()}
    found = {warning.code for warning in lint(menu, prompts, {"sales"}, hours={"office"})}
    assert found <= {"no_audio"}


def test_the_page_has_a_menu_with_each_kind() -> None:
    there = {type(node) for document in MENUS for node in parse_menu(document).nodes.values()}
    assert there == set(KINDS)


def test_the_page_names_every_field() -> None:
    fields = {each.name for each in (*SPOKEN, *ENTERING)} | {each.name for kind in KINDS for each in kind.own_fields}
    assert [name for name in sorted(fields) if name not in re.findall(r"\w+", PAGE)] == []


def test_the_warnings_that_the_page_names_are_given() -> None:
    sources = Path(__file__).parents[2] / "ivr" / "domain" / "menu"
    code = "".join(path.read_text(encoding="utf-8") for path in sources.glob("*.py"))
    named = re.findall(r"\(`([a-z]+_[a-z_]+)`\)", PAGE)
    assert named
    assert [name for name in named if f'"{name}"' not in code] == []
