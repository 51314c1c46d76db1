"""docs/menu-language.md: every menu on it is one, every kind is there with each of its fields and their ranges, and
each field is told in other systems' words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from admin.menus.node_schema import SCHEMAS
from ivr.domain.menu.ask_language import own_sentences
from ivr.domain.menu.document import OPTIONAL, parse_menu
from ivr.domain.menu.entering import ENTERING
from ivr.domain.menu.fields import AgentField, Field, ServiceField, TargetField, WordField
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.language_sentences import audio_of
from ivr.domain.menu.lint import lint
from ivr.domain.menu.menu_fields import USUAL_MENU_S
from ivr.domain.menu.naming import NAMING
from ivr.domain.menu.prompt_fields import VoiceField
from ivr.domain.menu.question_fields import DigitTargetsField
from ivr.domain.menu.spoken import SPOKEN
from ivr.domain.menu.value_fields import CaseTargetsField
from tests.docs.field_tables import bounds, default_of, rows

PAGE = (Path(__file__).parents[2] / "docs" / "menu-language.md").read_text(encoding="utf-8")
WAYS_HEAD = "| way out | when | if there is no such node |"
# The headings of a kind: of its own chapter, and of its table of other systems' words.
CHAPTERS = {
    "gather": ("Question", "A question, elsewhere"),
    "message": ("Message", "A message, elsewhere"),
    "ask_language": ("Language question", "The language asked, elsewhere"),
    "switch": ("Switch", "A switch, elsewhere"),
    "request": ("Request", "A request, elsewhere"),
    "send": ("Send", "A message sent, elsewhere"),
    "each": ("Each", "Each of a list, elsewhere"),
    "record": ("Record", "A recording, elsewhere"),
    "callback": ("Call-back", "A call-back, elsewhere"),
    "send_digits": ("Send keys", "Keys sent, elsewhere"),
    "hangup": ("Hang up", "The ends, elsewhere"),
    "reject": ("Reject", "The ends, elsewhere"),
    "suppress": ("Opt-out", "The ends, elsewhere"),
    "transfer": ("Transfer", "A transfer, elsewhere"),
}


def menus_in(text: str) -> list[Any]:
    return [json.loads(menu) for menu in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def chapter(heading: str) -> str:
    """What stands below a heading, up to the next one of its level or a higher one."""
    level, text = re.split(rf"^(#+) {re.escape(heading)}$", PAGE, maxsplit=1, flags=re.MULTILINE)[1:]
    return re.split(rf"^#{{1,{len(level)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def wanted(field: Field) -> set[str]:
    """What the cell `takes` of a field has to say."""
    told = set(bounds(field.schema()))
    if type(field) in (WordField, AgentField, ServiceField, VoiceField):
        told |= {f"1 to {most}" for most in re.findall(r"^\[[^]]+\]\{1,(\d+)\}$", field.limits()["pattern"])}
    return told | {f"`{word}`" for word in field.schema().get("enum", ())}


def told_by(name: str, table: Mapping[str, list[str]]) -> str:
    """What the cell `takes` of a field says, with those of the fields to which it likens its own."""
    told: dict[str, str] = {}
    waiting = [name]
    while waiting:
        if (each := waiting.pop()) not in told:
            told[each] = table[each][1]
            waiting += re.findall(r"as (?:in )?`(\w+)`", told[each])
    return " ".join(told.values())


EVERY = rows(chapter("What every node may have"))


@pytest.mark.parametrize("document", menus_in(PAGE), ids=lambda document: document["name"])
def test_a_menu_of_the_page_is_one_and_lacks_nothing_but_its_prompts_and_agents(document: dict[str, Any]) -> None:
    menu = parse_menu(document)
    prompts = {re.sub(r"\{.*?\}", "x", sound.audio) for node in menu.nodes.values() for sound in node.sounds()}
    prompts |= {audio_of(*each) for _, each in own_sentences(menu.nodes)}
    found = {warning.code for warning in lint(menu, prompts, {"sales"}, hours={"office"})}
    assert found <= {"no_audio"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_each_kind_has_a_chapter_with_an_example_of_it(kind: Any) -> None:
    menus = menus_in(chapter(CHAPTERS[kind.kind][0]))
    assert any(isinstance(node, kind) for document in menus for node in parse_menu(document).nodes.values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_the_table_of_a_kind_has_its_fields_with_their_ranges_and_defaults(kind: Any) -> None:
    table = rows(chapter(CHAPTERS[kind.kind][0]))
    assert set(table) == {field.name for field in kind.own_fields}
    check(kind.own_fields, table)


def test_the_fields_of_every_node_are_there_with_their_ranges() -> None:
    assert set(EVERY) == {field.name for field in (*SPOKEN, *ENTERING, *NAMING)}
    check((*SPOKEN, *ENTERING, *NAMING), EVERY)


def check(fields: tuple[Field, ...], table: Mapping[str, list[str]]) -> None:
    for field in fields:
        cells, told = table[field.name], told_by(field.name, {**EVERY, **table})
        missing = [each for each in wanted(field) if each not in told]
        assert (field.name, missing) == (field.name, [])
        default = default_of(field.schema())
        assert (cells[2] == "required") == field.required, field.name
        assert default is None or default in cells[2], field.name


def test_the_fields_of_a_menu_are_there_with_their_ranges() -> None:
    table = rows(chapter("The menu itself"))
    assert set(table) == {"name", "nodes", *OPTIONAL} == set(SCHEMAS["WrittenMenu"]["properties"])
    assert table["max_menu_s"][2] == f"`{USUAL_MENU_S}`"
    for name, schema in SCHEMAS["WrittenMenu"]["properties"].items():
        for each in bounds({key: value for key, value in schema.items() if key != "additionalProperties"}):
            assert each in table[name][1], name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_way_out_of_a_kind_is_told(kind: Any) -> None:
    ways = [each for each in kind.own_fields if isinstance(each, TargetField | DigitTargetsField | CaseTargetsField)]
    assert set(rows(chapter(CHAPTERS[kind.kind][0]), WAYS_HEAD)) == {each.name for each in ways}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_field_is_told_in_other_systems_words(kind: Any) -> None:
    words = re.findall(r"^\|([^|]*)\|", chapter(CHAPTERS[kind.kind][1]), re.MULTILINE)
    own = [each.name for each in kind.own_fields]
    assert [name for name in own if name not in re.findall(r"\w+", " ".join(words))] == []
    assert CHAPTERS[kind.kind][1] != "The ends, elsewhere" or kind.kind in " ".join(words)


def test_the_fields_of_menus_and_of_every_node_are_told_in_other_systems_words() -> None:
    words = " ".join(re.findall(r"^\|([^|]*)\|", chapter("The menu and every node, elsewhere"), re.MULTILINE))
    names = ("name", "nodes", *OPTIONAL, *(each.name for each in (*SPOKEN, *ENTERING, *NAMING)))
    assert [name for name in names if name not in re.findall(r"\w+", words)] == []


def test_the_warnings_that_the_page_names_are_given() -> None:
    sources = Path(__file__).parents[2] / "ivr" / "domain" / "menu"
    code = "".join(path.read_text(encoding="utf-8") for path in sources.glob("*.py"))
    named = [name for name in re.findall(r"\(`([a-z]+_[a-z_]+)`\)", PAGE) if name != "voice_not_found"]
    assert named
    assert [name for name in named if f'"{name}"' not in code] == []
