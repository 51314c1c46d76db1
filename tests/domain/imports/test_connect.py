"""Flows of Amazon Connect: the same callers meet the same in the flow and in the menu that it becomes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.imports.report import Fate
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.callers import CALLER, END, Caller, same, walk_menu
from tests.domain.imports.connect_walker import ConnectCall

_CALLERS = st.builds(
    Caller,
    keys=st.lists(st.sampled_from([*"0123456789", "*", None]), max_size=12),
    rings=st.lists(st.sampled_from(["answered", "busy", "no_answer", "unreachable"]), max_size=6),
    services=st.lists(st.booleans(), max_size=6),
)
_KINDS = [
    "MessageParticipant", "GetParticipantInput", "GetParticipantInput", "UpdateContactAttributes", "Compare", "Loop",
    "CheckHoursOfOperation", "InvokeLambdaFunction", "TransferContactToQueue", "TransferParticipantToThirdParty",
    "DisconnectParticipant", "UpdateFlowLoggingBehavior",
]  # fmt: skip
_ERRORS = {
    "GetParticipantInput": ["InputTimeLimitExceeded", "NoMatchingCondition", "NoMatchingError"],
    "Compare": ["NoMatchingCondition"],
    "InvokeLambdaFunction": ["NoMatchingError"],
    "TransferContactToQueue": ["QueueAtCapacity", "NoMatchingError"],
    "TransferParticipantToThirdParty": ["CallFailed", "ConnectionTimeLimitExceeded", "NoMatchingError"],
    "CheckHoursOfOperation": ["NoMatchingError"],
}
_COMPARISONS = st.sampled_from([
    ("Equals", "1"), ("Equals", "2"), ("Equals", "sales"), ("TextStartsWith", "sa"), ("NumberGreaterThan", "4"),
])  # fmt: skip


@st.composite
def flows(draw: st.DrawFn) -> dict[str, Any]:
    """Flows in which anything may lead anywhere."""
    kinds = draw(st.lists(st.sampled_from(_KINDS), min_size=1, max_size=9))
    names = [f"{kind} {at}" for at, kind in enumerate(kinds)]
    target = st.sampled_from(names)
    actions = []
    for name, kind in zip(names, kinds, strict=True):
        conditions = [
            {"NextAction": draw(target), "Condition": {"Operator": operator, "Operands": [operand]}}
            for operator, operand in _conditions(draw, kind)
        ]
        errors = [{"ErrorType": each, "NextAction": draw(target)} for each in _ERRORS.get(kind, [])]
        ways = {"NextAction": draw(target), "Conditions": conditions, "Errors": errors}
        parameters = _parameters(draw, name, kind)
        if kind == "DisconnectParticipant":
            ways = {}
        if kind == "GetParticipantInput" and parameters["StoreInput"] == "False" and not conditions:
            ways["Conditions"] = [{"NextAction": name, "Condition": {"Operator": "Equals", "Operands": ["7"]}}]
        actions.append({"Identifier": name, "Type": kind, "Parameters": parameters, "Transitions": ways})
    return {"Version": "2019-10-30", "StartAction": names[0], "Metadata": {}, "Actions": actions}


def _conditions(draw: st.DrawFn, kind: str) -> list[tuple[str, str]]:
    match kind:
        case "GetParticipantInput":
            keys = draw(st.lists(st.sampled_from([*"123", "*"]), unique=True, max_size=3))
            return [("Equals", each) for each in keys]
        case "Compare":
            return draw(st.lists(_COMPARISONS, min_size=1, max_size=3))
        case "Loop":
            return [("Equals", "ContinueLooping"), ("Equals", "DoneLooping")]
        case "CheckHoursOfOperation":
            return [("Equals", "True"), ("Equals", "False")]
    return []


def _parameters(draw: st.DrawFn, name: str, kind: str) -> dict[str, Any]:
    spoken = draw(st.sampled_from([
        {"Text": f"This is {name}, $.Attributes.reason."},
        {"SSML": f"<speak>This is <emphasis>{name}</emphasis>.</speak>"},
        {"PromptId": "arn:aws:connect:us-east-1:1:instance/x/prompt/hello"},
    ]))  # fmt: skip
    match kind:
        case "MessageParticipant":
            return spoken
        case "GetParticipantInput":
            one = {"CustomValidation": {"MaximumLength": "1"}}
            stored: dict[str, Any] = {"StoreInput": "True", "InputValidation": one}
            asked: dict[str, Any] = draw(st.sampled_from([{"StoreInput": "False"}, stored]))
            return {**spoken, **asked, "InputTimeLimitSeconds": "5"}
        case "UpdateContactAttributes":
            value = draw(st.sampled_from(["sales", "1", "7", "$.CustomerEndpoint.Address", "$.Attributes.reason"]))
            return {"Attributes": {"reason": value}}
        case "Compare":
            values = ["$.Attributes.reason", "$.StoredCustomerInput", "$.CustomerEndpoint.Address"]
            return {"ComparisonValue": draw(st.sampled_from(values))}
        case "Loop":
            return {"LoopCount": draw(st.sampled_from(["1", "2"]))}
        case "CheckHoursOfOperation":
            return {"HoursOfOperationId": "arn:aws:connect:us-east-1:1:instance/x/operating-hours/office"}
        case "InvokeLambdaFunction":
            return {"LambdaFunctionARN": "arn:aws:lambda:us-east-1:1:function:look-up"}
        case "TransferContactToQueue":
            return {"QueueId": "support"}
        case "TransferParticipantToThirdParty":
            back = draw(st.sampled_from(["True", "False"]))
            return {"ThirdPartyPhoneNumber": "+14155550100", "ContinueFlowExecution": back}
    return {}


@settings(max_examples=40)
@given(flows(), _CALLERS)
def test_whoever_calls_meets_the_same_in_the_flow_and_in_the_menu(flow: dict[str, Any], caller: Caller) -> None:
    imported = import_menu(json.dumps(flow).encode())
    parse_menu(dict(imported.menu))
    assert same(walk_menu(imported, caller), ConnectCall(flow, caller.again()).walk())


def _module(
    name: str, kind: str, branches: dict[str, str], *given: tuple[str, ...], target: str = ""
) -> dict[str, Any]:
    ways = []
    for condition, transition in branches.items():
        digit = {"conditionType": "Equals", "conditionValue": condition} if condition.isdigit() else {}
        ways.append({"condition": "Evaluate" if digit else condition, **digit, "transition": transition})
    fields = ("name", "value", "key", "namespace", "resourceName")
    parameters = [dict(zip(fields, each, strict=False)) for each in given]
    where = {"target": target} if target else {}
    return {"id": name, "type": kind, "branches": ways, "parameters": parameters, **where}


def test_a_flow_that_was_exported_before_2021_is_read_too() -> None:
    said, wait = ("Text", "For sales press 1."), ("Timeout", "8")
    modules = [
        _module("log", "SetLoggingBehavior", {"Success": "ask"}, ("LoggingBehavior", "Enable")),
        _module("ask", "GetUserInput", {"1": "who", "Timeout": "bye", "NoMatch": "ask", "Error": "bye"}, said, wait,
                target="Digits"),
        _module("who", "SetAttributes", {"Success": "which", "Error": "bye"}, ("Attribute", "sales", "reason", "")),
        _module("which", "CheckAttribute", {"7": "bye", "NoMatch": "queue"}, ("Attribute", "reason"),
                ("Namespace", "User Defined")),
        _module("queue", "SetQueue", {"Success": "wait"}, ("Queue", "arn:x/queue/1", "", "", "BasicQueue")),
        _module("wait", "Transfer", {"AtCapacity": "bye", "Error": "bye"}, target="Queue"),
        _module("bye", "PlayPrompt", {"Success": "end"},
                ("Text", "Customer Number", "", "System"), ("TextToSpeechType", "text")),
        _module("end", "Disconnect", {}),
    ]  # fmt: skip
    flow = {"modules": modules, "version": "1", "type": "contactFlow", "start": "log", "metadata": {"name": "Sales"}}
    imported = import_menu(json.dumps(flow).encode())
    asked, rang, bye = ("said", "For sales press 1."), ("rang", "BasicQueue"), ("said", CALLER)
    assert imported.menu["name"] == "Sales"
    assert {line.fate for line in imported.lines} == {Fate.CARRIED, Fate.CHANGED}
    assert walk_menu(imported, Caller(["1"])) == [asked, rang, END]
    assert walk_menu(imported, Caller(["2", "1"], rings=["busy"])) == [asked, asked, rang, bye, END]
    assert walk_menu(imported, Caller([None])) == [asked, bye, END]


def test_a_flow_that_another_leads_to_is_named() -> None:
    ways = {"NextAction": "end", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}], "Conditions": []}
    billing = {"ContactFlowId": "arn:x/contact-flow/billing"}
    away = {"Identifier": "a", "Type": "TransferToFlow", "Parameters": billing}
    end = {"Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
    flow = {"StartAction": "a", "Actions": [{**away, "Transitions": ways}, end]}
    (line, _) = import_menu(json.dumps(flow).encode()).lines
    assert line.fate is Fate.NOT_CARRIED
    assert line.why == "the flow billing is not here: the call goes on as if it could not be reached"
