"""TwiML and jambonz: the same callers meet the same in the documents and in the menu that they become."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.imports.report import Fate, NotReadable
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.callers import Caller, same, walk_menu
from tests.domain.imports.document_walker import DocumentCall
from tests.domain.imports.jambonz_walker import HookCall

_CALLERS = st.builds(
    Caller,
    keys=st.lists(st.sampled_from(["1", "2", "3", "*", None]), max_size=10),
    rings=st.lists(st.sampled_from(["answered", "busy", "no_answer"]), max_size=4),
    words=st.lists(st.booleans(), max_size=4),
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, str]:
    """Documents that lead to each other by keys, calls and redirects."""
    addresses = ["/", "/sales", "/menu", "/menu?Digits=1", "/menu?Digits=2", "/after"]
    there = draw(st.lists(st.sampled_from(addresses[1:]), unique=True))
    return {each: draw(_responses(each)) for each in ("/", *there)}


@st.composite
def _responses(draw: st.DrawFn, address: str) -> str:
    what = st.sampled_from(["Say", "Play", "Gather", "Dial", "Record", "Redirect", "Hangup"])
    kinds = draw(st.lists(what, max_size=4))
    verbs: list[str] = []
    for at, kind in enumerate(kinds):
        action = draw(st.sampled_from(["/sales", "/menu", "/after", "/"]))
        words = escape(f"{address} & {at}")
        match kind:
            case "Say":
                verbs.append(f'<Say loop="{draw(st.sampled_from([1, 2]))}">{words}</Say>')
            case "Play":
                verbs.append(f"<Play>https://example.com/{at}.mp3</Play>")
            case "Gather":
                inside = draw(st.sampled_from(["", f"<Say>{words}</Say>", f"<Say>{words}</Say><Say>Press 1.</Say>"]))
                verbs.append(f'<Gather numDigits="1" action="{action}">{inside}</Gather>')
            case "Dial":
                led = draw(st.sampled_from(["", f' action="{action}"']))
                verbs.append(f"<Dial{led}>+14155550100</Dial>")
            case "Record":
                verbs.append(f'<Record action="{action}" maxLength="60"/>')
            case "Redirect":
                verbs.append(f"<Redirect>{action}</Redirect>")
            case "Hangup":
                verbs.append("<Hangup/>")
    return f"<Response>{''.join(verbs)}</Response>"


@given(documents(), _CALLERS)
def test_whoever_calls_meets_the_same_in_twiml_and_in_the_menu(texts: dict[str, str], caller: Caller) -> None:
    imported = import_menu(json.dumps(texts).encode())
    parse_menu(dict(imported.menu))
    assert same(walk_menu(imported, caller), DocumentCall(texts, caller.again()).walk())


@st.composite
def _verbs(draw: st.DrawFn, address: str) -> list[dict[str, Any]]:
    verbs: list[dict[str, Any]] = []
    kinds = st.sampled_from(["say", "play", "gather", "gather", "dial", "redirect", "hangup"])
    for at, kind in enumerate(draw(st.lists(kinds, max_size=4))):
        hook = {"actionHook": draw(st.sampled_from(["/sales", "/menu", "/after", "/"]))}
        words: Any = draw(st.sampled_from([f"{address} {at}.", [f"{address} {at}.", "Press 1."]]))
        sound: Any = draw(st.sampled_from([f"https://example.com/{at}.mp3", ["https://example.com/a.wav", "b.wav"]]))
        match kind:
            case "say":
                verbs.append({"verb": "say", "text": words})
            case "play":
                verbs.append({"verb": "play", "url": sound})
            case "gather":
                said = draw(st.sampled_from([{}, {"say": {"text": words}}, {"play": {"url": sound}}]))
                asked = {"verb": "gather", "input": ["digits"], "numDigits": 1, **said}
                verbs.append({**asked, **draw(st.sampled_from([{}, hook, hook]))})
            case "dial":
                target = [{"type": "phone", "number": "+14155550100"}]
                verbs.append({"verb": "dial", "target": target, **draw(st.sampled_from([{}, hook]))})
            case "redirect":
                verbs.append({"verb": "redirect", **hook})
            case "hangup":
                verbs.append({"verb": "hangup"})
    return verbs


@st.composite
def hooks(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Applications of jambonz: what each hook answers."""
    addresses = ["/sales", "/menu", "/menu?Digits=1", "/menu?Digits=2", "/after"]
    there = draw(st.lists(st.sampled_from(addresses), unique=True))
    return {each: draw(_verbs(each)) for each in ("/", *there)}


