"""Every kind of node in every target: a document without a way that leads nowhere, and a line of the report that says
what is different."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from ivr.domain.conversions import Fate
from ivr.domain.exports import scripts
from ivr.domain.exports.report import Around
from ivr.domain.exports.targets import BODIES, TARGETS, export_menu
from ivr.domain.menu.cases import Case, Range, fits, parse_case
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.entries import Pattern, parse_entry
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.variables import NOTHING_KNOWN
from tests.menus.runner import read_menus

_BYE = {"action": "hangup", "text": "Goodbye."}
_EACH = {"action": "each", "list": "a", "save": "b", "next": "bye", "done_node": "bye"}


def test_every_kind_of_node_has_a_counterpart_or_what_stands_in_its_place() -> None:
    assert set(BODIES) == {kind.kind for kind in KINDS}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("written", read_menus(), ids=lambda each: each.number)
def test_menus_that_people_run_go_there_whole_and_each_node_is_told(written: Any, target: str) -> None:
    exported = export_menu(parse_menu(written.menu), target)
    document = json.loads(json.dumps(exported.document))
    names = {each["name"] for each in document["states"]} if target == "studio" else set(document["sections"])
    assert set(_led_to(document)) <= names
    assert {line.part for line in exported.lines} - {"menu"} == set(written.menu["nodes"])
    told = [line for line in exported.lines if line.fate is not Fate.CARRIED]
    assert all(line.why for line in told)


def _led_to(part: Any) -> list[str]:
    """The names of all steps to which a document leads."""
    if isinstance(part, list):
        return [name for each in part for name in _led_to(each)]
    if not isinstance(part, dict):
        return []
    own = [value for key, value in part.items() if key in ("next", "dest") and isinstance(value, str)]
    return own + [name for each in part.values() for name in _led_to(each)]


@pytest.mark.parametrize(
    ("node", "fate", "why"),
    [
        ({"switch": "hours:office", "case": {"open": "bye"}, "default": "bye"}, Fate.NOT_CARRIED, "hours office"),
        ({"switch": "list:banned", "case": {"true": "bye"}, "default": "bye"}, Fate.NOT_CARRIED, "nobody is on it"),
        ({"action": "suppress"}, Fate.CHANGED, "POST /dnc of this installation"),
        ({"action": "transfer", "people": "night"}, Fate.CHANGED, "set the variable people_night"),
        ({"action": "transfer", "people": "night", "wait_s": 60}, Fate.CHANGED, "the line night is to be made"),
        ({"action": "transfer", "to": "+14155550100", "accept_key": "1"}, Fate.CHANGED, "without a key"),
        ({"action": "transfer", "on_agent_hangup": {"sold": "bye"}}, Fate.NOT_CARRIED, "never taken: sold"),
        ({"action": "send", "to": "mail:office", "text": "Hi.", "next": "bye"}, Fate.NOT_CARRIED, "mail:office"),
        ({"action": "callback", "next": "bye"}, Fate.NOT_CARRIED, "nobody is told to call back"),
        (_EACH, Fate.NOT_CARRIED, "no list"),
        ({"text": "Press 1.", "gather": {"1": "bye"}, "save": "x", "secret": True}, Fate.CHANGED, "kept and shown"),
        ({"audio": "hello.wav", "next": "bye"}, Fate.CHANGED, "hello.wav is a recording"),
        ({"text": "It is {x:money}.", "next": "bye"}, Fate.CHANGED, "reads the money in x in its own way"),
        ({"action": "request", "service": "desk", "next": "bye", "wait": False}, Fate.CHANGED, "no second time"),
        ({"set": {"list:banned": "30d"}, "next": "bye"}, Fate.NOT_CARRIED, "the list banned"),
    ],
)
@pytest.mark.parametrize("target", TARGETS)
def test_what_is_different_is_told_with_what_stands_in_its_place(
    target: str, node: dict[str, Any], fate: Fate, why: str
) -> None:
    menu = parse_menu({"name": "A line", "nodes": {"first": node, "bye": _BYE}})
    (line,) = [each for each in export_menu(menu, target).lines if each.part == "first"]
    assert line.fate is fate
    assert why in line.why


def test_recordings_are_played_from_their_address_and_texts_of_voices_are_spoken_without_one() -> None:
    menu = parse_menu({"name": "A line", "nodes": {"first": {"audio": "hello.wav", "next": "bye"}, "bye": _BYE}})
    around = Around(spoken={"hello.wav": "Hello."}, sounds="https://cdn.example.com/")
    assert _says(menu, around) == {"play": "https://cdn.example.com/hello.wav"}
    assert _says(menu, Around(spoken={"hello.wav": "Hello."})) == {"say": "Hello."}


def _says(menu: Any, around: Around) -> dict[str, Any]:
    states = export_menu(menu, "studio", around).document["states"]
    return {key: value for key, value in states[1]["properties"].items() if key in ("say", "play")}


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node to ask")
def test_javascript_takes_the_cases_and_entries_that_we_take() -> None:
    """Asked of Node in one run: the conditions that SWML gets, of values that fit and of others."""
    values = ["", "5", "60", "61", "-3", "05", "one", "it's", 'a"b', "+14805551234", "12*", "*", "123456", "1234567"]
    cases = [parse_case(each) for each in ("", "5", "one", "it's", 'a"b', "5..60", "-5..0", "+1480*", "1*")]
    entries = [parse_entry(each) for each in ("5", "*", "XX", "X{2,6}", "1X{2,5}", "X{3}", "12*")]
    asked: list[tuple[Case | Pattern, bool, str]] = []
    asked += [(case, fits(case, value, NOTHING_KNOWN), value) for case in cases for value in values]
    asked += [(entry, entry.fits(value), value) for entry in entries for value in values if value]
    lines = [f"[{scripts.condition(case, 'x')}][0]" for case, _, _ in asked]
    script = "\n".join(
        f"console.log(((x) => {line})({json.dumps(value)}))" for line, (_, _, value) in zip(lines, asked, strict=True)
    )
    told = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True).stdout.split()
    assert told == [str(wanted).lower() for _, wanted, _ in asked]
    assert any(isinstance(case, Range) for case, _, _ in asked)
