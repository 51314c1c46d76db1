"""Flows of Twilio Studio: the same callers meet the same in the flow and in the menu that it becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.imports.report import Fate
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.callers import Caller, same, walk_menu
from tests.domain.imports.studio_walker import StudioCall

_EVENTS = {
    "say-play": ["audioComplete"],
    "gather-input-on-call": ["keypress", "timeout"],
    "connect-call-to": ["callCompleted"],
    "set-variables": ["next"],
    "make-http-request": ["success", "failed"],
    "record-voicemail": ["recordingComplete", "noAudio"],
    "send-message": ["sent"],
}
_KINDS = st.sampled_from([
    ("equal_to", "1"), ("equal_to", "2"), ("equal_to", "*"), ("matches_any_of", "3, 4"), ("not_equal_to", "5"),
    ("does_not_match_any_of", "6,7"), ("is_blank", ""), ("is_not_blank", ""), ("starts_with", "8"),
    ("greater_than", "6"), ("less_than", "3"),
])  # fmt: skip
_CALLERS = st.builds(
    Caller,
    keys=st.lists(st.sampled_from([*"0123456789", "*", None]), max_size=12),
    rings=st.lists(st.sampled_from(["answered", "busy", "no_answer", "unreachable"]), max_size=6),
    services=st.lists(st.booleans(), max_size=6),
    words=st.lists(st.booleans(), max_size=6),
)


@st.composite
def flows(draw: st.DrawFn) -> dict[str, Any]:
    """Flows in which anything may lead anywhere."""
    kinds: list[str] = draw(st.lists(st.sampled_from([*_EVENTS, "split-based-on"]), min_size=1, max_size=9))
    names = [f"{kind.split('-')[0]} {at}" for at, kind in enumerate(kinds)]
    target = st.sampled_from([None, *names])
    gathers = [name for name, kind in zip(names, kinds, strict=True) if kind.startswith("gather")]
    calls = [name for name, kind in zip(names, kinds, strict=True) if kind.startswith("connect")]
    states = [_state("Trigger", "trigger", {}, [("incomingCall", names[0])])]
    for name, kind in zip(names, kinds, strict=True):
        properties = _properties(draw, name, kind)
        if kind != "split-based-on":
            states.append(_state(name, kind, properties, [(event, draw(target)) for event in _EVENTS[kind]]))
            continue
        source = draw(st.sampled_from([f"widgets.{each}.Digits" for each in gathers] or ["flow.variables.set_by"]))
        statuses = [f"widgets.{each}.DialCallStatus" for each in calls]
        source = draw(st.sampled_from([source, *statuses]))
        asks = draw(st.lists(_KINDS, min_size=1, max_size=4))
        if source.endswith("Status"):
            asks = [("equal_to", "busy"), ("matches_any_of", "no-answer,failed")]
        ways: list[dict[str, Any]] = [{"event": "noMatch", "next": draw(target)}]
        for how, value in asks:
            ask = {"friendly_name": value, "arguments": [f"{{{{{source}}}}}"], "type": how, "value": value}
            ways.append({"event": "match", "next": draw(target), "conditions": [ask]})
        states.append({"name": name, "type": kind, "properties": {"input": f"{{{{{source}}}}}"}, "transitions": ways})
    return {"description": "A line", "states": states, "initial_state": "Trigger"}


def _properties(draw: st.DrawFn, name: str, kind: str) -> dict[str, Any]:
    words = draw(st.sampled_from(["", f"This is {name}.", f"{name}, {{{{flow.variables.set_by}}}}."]))
    match kind:
        case "say-play" | "gather-input-on-call":
            sound = {"play": f"https://example.com/{name.replace(' ', '_')}.mp3"}
            spoken = draw(st.sampled_from([{"say": words}, sound]))
            length = {"number_of_digits": 1, "timeout": 5} if kind.startswith("gather") else {}
            return {**spoken, **length, "loop": draw(st.sampled_from([1, 1, 2]))}
        case "connect-call-to":
            return {"noun": "number", "to": "+14155550100", "caller_id": "{{contact.channel.address}}", "timeout": 20}
        case "set-variables":
            value = draw(st.sampled_from([name, "{{contact.channel.address}}", "1"]))
            return {"variables": [{"key": "set_by", "value": value}]}
        case "make-http-request":
            return {"method": "POST", "url": f"https://example.com/{name.replace(' ', '_')}"}
        case "send-message":
            return {"to": "{{contact.channel.address}}", "body": f"From {name}"}
    return {"timeout": 5, "max_length": 120, "finish_on_key": "#"}


def _state(name: str, kind: str, properties: dict[str, Any], ways: list[tuple[str, str | None]]) -> dict[str, Any]:
    transitions = [{"event": event, **({"next": target} if target else {})} for event, target in ways]
    return {"name": name, "type": kind, "properties": properties, "transitions": transitions}


@given(flows(), _CALLERS)
def test_whoever_calls_meets_the_same_in_the_flow_and_in_the_menu(flow: dict[str, Any], caller: Caller) -> None:
    imported = import_menu(json.dumps(flow).encode())
    assert same(walk_menu(imported, caller), StudioCall(flow, caller.again()).walk())


@given(flows())
def test_every_widget_has_a_line_of_the_report(flow: dict[str, Any]) -> None:
    imported = import_menu(json.dumps(flow).encode())
    parse_menu(dict(imported.menu))
    assert {line.part for line in imported.lines} == {each["name"] for each in flow["states"]}


_TRIGGER = _state("Trigger", "trigger", {}, [("incomingMessage", None), ("incomingCall", "ask")])
_ASK = _state(
    "ask",
    "gather-input-on-call",
    {"say": "For sales press 1.", "number_of_digits": 1, "timeout": 5},
    [("keypress", "which"), ("speech", "which"), ("timeout", None)],
)


def _one(*states: dict[str, Any]) -> bytes:
    return json.dumps({"description": "A line", "states": [_TRIGGER, *states], "initial_state": "Trigger"}).encode()


def test_a_question_and_the_split_on_its_key_become_one_question() -> None:
    which = {
        "name": "which",
        "type": "split-based-on",
        "properties": {"input": "{{widgets.ask.Digits}}"},
        "transitions": [
            {"event": "noMatch", "next": "ask"},
            {"event": "match", "next": "ring", "conditions": [{"type": "equal_to", "value": "1"}]},
        ],
    }
    ring = _state("ring", "connect-call-to", {"noun": "number", "to": "(415) 555-0100"}, [("callCompleted", None)])
    menu = import_menu(_one(_ASK, which, ring)).menu
    assert list(menu["nodes"]) == ["ask", "ring", "end_of_call"]
    assert menu["nodes"]["ask"]["gather"] == {"1": "ring"}
    assert menu["nodes"]["ask"]["no_match_node"] == "ask"
    assert menu["nodes"]["ring"]["to"] == "+14155550100"


@pytest.mark.parametrize(
    ("state", "fate", "why"),
    [
        (_state("ask", "capture-payments", {}, []), Fate.NOT_CARRIED, "there is no capture-payments"),
        (
            _state("ask", "say-play", {"say": "Hi {{widgets.x.parsed.firstName | upcase}}"}, []),
            Fate.CHANGED,
            "left out: widgets.x.parsed.firstName | upcase",
        ),
        (
            _state("ask", "send-to-flex", {"workflow": "WW1"}, []),
            Fate.CHANGED,
            "one of the people of the group flex",
        ),
        (
            _state("ask", "connect-call-to", {"noun": "client", "to": "alice"}, []),
            Fate.CHANGED,
            "client alice cannot be rung from here",
        ),
        (
            _state("ask", "record-voicemail", {"max_length": 3600, "transcribe": "true"}, []),
            Fate.CHANGED,
            "600 seconds at most",
        ),
        (
            _state("ask", "make-http-request", {"url": "https://example.com/{{flow.variables.id}}"}, []),
            Fate.CHANGED,
            "variables",
        ),
    ],
)  # fmt: skip
def test_what_is_not_the_same_is_told_with_what_stands_in_its_place(
    state: dict[str, Any], fate: Fate, why: str
) -> None:
    imported = import_menu(_one(state))
    (line,) = [each for each in imported.lines if each.part == "ask"]
    assert line.fate is fate
    assert why in line.why
    parse_menu(dict(imported.menu))


def test_names_of_any_script_become_names_here_and_stay_apart() -> None:
    first = _state("ask", "say-play", {"say": "One."}, [("audioComplete", "größe?")])
    second = _state("größe?", "say-play", {"say": "Two."}, [("audioComplete", "grosse")])
    third = _state("grosse", "say-play", {"say": "Three."}, [])
    nodes = import_menu(_one(first, second, third)).menu["nodes"]
    assert [nodes[each].get("text") for each in nodes] == ["One.", "Two.", "Three.", None]


def test_a_widget_that_nothing_leads_to_has_no_node_and_the_report_says_why() -> None:
    states = [
        {"name": "Trigger", "type": "trigger", "transitions": [{"event": "incomingCall", "next": "hello"}]},
        {"name": "hello", "type": "say-play", "properties": {"say": "Hello."}, "transitions": []},
        {"name": "lost", "type": "say-play", "properties": {"say": "Nobody hears it."}, "transitions": []},
    ]
    flow = {"description": "Hello", "initial_state": "Trigger", "states": states}
    imported = import_menu(json.dumps(flow).encode())
    (line,) = [each for each in imported.lines if each.part == "lost"]
    assert "lost" not in imported.menu["nodes"]
    assert (line.node, line.why) == (None, "nothing leads to it here, so it has no node")
