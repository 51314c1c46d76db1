"""The menus to begin with are good examples."""

from __future__ import annotations

import pytest

from ivr.domain.agents import agents_named
from ivr.domain.menu.ask_language import own_sentences
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.language_sentences import audio_of
from ivr.domain.menu.lint import lint
from ivr.domain.menu.starters import STARTERS, Starter, find_starter


@pytest.mark.parametrize("starter", STARTERS, ids=lambda each: each.id)
def test_a_starter_is_a_menu_without_warnings_once_its_prompts_are_spoken(starter: Starter) -> None:
    tree = parse_menu(starter.document("Ada's Plumbing & Co."))
    prompts = {audio for node in tree.nodes.values() for _, audio, _ in node.sounds()}
    prompts |= {audio_of(*sentence) for _, sentence in own_sentences(tree.nodes)}
    assert lint(tree, prompts, agents_named(tree.to_json())) == []
    assert all(node.text for node in tree.nodes.values() if node.audio)


def test_the_name_is_said_where_the_menu_greets_and_braces_in_it_stay() -> None:
    starter = find_starter("blank")
    assert starter is not None
    assert "Thanks for calling {x} {name}." in starter.document("{x} {name}")["nodes"]["welcome"]["text"]
    assert "{name}" in str(starter.nodes)


def test_a_starter_stays_as_it_is_whatever_becomes_of_the_menu_made_from_it() -> None:
    starter = find_starter("blank")
    assert starter is not None
    starter.document("x")["nodes"]["welcome"]["gather"]["1"] = "elsewhere"
    assert starter.nodes["welcome"]["gather"] == {"1": "end"}


def test_an_unknown_starter_is_none() -> None:
    assert find_starter("nothing") is None
