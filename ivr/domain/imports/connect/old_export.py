"""Flows as Amazon Connect exported them until 2021: modules with branches, as the actions of today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivr.domain.imports.shapes import object_in, objects_in

_SYSTEM = {
    "customer number": "$.CustomerEndpoint.Address",
    "dialed number": "$.SystemEndpoint.Address",
    "stored customer input": "$.StoredCustomerInput",
}
_KINDS = {
    "PlayPrompt": "MessageParticipant",
    "GetUserInput": "GetParticipantInput", "StoreUserInput": "GetParticipantInput",
    "Disconnect": "DisconnectParticipant", "InvokeExternalResource": "InvokeLambdaFunction",
    "SetAttributes": "UpdateContactAttributes", "CheckAttribute": "Compare",
    "CheckHoursOfOperation": "CheckHoursOfOperation", "SetQueue": "UpdateContactTargetQueue", "Loop": "Loop",
    "SetRecordingBehavior": "UpdateContactRecordingBehavior", "SetLoggingBehavior": "UpdateFlowLoggingBehavior",
    "SetVoice": "UpdateContactTextToSpeechVoice", "SetEventHook": "UpdateContactEventHooks",
    "SetContactFlow": "UpdateContactEventHooks", "SetRoutingCriteria": "UpdateContactRoutingBehavior",
    "Resume": "EndFlowExecution", "ABTest": "DistributeByPercentage", "CheckStaffing": "CheckMetricData",
}  # fmt: skip
_TRANSFERS = {
    "Queue": "TransferContactToQueue",
    "Flow": "TransferToFlow",
    "PhoneNumber": "TransferParticipantToThirdParty",
}
_ON = ("Success", "True")
_CONDITIONS = {"True": "True", "False": "False", "Looping": "ContinueLooping", "Complete": "DoneLooping"}
_ERRORS = {
    "Error": "NoMatchingError", "NoMatch": "NoMatchingCondition", "Timeout": "InputTimeLimitExceeded",
    "AtCapacity": "QueueAtCapacity", "CallFailure": "CallFailed",
}  # fmt: skip
_OPERATORS = {
    "Equals": "Equals", "GreaterThan": "NumberGreaterThan", "LessThan": "NumberLessThan",
    "StartsWith": "TextStartsWith", "Contains": "TextContains",
}  # fmt: skip


def reads(document: object) -> bool:
    """Whether this JSON is a flow of that time."""
    return isinstance(document, dict) and isinstance(document.get("modules"), list) and "start" in document


def as_flow(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same flow in the language of today."""
    modules = objects_in(document["modules"])
    shown = {str(each.get("id")): {"ContactFlow": _contact_flow(each)} for each in modules}
    return {
        "StartAction": document["start"],
        "Actions": [_action(each) for each in modules],
        "Metadata": {"name": object_in(document.get("metadata")).get("name"), "ActionMetadata": shown},
    }


class _Given:
    """The parameters of a module; what has a namespace is a reference to a value."""

    def __init__(self, module: Mapping[str, Any]) -> None:
        self.rows = objects_in(module.get("parameters"))

    def text(self, name: str) -> str:
        row = next((each for each in self.rows if each.get("name") == name), {})
        return _value(row)

    def named(self, name: str) -> dict[str, str]:
        return {str(each["key"]): _value(each) for each in self.rows if each.get("name") == name and "key" in each}

    def resource(self, name: str) -> str:
        """The name of a queue or a prompt, or its ARN."""
        row = next((each for each in self.rows if each.get("name") == name), {})
        return str(row.get("resourceName") or "") or _value(row)


def _value(row: Mapping[str, Any]) -> str:
    value, namespace = row.get("value"), row.get("namespace")
    plain = "" if value is None else str(value)
    return _reference(str(namespace), plain) if namespace else plain


def _reference(namespace: str, name: str) -> str:
    if namespace == "System":
        return _SYSTEM.get(name.lower(), f"$.{name.replace(' ', '')}")
    return f"$.External.{name}" if namespace == "External" else f"$.Attributes.{name}"


