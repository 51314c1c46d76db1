"""The document that calls read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.agents import Agent, Target
from ivr.domain.errors import InvalidMenu
from ivr.domain.hours.document import parse_hours
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu, cache_pointer, parse_published_menu
from tests.domain.strategies import documents

FILES = st.builds(
    PromptFile, st.from_regex(r"[0-9a-f]{32}\.wav", fullmatch=True), st.integers(0, 10_000_000)
)
TREE = parse_menu({"name": "m", "nodes": {"z": {"gather": {"1": "a"}}, "a": {"action": "hangup"}}})


@given(
    documents(),
    st.integers(1, 2**31 - 1),
    st.dictionaries(st.sampled_from(["a.wav", "b-2.wav", "x_y.wav"]), FILES),
)
def test_a_published_menu_goes_to_json_and_back(
    document: dict[str, Any], version: int, prompts: dict[str, PromptFile]
) -> None:
    published = PublishedMenu("ivr_abc123", version, parse_menu(document), prompts)
    again = parse_published_menu(published.to_json().encode())
    assert again == published
    assert list(again.tree.nodes) == list(published.tree.nodes)
    assert again.to_json() == published.to_json()


def test_a_published_menu_is_short_and_readable_and_has_its_agents_only_where_it_names_some() -> None:
    tree = parse_menu({"name": "Zo\u00eb", "nodes": {"a": {"action": "transfer", "agent": "amy"}}})
    head = '{"format":1,"ivr_id":"ivr_abc123","version":7,"name":"Zo\u00eb",'
    nodes = '"nodes":{"a":{"action":"transfer","agent":"amy"}},"prompts":{}'
    published = PublishedMenu("ivr_abc123", 7, tree, {})
    assert published.to_json() == f"{head}{nodes}}}"
    amy = Agent("amy", (Target("sip:a@192.0.2.1"),))
    text = replace(published, agents={"amy": amy}).to_json()
    assert text.startswith(head + nodes + ',"agents":{"amy":{"targets":[{"uri":"sip:a@192.0.2.1",')
    assert parse_published_menu(text).agents == {"amy": amy}


def test_a_published_menu_has_its_hours_only_where_it_asks_some() -> None:
    office = parse_hours("office", {"zone": "Europe/Berlin", "week": {"mon": ["09:00-17:00"]}})
    published = PublishedMenu("ivr_abc123", 7, TREE, {}, hours={"office": office})
    assert json.loads(published.to_json())["hours"] == {"office": office.to_json()}
    assert parse_published_menu(published.to_json()) == published
    assert "hours" not in json.loads(replace(published, hours={}).to_json())


@pytest.mark.parametrize("hours", [{"office": {"zone": "Mars"}}, {"a b": {"zone": "UTC", "week": {}}}, {"x": {}}, []])
def test_a_published_menu_with_hours_that_cannot_be_is_malformed(hours: Any) -> None:
    with pytest.raises(ValueError, match=r"hours|malformed"):
        parse_published_menu(changed(hours=hours))


def test_a_pointer_names_menu_and_version() -> None:
    assert cache_pointer("ivr_abc123", 7) == "ivr_abc123:7"


def changed(**changes: Any) -> str:
    document = json.loads(PublishedMenu("ivr_abc123", 1, TREE, {"a.wav": PromptFile("0" * 32 + ".wav", 5)}).to_json())
    return json.dumps({name: value for name, value in {**document, **changes}.items() if value is not ...})


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", "{", "\x00", '"x"',
        changed(format=2), changed(format=...),
        changed(ivr_id="../x"), changed(ivr_id=7), changed(ivr_id=...),
        changed(version="1"), changed(version=None), changed(version=...), changed(version=True),
        changed(prompts={"a.wav": {"file": "../../etc/passwd", "duration_ms": 1}}),
        changed(prompts={"a.wav": {"file": "0" * 31 + ".wav", "duration_ms": 1}}),
        changed(prompts={"a.wav": {"file": 7, "duration_ms": 1}}),
        changed(prompts={"a.wav": {"file": "0" * 32 + ".wav"}}),
        changed(prompts={"a.wav": {"file": "0" * 32 + ".wav", "duration_ms": "x"}}),
        changed(prompts={"a.wav": None}), changed(prompts=[]), changed(prompts=...),
        changed(prompts={"a\n.wav": {"file": "0" * 32 + ".wav", "duration_ms": 1}}),
        changed(nodes={}), changed(nodes={"a": {"action": "x"}}), changed(name=""), changed(more=1),
    ],
)  # fmt: skip
def test_what_is_none_of_ours_is_refused_and_nothing_else_is_raised(text: str) -> None:
    with pytest.raises((ValueError, InvalidMenu)):
        parse_published_menu(text)
