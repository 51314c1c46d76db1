"""Amazon Connect, SWML and FreePBX: what callers meet in the menus that they become, and what the report says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ivr.domain.imports.report import Fate, NotReadable
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.callers import END, Caller, walk_menu


def _action(name: str, kind: str, given: dict[str, Any], **ways: Any) -> dict[str, Any]:
    errors = [{"ErrorType": error, "NextAction": target} for error, target in ways.pop("errors", {}).items()]
    conditions = [
        {"NextAction": target, "Condition": {"Operator": "Equals", "Operands": [value]}}
        for value, target in ways.pop("cases", {}).items()
    ]
    following = {"NextAction": ways["to"]} if "to" in ways else {}
    transitions = {**following, "Errors": errors, "Conditions": conditions}
    return {"Identifier": name, "Type": kind, "Parameters": given, "Transitions": transitions}


CONNECT = {
    "Version": "2019-10-30",
    "StartAction": "log",
    "Metadata": {"name": "Hill Roofing"},
    "Actions": [
        _action("log", "UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"}, to="tries"),
        _action("tries", "Loop", {"LoopCount": "2"}, cases={"ContinueLooping": "ask", "DoneLooping": "sorry"}),
        _action(
            "ask",
            "GetParticipantInput",
            {"Text": "For sales press 1.", "InputTimeLimitSeconds": "8", "StoreInput": "False"},
            cases={"1": "who"},
            errors={"InputTimeLimitExceeded": "sorry", "NoMatchingCondition": "tries"},
        ),
        _action("who", "UpdateContactAttributes", {"Attributes": {"reason": "sales"}}, to="hello"),
        _action("hello", "MessageParticipant", {"SSML": "<speak>Calling $.Attributes.reason.</speak>"}, to="ring"),
        _action(
            "ring",
            "TransferParticipantToThirdParty",
            {"ThirdPartyPhoneNumber": "+14155550100", "ContinueFlowExecution": "True"},
            to="bye",
            errors={"CallFailed": "sorry"},
        ),
        _action("sorry", "MessageParticipant", {"Text": "Nobody can be reached."}, to="bye"),
        _action("bye", "DisconnectParticipant", {}),
    ],
}
SWML: dict[str, Any] = {
    "version": "1.0.0",
    "sections": {
        "main": [
            "answer",
            {"play": "say:Hill Roofing."},
            {"label": "again"},
            {"prompt": {"play": "say:For sales press 1.", "max_digits": 1}},
            {
                "switch": {
                    "variable": "prompt_value",
                    "case": {"1": [{"transfer": {"dest": "sales"}}], "2": [{"goto": {"label": "again"}}]},
                    "default": [{"play": "say:Goodbye."}],
                }
            },
            "hangup",
        ],
        "sales": [{"connect": {"to": "+14155550100", "timeout": 20}}, {"play": "say:Nobody is there."}],
    },
}
_DETAILS = {"timeout_time": "8", "invalid_loops": "1", "timeout_loops": "0", "announcement": "3"}
FREEPBX: dict[str, Any] = {
    "ivrs": [
        {"id": "1", "name": "Main", **_DETAILS, "timeout_destination": "app-blackhole,hangup,1"},
        {"id": "2", "name": "Sales", **_DETAILS},
    ],
    "entries": {
        "1": [
            {"ivr_id": "1", "selection": "1", "dest": "ivr-2,s,1"},
            {"ivr_id": "1", "selection": "2", "dest": "ext-queues,500,1"},
        ],
        "2": [{"ivr_id": "2", "selection": "0", "dest": "ext-local,vmu100,1"}],
    },
}
_ASKED, _MOMENT, _RANG = ("said", "For sales press 1."), ("said", "Calling sales."), ("rang", "+14155550100")
_SORRY = ("said", "Nobody can be reached.")


def test_callers_of_a_flow_of_amazon_connect_meet_what_it_says() -> None:
    imported = import_menu(json.dumps(CONNECT).encode())
    parse_menu(dict(imported.menu))
    assert imported.menu["name"] == "Hill Roofing"
    assert {line.fate for line in imported.lines} == {Fate.CARRIED}
    assert walk_menu(imported, Caller(["1"])) == [_ASKED, _MOMENT, _RANG, END]
    assert walk_menu(imported, Caller(["1"], rings=["busy"])) == [_ASKED, _MOMENT, _RANG, _SORRY, END]
    assert walk_menu(imported, Caller([None])) == [_ASKED, _SORRY, END]
    assert walk_menu(imported, Caller(["7", "7", "7"])) == [_ASKED, _ASKED, _SORRY, END]


def test_hours_and_queues_of_amazon_connect_are_named_in_the_report() -> None:
    flow = {
        "Version": "2019-10-30",
        "StartAction": "open",
        "Actions": [
            _action(
                "open",
                "CheckHoursOfOperation",
                {"HoursOfOperationId": "arn:aws:connect:us-east-1:1:instance/x/operating-hours/office"},
                cases={"True": "queue", "False": "bye"},
            ),
            _action("queue", "TransferContactToQueue", {"QueueId": "sales"}, errors={"QueueAtCapacity": "bye"}),
            _action("bye", "DisconnectParticipant", {}),
        ],
    }
    imported = import_menu(json.dumps(flow).encode())
    parse_menu(dict(imported.menu))
    assert imported.menu["nodes"]["open"]["switch"] == "hours:office"
    assert [line.why for line in imported.lines][:2] == [
        "make the opening hours office",
        "whoever takes the calls of this queue is to be one of the people of the group sales",
    ]


def test_callers_of_swml_meet_what_it_says() -> None:
    imported = import_menu(json.dumps(SWML).encode())
    parse_menu(dict(imported.menu))
    asked = [("said", "Hill Roofing."), ("said", "For sales press 1.")]
    assert walk_menu(imported, Caller(["1"])) == [*asked, _RANG, ("said", "Nobody is there."), END]
    assert walk_menu(imported, Caller(["2", "9"])) == [*asked, asked[1], ("said", "Goodbye."), END]
    assert walk_menu(imported, Caller([None])) == [*asked, ("said", "Goodbye."), END]


def test_menus_of_freepbx_lead_to_each_other_and_name_what_is_not_in_the_backup() -> None:
    imported = import_menu(json.dumps(FREEPBX).encode())
    parse_menu(dict(imported.menu))
    played = ("played", "recording_3.wav")
    assert walk_menu(imported, Caller([None])) == [played, END]
    assert walk_menu(imported, Caller(["2"], rings=["busy"])) == [played, ("rang", "group_500"), END]
    assert walk_menu(imported, Caller(["1", "0"])) == [played, played, ("recorded", ""), END]
    whys = {line.part: line.why for line in imported.lines}
    assert whys["queue 500"] == "whoever is in queue 500 is to be one of the people of group_500"
    assert whys["Sales"] == "recording 3 is to be uploaded"


_YAML = b"""
version: 1.0.0
sections:
  main:
    - label: again
    - prompt: {play: 'say:For sales press 1.', max_digits: 1}
    - switch:
        variable: prompt_value
        case:
          1:
            - connect: {to: +14155550100, timeout: 20}
          2:
            - goto: {label: again}
        default:
          - play: say:Goodbye at 12:30.
