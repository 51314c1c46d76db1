"""Files that anybody may have written: a damaged one becomes a menu that can be saved, or is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.imports.building import FreeNames
from ivr.domain.imports.report import NotReadable
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.test_freepbx import backups, packed
from tests.domain.imports.test_other_sources import CONNECT, FREEPBX, SWML

_STUDIO = {
    "states": [
        {"name": "Trigger", "type": "trigger", "transitions": [{"event": "incomingCall", "next": "ask"}]},
        {
            "name": "ask",
            "type": "gather-input-on-call",
            "properties": {"say": "Enter it.", "number_of_digits": 4, "timeout": 5},
            "transitions": [{"event": "keypress", "next": "which"}, {"event": "timeout", "next": "ask"}],
        },
        {
            "name": "which",
            "type": "split-based-on",
            "properties": {"input": "{{widgets.ask.Digits}}"},
            "transitions": [{"event": "match", "next": "ask", "conditions": [{"type": "equal_to", "value": "1"}]}],
        },
        {
            "name": "tell",
            "type": "make-http-request",
            "properties": {"url": "https://example.com", "body": "{}", "parameters": [{"key": "a", "value": "b"}]},
            "transitions": [{"event": "success", "next": "which"}],
        },
    ],
    "initial_state": "Trigger",
}
_JAMBONZ = [
    {"verb": "gather", "input": ["digits"], "minDigits": 2, "maxDigits": 5, "say": {"text": "Enter it."}},
    {"verb": "dial", "target": [{"type": "phone", "number": "+14155550100"}]},
]
_JUNK = [None, 0, -5, 3.5, "", "x" * 70, [], {}, [None], {"a": None}, True, "{{", "9" * 400, ["a"], {"x": {"y": 1}},
         "a\0b", "\ud800", "{a" * 150]  # fmt: skip


def _places(part: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*above, key))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A document in one or two of whose places something else stands."""
    return json.dumps(_damaged(draw, draw(st.sampled_from([_STUDIO, _JAMBONZ, CONNECT, SWML, FREEPBX])))).encode()


def _damaged(draw: st.DrawFn, whole: Any) -> Any:
    document = deepcopy(whole)
    for _ in range(draw(st.integers(1, 2))):
        *above, last = draw(st.sampled_from(list(_places(document))))
        part: Any = document
        for key in above:
            part = part[key]
        part[last] = deepcopy(draw(st.sampled_from(_JUNK)))
    return document


@st.composite
def damaged_backups(draw: st.DrawFn) -> bytes:
    """Backups of FreePBX in which something else stands, or of which a part is something else."""
    content = packed(_damaged(draw, draw(backups())))
    at = draw(st.integers(0, len(content) - 1))
    return draw(st.sampled_from([content, content[:at], content[:at] + b"\0\0" + content[at + 2 :]]))


@settings(max_examples=30)
@given(damaged_backups())
def test_a_damaged_backup_becomes_a_menu_or_is_refused_in_words(content: bytes) -> None:
    _bring_in(content)


@given(damaged())
def test_a_damaged_file_becomes_a_menu_or_is_refused_in_words(content: bytes) -> None:
    _bring_in(content)


def _bring_in(content: bytes) -> None:
    try:
        imported = import_menu(content)
    except NotReadable:
        return
    parse_menu(dict(imported.menu))


def _flow(parts: int) -> dict[str, Any]:
    trigger = {"name": "T", "type": "trigger", "transitions": [{"event": "incomingCall", "next": "s0"}]}
    says = [
        {"name": f"s{at}", "type": "say-play", "properties": {"say": "a"},
         "transitions": [{"event": "audioComplete", "next": f"s{at + 1}"}]}
        for at in range(parts)
    ]  # fmt: skip
    return {"description": "x", "initial_state": "T", "states": [trigger, *says]}


def _actions(parts: int) -> dict[str, Any]:
    actions = [
        {"Identifier": str(at), "Type": "MessageParticipant", "Parameters": {"Text": "a"},
         "Transitions": {"NextAction": str(at + 1), "Errors": [], "Conditions": []}}
        for at in range(parts)
    ]  # fmt: skip
    return {"Version": "2019-10-30", "StartAction": "0", "Actions": actions}


def _menus(parts: int) -> str:
    entry = '<entry action="menu-sub" digits="1" param="m{}"/>'
    menus = (f'<menu name="m{at}">{entry.format(at + 1)}</menu>' for at in range(parts))
    return f"<menus>{''.join(menus)}</menus>"


@pytest.mark.parametrize(
    "text",
    [
        f"<Response>{'<Say>a</Say>' * 6000}</Response>",
        _menus(6000),
        json.dumps(_flow(6000)),
        json.dumps(_actions(6000)),
        json.dumps({"sections": {"main": [{"play": "say:a"}] * 6000}}),
        json.dumps([{"verb": "say", "text": "a"}] * 6000),
        json.dumps([{"verb": "play", "url": [f"{at}-{no}.wav" for no in range(16)]} for at in range(400)]),
    ],
    ids=["TwiML", "FreeSWITCH", "Studio", "Connect", "SWML", "jambonz", "sounds"],
)
def test_a_source_of_more_parts_than_any_menu_has_is_refused(text: str) -> None:
    with pytest.raises(NotReadable, match=r"more than 5,000 parts, and a menu has 500 nodes at most"):
        import_menu(text.encode())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "this is empty"),
        (" \r\n\t", "this is empty"),
        (f"<Response>{'<a>' * 3000}{'</a>' * 3000}</Response>", "nested too deep"),
        ("[" * 100_000, "nested too deep"),
    ],
    ids=["nothing", "blanks", "deep XML", "deep JSON"],
)
def test_what_holds_no_menu_is_refused_for_what_it_is(text: str, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        import_menu(text.encode())


def test_parts_of_one_name_have_names_of_their_own() -> None:
    names = FreeNames()
    taken = [names.take("say") for _ in range(3)] + [names.take("say_2"), names.take("other")]
    assert taken == ["say", "say_2", "say_3", "say_2_2", "other"]
