"""Documents of SignalWire's SWML: the same callers meet the same in the document and in the menu that it becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.imports.report import Fate
from ivr.domain.imports.sources import import_menu
from ivr.domain.imports.swml_conditions import Asked, read_condition
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.callers import END, Caller, same, walk_menu
from tests.domain.imports.swml_walker import SwmlCall

_SECTIONS = ("main", "sales", "night")
_CALLERS = st.builds(
    Caller,
    keys=st.lists(st.sampled_from([*"123", "12", "777", None]), max_size=10),
    rings=st.lists(st.sampled_from(["answered", "busy"]), max_size=6),
    services=st.lists(st.booleans(), max_size=6),
    words=st.lists(st.booleans(), max_size=6),
)
_WHENS = (
    "vars.mark == 'one'", "String(vars.mark) !== 'two'", "prompt_value === '1'", "vars.mark.startsWith('t')",
    "Number(prompt_value) >= 2 && Number(prompt_value) <= 12",
)  # fmt: skip
_RESULTS = {"connect": ("connect_result", "connected"), "record": ("record_result", "success")}
_KINDS = (
    "play", "play", "set", "prompt", "prompt", "switch", "cond", "connect", "record", "request", "sms", "digits",
    "transfer", "goto", "hangup",
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents in which every section may lead to every other one."""
    return {"version": "1.0.0", "sections": {name: _methods(draw, name, 0) for name in _SECTIONS}}


def _methods(draw: st.DrawFn, section: str, depth: int) -> list[Any]:
    begins: list[Any] = [{"label": f"{section}_again"}] if not depth else []
    kinds = draw(st.lists(st.sampled_from(_KINDS), max_size=4 if not depth else 2))
    return begins + [method for kind in kinds for method in _method(draw, kind, section, depth)]


def _method(draw: st.DrawFn, kind: str, section: str, depth: int) -> list[Any]:
    def inner() -> list[Any]:
        return _methods(draw, section, depth + 1) if depth < 2 else [{"transfer": {"dest": "main"}}]

    words = draw(st.sampled_from([f"say:In {section}.", "say:%{vars.mark} it is.", f"https://example.com/{section}.wav"]))
    match kind:
        case "play":
            return [{"play": draw(st.sampled_from([words, {"url": words}]))}]
        case "set":
            return [{"set": {"mark": draw(st.sampled_from(["one", "two", "%{call.from}", "%{prompt_value}"]))}}]
        case "prompt":
            digits = draw(st.sampled_from([1, 1, 3]))
            prompt: list[Any] = [{"prompt": {"play": words, "max_digits": digits, "terminators": "#"}}]
            if draw(st.booleans()):
                prompt.append({"switch": {"variable": "prompt_result", "case": {"no_input": inner()}}})
            if draw(st.booleans()):
                cases = {key: inner() for key in draw(st.sampled_from([["1"], ["1", "2"], ["12"]]))}
                prompt.append({"switch": {"variable": "prompt_value", "case": cases, "default": inner()}})
            return prompt
        case "switch":
            on = draw(st.sampled_from(["vars.mark", "prompt_value", "call.to"]))
            return [{"switch": {"variable": on, "case": {"one": inner(), "1": inner()}, "default": inner()}}]
        case "cond":
            whens = draw(st.lists(st.sampled_from(_WHENS), min_size=1, max_size=2))
            return [{"cond": [*({"when": when, "then": inner()} for when in whens), {"else": inner()}]}]
        case "connect" | "record":
            given_: dict[str, Any] = {"to": "+14155550100"} if kind == "connect" else {"beep": True}
            variable, well = _RESULTS[kind]
            told = [{"switch": {"variable": variable, "case": {well: inner(), "failed": inner()}}}]
            return [{kind: given_}, *(told if draw(st.booleans()) else [])]
        case "request":
            asked: dict[str, Any] = {"request": {"url": f"https://example.com/{section}", "method": "POST"}}
            return [asked, {"set": {"mark": "%{request_response.code}"}}] if draw(st.booleans()) else [asked]
        case "sms":
            whom = {"to_number": "+14155550100", "from_number": "+14155550101"}
            return [{"send_sms": {**whom, "body": "In %{vars.mark}"}}]
        case "digits":
            return [{"send_digits": {"digits": "9w9"}}]
        case "transfer":
            return [{"transfer": {"dest": draw(st.sampled_from(_SECTIONS))}}]
        case "goto":
            return [{"goto": {"label": f"{section}_again"}}]
    return ["hangup"]


@given(documents(), _CALLERS)
def test_whoever_calls_meets_the_same_in_the_document_and_in_the_menu(
    document: dict[str, Any], caller: Caller
) -> None:
    imported = import_menu(json.dumps(document).encode())
    assert same(walk_menu(imported, caller), SwmlCall(document, caller.again()).walk())


@pytest.mark.parametrize(
    ("when", "read"),
    [
        ("vars.mark == 'one'", Asked("vars.mark", "equal_to", "one")),
        ('prompt_value === "1"', Asked("prompt_value", "equal_to", "1")),
        ("call.from != '+14155550100'", Asked("call.from", "not_equal_to", "+14155550100")),
        ("String(vars.a) === 'it\\'s'", Asked("vars.a", "equal_to", "it's")),
        ("vars.tries == 3", Asked("vars.tries", "equal_to", "3")),
        ("String(call.from).startsWith('+1480')", Asked("call.from", "starts_with", "+1480")),
        ("vars.n >= 5 && vars.n <= 60", Asked("vars.n", "range", "5..60")),
        ("String(vars.a) === String(vars.b)", Asked("vars.a", "same_as", "vars.b")),
        ("/^[0-9]{2,6}$/.test(prompt_value)", Asked("prompt_value", "entries", "", ("X{2,6}",))),
        ("vars.n >= 5 && vars.m <= 60", None),
        ("call.type.toLowerCase() == 'sip'", None),
        ("vars.a == 'x' || vars.b == 'y'", None),
    ],
)
def test_conditions_on_one_variable_are_read(when: str, read: Asked | None) -> None:
    assert read_condition(when) == read


def test_a_condition_that_cannot_be_asked_here_is_told_and_never_holds() -> None:
    odd = [{"when": "call.type == call.state", "then": ["hangup"]}, {"else": [{"play": "say:Hello."}]}]
    imported = import_menu(json.dumps({"sections": {"main": [{"cond": odd}]}}).encode())
    (line,) = [each for each in imported.lines if each.kind == "cond"]
    assert (line.fate, line.why) == (
        Fate.CHANGED, "call.type == call.state cannot be asked here, so it is as if it never held"
    )  # fmt: skip
    assert walk_menu(imported, Caller([])) == [("said", "Hello."), END]


def test_a_prompt_and_the_patterns_behind_it_are_one_question() -> None:
    thanks = {"when": "/^[0-9]{2,6}$/.test(prompt_value)", "then": [{"play": "say:Thank you."}]}
    asked = [thanks, {"else": ["hangup"]}]
    main = [{"prompt": {"play": "say:Your code.", "max_digits": 6, "terminators": "*"}}, {"cond": asked}]
    imported = import_menu(json.dumps({"sections": {"main": main}}).encode())
    parse_menu(dict(imported.menu))
    question = imported.menu["nodes"][next(iter(imported.menu["nodes"]))]
    assert (list(question["gather"]), question["end_key"]) == (["X{2,6}"], "*")