@settings(max_examples=40)
@given(hooks(), _CALLERS)
def test_whoever_calls_meets_the_same_in_verbs_of_jambonz_and_in_the_menu(
    documents: dict[str, list[dict[str, Any]]], caller: Caller
) -> None:
    imported = import_menu(json.dumps(documents).encode())
    parse_menu(dict(imported.menu))
    assert same(walk_menu(imported, caller), HookCall(documents, caller.again()).walk())


def test_silence_asks_the_hook_of_jambonz_and_an_empty_answer_leaves_the_verbs() -> None:
    said = [{"verb": "say", "text": "Nothing was keyed."}]
    asked = {"verb": "gather", "actionHook": "/menu", "numDigits": 1, "say": {"text": "Press 1."}}
    verbs: dict[str, Any] = {"/": [asked, {"verb": "say", "text": "Goodbye."}], "/menu": said, "/menu?Digits=1": []}
    imported = import_menu(json.dumps(verbs).encode())
    one, end = ("said", "Press 1."), ("end", "")
    assert walk_menu(imported, Caller([None])) == [one, ("said", "Nothing was keyed."), end]
    assert walk_menu(imported, Caller(["1"])) == [one, ("said", "Goodbye."), end]


def test_jambonz_says_asks_and_rings() -> None:
    verbs = {
        "/": [
            {"verb": "say", "text": "Hill Roofing."},
            {"verb": "gather", "actionHook": "/menu", "numDigits": 1, "say": {"text": "Press 1."}},
            {"verb": "hangup"},
        ],
        "/menu?Digits=1": [{"verb": "dial", "target": [{"type": "phone", "number": "+14155550100"}]}],
    }
    imported = import_menu(json.dumps(verbs).encode())
    assert imported.source == "jambonz"
    met = [("said", "Hill Roofing."), ("said", "Press 1."), ("rang", "+14155550100"), ("end", "")]
    assert walk_menu(imported, Caller(["1"])) == met
    assert walk_menu(imported, Caller([None])) == [*met[:2], ("end", "")]


def test_a_call_that_is_refused_at_once_is_never_answered() -> None:
    imported = import_menu(b'<Response><Reject reason="busy"/></Response>')
    assert imported.menu["answer"] is False
    assert imported.menu["nodes"][next(iter(imported.menu["nodes"]))] == {"action": "reject", "reason": "busy"}


@pytest.mark.parametrize(
    ("text", "fate", "why"),
    [
        ("<Pay/>", Fate.NOT_CARRIED, "there is no Pay here"),
        ("<Dial><Client>alice</Client></Dial>", Fate.CHANGED, "client alice cannot be rung from here"),
        ('<Gather action="/nowhere"><Say>Press 1.</Say></Gather>', Fate.CHANGED, "the document /nowhere is not here"),
        ("<Enqueue>support</Enqueue>", Fate.CHANGED, "people of the group support"),
    ],
)
def test_what_is_not_the_same_is_told(text: str, fate: Fate, why: str) -> None:
    imported = import_menu(f"<Response>{text}</Response>".encode())
    (line,) = imported.lines
    assert line.fate is fate
    assert why in line.why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', "declares a document type"),
        (b"<Response><Say>Hello", "broken at line 1"),
        (b"\xff\xfe", "not a picture, a PDF or a ZIP"),
        (b"hello", "neither XML nor JSON"),
        (b"{}", "none of what can be brought in"),
        (b"[" * 100_000, "nested too deep"),
        (b" " * 4_000_001, "are read at most"),
        (b"<html></html>", "none of what can be brought in"),
        (b'{"states": [], "initial_state": ""}', "no widgets"),
        (b'{"Actions": [], "StartAction": ""}', "no actions"),
        (b'{"sections": {"main": 1}}', "an array of methods"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        import_menu(content)