"""


def test_swml_may_be_written_as_yaml() -> None:
    imported = import_menu(_YAML)
    asked, bye = ("said", "For sales press 1."), ("said", "Goodbye at 12:30.")
    assert walk_menu(imported, Caller(["1"])) == [asked, ("rang", "+14155550100"), END]
    assert walk_menu(imported, Caller(["2", None])) == [asked, asked, bye, END]


def test_yaml_may_hold_verbs_of_jambonz_too() -> None:
    imported = import_menu(b"- verb: say\n  text: Hill Roofing.\n- verb: hangup\n")
    assert walk_menu(imported, Caller([])) == [("said", "Hill Roofing."), END]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]", "repeats a part by an anchor in line 2"),
        (b"- " * 5000, "neither XML nor JSON nor YAML"),
        (b"sections: [", "broken as YAML at line 1"),
        (b"a: !!python/object/apply:os.abort []", "none of what can be brought in"),
        (b"a: b\n" * 120_000, "500,000 bytes is read at most"),
    ],
)
def test_yaml_that_does_harm_is_refused_in_words(content: bytes, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        import_menu(content)


def test_a_goto_of_swml_leads_back_as_often_as_it_says() -> None:
    steps = [{"label": "a"}, {"play": "say:Hello."}, {"goto": {"label": "a", "max": 3}}, {"play": "say:Goodbye."}]
    imported = import_menu(json.dumps({"sections": {"main": steps}}).encode())
    assert {line.fate for line in imported.lines} == {Fate.CARRIED}
    assert walk_menu(imported, Caller([])) == [("said", "Hello.")] * 4 + [("said", "Goodbye."), END]


@pytest.mark.parametrize(
    ("to", "rung"),
    [
        ("sip:desk@example.com;transport=tls;lr?X-Reason=a", "sip:desk@example.com;transport=tls"),
        ("SIP:desk@example.com:5070", "sip:desk@example.com:5070"),
        ("sip:%{call.to}@example.com", None),
        ("sip:desk@example.com}api", None),
    ],
)
def test_an_address_that_cannot_be_rung_is_no_address_of_the_menu(to: str, rung: str | None) -> None:
    imported = import_menu(json.dumps({"sections": {"main": [{"connect": {"to": to}}]}}).encode())
    assert imported.menu["nodes"]["main_1_connect"].get("to") == rung
    parse_menu(dict(imported.menu))


def test_what_describe_contact_flow_answers_is_read() -> None:
    answer = {"ContactFlow": {"Name": "Hill Roofing", "Content": json.dumps(CONNECT)}}
    assert import_menu(json.dumps(answer).encode()) == import_menu(json.dumps(CONNECT).encode())
    with pytest.raises(NotReadable, match="neither XML nor JSON"):
        import_menu(b'{"Content": "{"}')


def test_what_swml_sends_has_names_that_a_service_may_be_sent() -> None:
    asked = {"request": {"url": "https://example.com/look-up", "body": {"my number": "%{call.from}", "!": "a"}}}
    imported = import_menu(json.dumps({"sections": {"main": [asked]}}).encode())
    assert imported.menu["nodes"]["main_1_request"]["send"] == {"my_number": "{caller}"}
    assert walk_menu(imported, Caller([])) == [("asked", "https://example.com/look-up"), END]
