"""Menus in several languages: what is not said in each of them, and what nobody ever hears."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import merge_patch, parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.published import PublishedMenu, parse_published_menu
from ivr.domain.menu.variables import Memory

CODES = ("language_not_listed", "not_in_every_language", "case_never_taken", "variable_not_set")
END = {"action": "hangup"}


def warnings(languages: list[str] | None, **nodes: Any) -> list[tuple[str, str]]:
    more = {} if languages is None else {"languages": languages}
    menu = parse_menu({"name": "m", **more, "nodes": nodes})
    return [(each.pointer, each.code) for each in lint(menu, {"a.wav"}) if each.code in CODES]


@pytest.mark.parametrize(
    ("node", "found"),
    [
        ({"text": {"en": "Hi", "es": "Hola"}}, []),
        ({"text": {"en": "Hi"}}, [("/nodes/n/audio", "not_in_every_language")]),
        ({"text": "Hi"}, [("/nodes/n/audio", "not_in_every_language")]),
        ({"audio": {"es": "a.wav"}}, [("/nodes/n/audio", "not_in_every_language")]),
        ({"audio": "a.wav"}, []),
        ({"text": "{caller}"}, []),
        ({"text": ["{caller}.", "{called:digits}!"]}, []),
        ({"text": {"en": "{caller}"}}, []),
        ({"text": {"en": "{caller}"}, "audio": {"en": "a.wav"}}, []),
        ({"text": "{caller}", "audio": "a.wav"}, []),
        ({"text": "{caller}", "audio": {"en": "a.wav"}}, [("/nodes/n/audio", "not_in_every_language")]),
        ({"text": "Hi {caller}"}, [("/nodes/n/audio", "not_in_every_language")]),
        ({"text": ["{caller}", "Hi"]}, [("/nodes/n/audio", "not_in_every_language")]),
        ({"text": "{stray"}, [("/nodes/n/audio", "not_in_every_language")]),
        ({"audio": {"en": "a.wav", "es": "a.wav", "fr": "a.wav"}}, [("/nodes/n/audio/fr", "language_not_listed")]),
        ({"set": {"language": "es"}}, []),
        ({"set": {"language": "{caller}"}}, []),
        ({"set": {"language": "fr"}}, [("/nodes/n/set/language", "language_not_listed")]),
    ],
)
def test_what_is_not_said_in_every_language_is_told(node: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert warnings(["en", "es"], n={**END, **node}) == found


def test_a_menu_without_languages_speaks_the_first_of_each_prompt() -> None:
    node = {**END, "audio": {"en": "a.wav", "es": "a.wav"}}
    assert warnings(None, n=node) == [("/nodes/n/audio/es", "language_not_listed")]


def test_other_prompts_of_a_question_are_in_every_language_too() -> None:
    node = {"audio": "a.wav", "gather": {"1": "n"}, "again_text": {"en": "Again"}}
    assert warnings(["en", "es"], n=node) == [("/nodes/n/again_audio", "not_in_every_language")]


def test_a_switch_on_the_language_needs_no_node_that_sets_it_and_has_its_languages_as_cases() -> None:
    node = {"switch": "language", "case": {"es": "end", "fr": "end", "e*": "end", "{caller}": "end"}, "default": "n"}
    assert warnings(["en", "es"], n=node, end=END) == [("/nodes/n/case/fr", "case_never_taken")]


@pytest.mark.parametrize(
    ("languages", "found"),
    [
        ([f"a{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"], [("/languages", "invalid_languages")]),
        ("en", [("/languages", "invalid_languages")]),
        (["en", "EN"], [("/languages/1", "invalid_language")]),
        (["en", "en"], [("/languages/1", "doubled_language")]),
        (["english"], [("/languages/0", "invalid_language")]),
    ],
)
def test_languages_are_named_by_their_codes_each_once(languages: Any, found: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "languages": languages, "nodes": {"n": END}})
    assert [(each.pointer, each.code) for each in refused.value.problems] == found


def test_the_languages_of_a_menu_are_kept_published_and_removed() -> None:
    document = {"name": "m", "languages": ["en", "pt-BR"], "nodes": {"n": END}}
    menu = parse_menu(document)
    assert menu.to_json() == document
    published = PublishedMenu("ivr_abc123", 1, menu, {})
    assert parse_published_menu(published.to_json()).tree.languages == ("en", "pt-BR")
    assert merge_patch(document, {"languages": None}) == {"name": "m", "nodes": {"n": END}}


def test_what_a_node_set_is_the_language_as_far_as_the_menu_has_it() -> None:
    memory = Memory(languages=("en", "es"))
    assert (memory.language, memory.find("language"), memory.fill("{language}!")) == ("en", "en", "en!")
    assert memory.with_values({"language": "es-MX"}).find("language") == "es"
    assert memory.with_values({"language": "fr"}).language == "en"
    assert Memory().language == ""
    assert Memory(values={"language": "es"}).find("language") == "es"


OUT = {"action": "suppress"}


@pytest.mark.parametrize("way", [{}, {"told": {"next": "out"}}])
def test_a_question_that_offers_the_opt_out_can_be_cut_short(way: dict[str, Any]) -> None:
    ask = {"gather": {"1": "n", "9": "told" if way else "out"}, "barge_in": False}
    with pytest.raises(InvalidMenu) as refused:
        parse_menu({"name": "m", "nodes": {"n": ask, **way, "out": OUT}})
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/nodes/n/barge_in", "opt_out_must_not_wait")
    assert problem.message.startswith("key 9 of this question opts out, so keys must cut its prompt short")
    assert parse_menu({"name": "m", "nodes": {"n": {**ask, "barge_in": True}, **way, "out": OUT}})


def in_english(languages: list[str], spoken: list[str] | None) -> list[str]:
    """The warnings of a menu of these languages, where the system prompts are spoken in those."""
    menu = parse_menu({"name": "m", "languages": languages, "nodes": {"n": END}})
    found = [each for each in lint(menu, (), system_languages=spoken) if each.code == "system_prompts_in_english"]
    assert all(each.pointer == "/languages" for each in found)
    return [each.message for each in found]


@pytest.mark.parametrize(
    ("languages", "spoken", "named"),
    [
        (["en"], [], []),
        (["en-GB", "es-MX"], ["en", "es"], []),
        (["en", "es", "pt"], ["en", "es", "pt-BR"], []),
        (["en", "es"], None, []),
        (["en", "es"], ["en"], ["callers in Spanish hear"]),
        (["es", "de", "en"], ["en"], ["callers in Spanish and German hear"]),
        (["en", "ja"], None, ["callers in Japanese hear"]),
        (["ja", "it"], ["en"], ["callers in Japanese hear", "callers in Italian hear"]),
    ],
)
def test_languages_whose_callers_hear_the_system_prompts_in_english_are_told(
    languages: list[str], spoken: list[str] | None, named: list[str]
) -> None:
    assert [" ".join(each.split()[: len(text.split())]) for each, text in zip(
        in_english(languages, spoken), named, strict=True
    )] == named  # fmt: skip


def test_the_warning_says_how_to_get_a_voice() -> None:
    assert "digitree voices add kokoro" in in_english(["es"], [])[0]
    assert "prompts of your own" in in_english(["ja"], [])[0]


def test_a_missing_language_is_named_and_not_its_code() -> None:
    menu = parse_menu({"name": "m", "languages": ["en", "pt-BR"], "nodes": {"n": {**END, "text": {"en": "Hi"}}}})
    (found,) = [each.message for each in lint(menu, ()) if each.code == "not_in_every_language"]
    assert found == "these words are not said in Portuguese (BR): those callers hear English"


def test_that_prompts_are_english_is_also_true_while_they_are_being_spoken() -> None:
    assert "they are not spoken yet. A voice of the language speaks them" in in_english(["es"], [])[0]
