"""Every kind of node in the table has all that a kind needs; a kind that lacks something is found here."""

from __future__ import annotations

import dataclasses
import inspect
import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.menus.node_schema import SCHEMAS
from admin.menus.picture import draw
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.ask_language import KeyLanguagesField
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.fields import NODE_ID
from ivr.domain.menu.kinds import KINDS, describe_kinds, field_label, find_kind, sounds_of, targets_of
from ivr.domain.menu.node import Node
from ivr.domain.menu.spoken import SPOKEN
from tests.domain.strategies import documents, nodes_of

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)


def sample(kind: type[Node]) -> dict[str, Any]:
    """A node with every field of its kind."""
    by_type = {
        "target": "there", "digit_targets": {"1": "there", "2": "gone"}, "audio": "a.wav", "number": 2,
        "result_targets": {"booked": "there", "*": "gone"}, "case_targets": {"5..60": "there", "": "gone"},
        "choice": "busy", "values": {"who": "for {caller}"}, "headers": {"X-IVR-Who": "{who}"}, "flag": True,
        "attempts": {"no_input": 2},
        "sent": ["caller", "who.name"], "destination": "mail:office", "variables": ["who.name"],
    }  # fmt: skip
    words: dict[str, Any] = {"end_key": "#", "list": "words", "type_ahead": "keep", "hold_audio": "a.wav",
             "end_keys": "any", "to": "{who}", "caller_id": "called", "ring_timeout_s": 20, "max_talk_s": 600,
             "wait_s": 30, "wait_every_s": 20, "ring": "longest_idle", "join": "all", "accept_key": "1",
             "place_key": "0", "keys": "9w#"}
    node = {each.name: words.get(each.name, by_type.get(each.type, "word")) for each in kind.fields()}
    node |= {each.name: by_type["destination"] for each in kind.fields() if each.type == "destination"}
    node |= {each.name: {"1": "en", "2": "es"} for each in kind.fields() if isinstance(each, KeyLanguagesField)}
    return node if kind.mark.value is None else {kind.mark.field: kind.mark.value, **node}


@each_kind
def test_a_kind_has_its_own_names(kind: type[Node]) -> None:
    assert [kind.kind for kind in KINDS].count(kind.kind) == 1
    assert [kind.mark for kind in KINDS].count(kind.mark) == 1
    assert kind.label
    assert NODE_ID.fullmatch(kind.new_id)
    assert kind.live_phase in get_args(LivePhase)


@each_kind
def test_a_kind_says_what_follows_it_and_what_is_unwise_about_it(kind: type[Node]) -> None:
    assert not inspect.isabstract(kind)
    assert "lint" in vars(kind)


@each_kind
def test_the_attributes_of_a_kind_are_the_fields_of_its_json(kind: type[Node]) -> None:
    fields = [each.attribute for each in kind.fields()]
    given = [each for each in dataclasses.fields(kind) if each.init]
    without_prompt = [] if kind.prompt_fields else [each.name for each in SPOKEN]
    assert sorted(each.name for each in given) == sorted(["id", *without_prompt, *fields])
    required = {each.name for each in given if each.default is dataclasses.MISSING}
    assert required == {"id", *(each.attribute for each in kind.own_fields if each.required)}


@each_kind
def test_a_kind_is_found_by_its_mark_and_keeps_every_field(kind: type[Node]) -> None:
    node = sample(kind)
    assert find_kind(node) is kind
    parsed = parse_menu({"name": "m", "nodes": {"n": node}}).nodes["n"]
    assert type(parsed) is kind
    assert {each.name: getattr(parsed, each.attribute) for each in kind.fields()} == {
        name: value for name, value in node.items() if name != "action"
    }


@each_kind
def test_the_api_has_a_schema_that_knows_every_field_of_a_kind(kind: type[Node]) -> None:
    schema = SCHEMAS[kind.api.name]
    assert {"$ref": f"#/components/schemas/{kind.api.name}"} in SCHEMAS["Node"]["oneOf"]
    assert set(schema["properties"]) == set(sample(kind))
    mark = schema["properties"][kind.mark.field]
    assert kind.mark.value is None or kind.mark.value in mark.get("enum", [mark.get("const")])


@each_kind
def test_every_field_that_names_a_node_is_a_way_out_with_a_label_and_a_warning(kind: type[Node]) -> None:
    node = sample(kind)
    ways = list(targets_of(node))
    maps = {name for name, value in node.items() if isinstance(value, dict) and "gone" in value.values()}
    named = maps | {name for name, value in node.items() if value == "there"}
    assert {way.path[0] for way in ways} == named
    assert all(way.label and way.target in way.if_missing for way in ways)
    assert len({way.label for way in ways}) == len(ways)
    assert [field_label(way.path) for way in ways] == [way.label for way in ways]
    assert ways == list(parse_menu({"name": "m", "nodes": {"n": node}}).nodes["n"].targets())