def _contact_flow(module: Mapping[str, Any]) -> dict[str, str]:
    name = _Given(module).resource("ContactFlowId")
    return {"text": name} if name else {}


def _action(module: Mapping[str, Any]) -> dict[str, Any]:
    kind, target = str(module.get("type")), str(module.get("target"))
    known = _TRANSFERS.get(target, "Transfer") if kind == "Transfer" else _KINDS.get(kind, kind)
    given = _PARAMETERS.get(kind, lambda given: {})(_Given(module))
    return {"Identifier": module.get("id"), "Type": known, "Parameters": given, "Transitions": _ways(module)}


def _ways(module: Mapping[str, Any]) -> dict[str, Any]:
    ways: dict[str, Any] = {"Conditions": [], "Errors": []}
    for branch in objects_in(module.get("branches")):
        how, target = str(branch.get("condition")), branch.get("transition")
        if how in _ON:
            ways.setdefault("NextAction", target)
        if how == "Evaluate":
            how = str(branch.get("conditionType"))
            operator, operand = _OPERATORS.get(how, how), str(branch.get("conditionValue"))
        else:
            operator, operand = "Equals", _CONDITIONS.get(how, "")
        if operand:
            asked = {"Operator": operator, "Operands": [operand]}
            ways["Conditions"].append({"NextAction": target, "Condition": asked})
        elif how in _ERRORS:
            ways["Errors"].append({"NextAction": target, "ErrorType": _ERRORS[how]})
    return ways


def _prompt(given: _Given) -> dict[str, Any]:
    words = {"SSML" if given.text("TextToSpeechType") == "ssml" else "Text": given.text("Text")}
    return {**words, "PromptId": given.resource("AudioPrompt")}


def _store(given: _Given) -> dict[str, Any]:
    secret = {"InputEncryption": {"EncryptionKeyId": "-"}} if given.text("EncryptEntry").lower() == "true" else {}
    length = {"CustomValidation": {"MaximumLength": given.text("MaxDigits")}}
    number = {"PhoneNumberValidation": {"NumberFormat": "E164"}}
    checked = number if given.text("CustomerInputType").lower() == "phonenumber" else length
    wait = {"InputTimeLimitSeconds": given.text("Timeout")}
    return {**_prompt(given), **wait, "StoreInput": "True", "InputValidation": checked, **secret}


def _recording(given: _Given) -> dict[str, Any]:
    on = given.text("RecordingBehaviorOption") == "Enable"
    return {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"] if on else []}}


def _transfer(given: _Given) -> dict[str, Any]:
    return {
        "ThirdPartyPhoneNumber": given.text("PhoneNumber"),
        "ContinueFlowExecution": "True" if given.text("BlindTransfer").lower() == "false" else "False",
        "ThirdPartyConnectionTimeLimitSeconds": given.text("TimeLimit"),
        "ContactFlowId": given.text("ContactFlowId"),
    }


_PARAMETERS: Mapping[str, Callable[[_Given], dict[str, Any]]] = {
    "PlayPrompt": _prompt,
    "GetUserInput": lambda given: {**_prompt(given), "InputTimeLimitSeconds": given.text("Timeout")},
    "StoreUserInput": _store,
    "InvokeExternalResource": lambda given: {
        "LambdaFunctionARN": given.text("FunctionArn"),
        "LambdaInvocationAttributes": given.named("Parameter"),
    },
    "SetAttributes": lambda given: {"Attributes": given.named("Attribute")},
    "CheckAttribute": lambda given: {"ComparisonValue": _reference(given.text("Namespace"), given.text("Attribute"))},
    "CheckHoursOfOperation": lambda given: {"HoursOfOperationId": given.resource("Hours")},
    "SetQueue": lambda given: {"QueueId": given.resource("Queue")},
    "Loop": lambda given: {"LoopCount": given.text("LoopCount")},
    "SetRecordingBehavior": _recording,
    "Transfer": _transfer,
}