@each_kind
def test_a_name_that_ends_in_node_is_declared_a_way_out(kind: type[Node]) -> None:
    assert all(each.type == "target" for each in kind.fields() if each.name.endswith("_node"))


@each_kind
def test_a_kind_is_drawn_with_its_ways_out(kind: type[Node]) -> None:
    node = sample(kind)
    nodes = {"first": {"gather": {"1": "n"}}, "n": node, "there": {"action": "hangup"}}
    picture = draw("first", nodes)
    assert next(dot.kind for dot in picture.dots if dot.id == "n") == kind.kind
    targets = {way.target for way in targets_of(node)}
    assert {dot.id for dot in picture.dots} == {"first", "n", *targets}
    assert len(picture.paths) == 1 + len(targets)


@each_kind
def test_the_editor_is_told_of_every_field_and_its_labels(kind: type[Node]) -> None:
    told = next(each for each in describe_kinds()["kinds"] if each["kind"] == kind.kind)
    assert [each["name"] for each in told["fields"]] == [each.name for each in kind.fields()]
    assert all(each["label"] for each in told["fields"])
    ways_out = ("target", "digit_targets", "result_targets", "case_targets")
    assert all(each["way_out"] for each in told["fields"] if each["type"] in ways_out)
    assert told["mark"]["field"] == kind.mark.field
    assert told["label"] == kind.label


def test_what_the_editor_is_told_begins_with_the_names_that_are_allowed_and_a_new_node_of_each_kind() -> None:
    told = describe_kinds()
    assert {name: told[name] for name in told if name not in ("kinds", "menu_fields")} == {
        "node_id_pattern": "[A-Za-z0-9_-]{1,64}",
        "audio_name_pattern": r"[A-Za-z0-9_-]{1,64}\.wav",
        "spoken_fields": ["audio", "text", "voice"],
        "entering_fields": ["set", "max_visits", "over_node", "count"],
        "naming_fields": ["label"],
    }
    assert [(each["name"], each["least"], each["most"], each["default"]) for each in told["menu_fields"]] == [
        ("max_menu_s", 30, 3600, 600),
        ("rate", 0.5, 2.0, None),
    ]
    assert [(each["mark"], each["blank"]) for each in told["kinds"]] == [
        ({"field": "gather", "value": None}, {"gather": {}}),
        ({"field": "next", "value": None}, {"next": ""}),
        ({"field": "switch", "value": None}, {"switch": ""}),
        ({"field": "action", "value": "ask_language"}, {"action": "ask_language"}),
        ({"field": "action", "value": "request"}, {"action": "request"}),
        ({"field": "action", "value": "send"}, {"action": "send"}),
        ({"field": "action", "value": "each"}, {"action": "each"}),
        ({"field": "action", "value": "record"}, {"action": "record"}),
        ({"field": "action", "value": "callback"}, {"action": "callback"}),
        ({"field": "action", "value": "send_digits"}, {"action": "send_digits"}),
        ({"field": "action", "value": "hangup"}, {"action": "hangup"}),
        ({"field": "action", "value": "reject"}, {"action": "reject"}),
        ({"field": "action", "value": "suppress"}, {"action": "suppress"}),
        ({"field": "action", "value": "transfer"}, {"action": "transfer"}),
    ]
    assert [each["new_id"] for each in told["kinds"]] == [kind.new_id for kind in KINDS]


def test_a_field_that_is_no_way_out_is_called_by_its_pointer() -> None:
    assert field_label(("audio",)) == "audio"
    assert field_label(("agents", "0")) == "agents/0"
    assert field_label(("gather",)) == "key gather"


def test_what_is_of_no_kind_has_neither_ways_out_nor_prompts() -> None:
    assert list(targets_of({"audio": "a.wav"})) == []
    assert sounds_of({"audio": "a.wav"}) == []


def test_the_description_of_the_kinds_is_plain_json() -> None:
    assert json.loads(json.dumps(describe_kinds())) == describe_kinds()


@each_kind
def test_every_prompt_that_a_kind_names_is_heard_of(kind: type[Node]) -> None:
    node = sample(kind) | ({"audio": "own.wav"} if kind.prompt_fields else {})
    parsed = parse_menu({"name": "m", "nodes": {"n": node}}).nodes["n"]
    named = [name for name, value in node.items() if str(value).endswith(".wav")]
    assert [sound.path for sound in parsed.sounds()] == [(name,) for name in named]
    assert sounds_of(node) == list(dict.fromkeys(node[name] for name in named))
    assert all(sound.instead for sound in parsed.sounds())


@given(st.one_of([nodes_of(kind) for kind in KINDS]))
def test_a_well_formed_node_of_the_table_is_no_fault(node: dict[str, Any]) -> None:
    assert parse_menu({"name": "m", "nodes": {"n": node}}).source["n"] is node


@given(documents())
def test_what_a_node_names_is_the_same_before_and_after_parsing(document: dict[str, Any]) -> None:
    menu = parse_menu(document)
    for node_id, raw in document["nodes"].items():
        assert list(menu.nodes[node_id].targets()) == list(targets_of(raw))
