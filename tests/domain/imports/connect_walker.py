"""What Amazon Connect does with a flow, as small as the tests need it: one caller from action to action, at hours at
which everything is closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.domain.imports.callers import CALLER, END, MOST_STEPS, Caller, Event

_REFERENCE = re.compile(r"\$\.(?:Attributes\.)?([A-Za-z0-9_.]*[A-Za-z0-9_])")


class ConnectCall:
    def __init__(self, flow: Mapping[str, Any], caller: Caller) -> None:
        self.actions = {each["Identifier"]: each for each in flow["Actions"]}
        self.at = flow["StartAction"]
        self.caller = caller
        self.attributes: dict[str, str] = {"CustomerEndpoint.Address": CALLER}
        self.rounds: dict[str, int] = {}
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        for _ in range(MOST_STEPS):
            action = self.actions.get(self.at)
            following = self._run(action, action["Parameters"]) if action else None
            if following is None:
                return [*self.met, END]
            self.at = following
        return self.met

    def _run(self, action: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
        """The next action; None: the call is over."""
        match action["Type"]:
            case "MessageParticipant":
                self._hear(given)
            case "GetParticipantInput":
                self._hear(given)
                pressed = self.caller.key()
                if pressed is None:
                    return self._error(action, "InputTimeLimitExceeded")
                if given["StoreInput"] == "False":
                    return self._condition(action, pressed)
                self.attributes["StoredCustomerInput"] = pressed
            case "UpdateContactAttributes":
                self.attributes |= {name: self._fill(value) for name, value in given["Attributes"].items()}
            case "Compare":
                return self._condition(action, self._fill(given["ComparisonValue"]))
            case "CheckHoursOfOperation":
                return self._condition(action, "False")
            case "Loop":
                self.rounds[self.at] = number = self.rounds.get(self.at, 0) + 1
                goes_on = number <= int(given["LoopCount"])
                return self._condition(action, "ContinueLooping" if goes_on else "DoneLooping")
            case "InvokeLambdaFunction":
                self.met.append(("asked", "https://example.invalid/look-up"))
                if not self.caller.service():
                    return self._error(action, "NoMatchingError")
            case "TransferContactToQueue":
                self.met.append(("rang", given["QueueId"]))
                return None if self.caller.ring() == "answered" else self._error(action, "NoMatchingError")
            case "TransferParticipantToThirdParty":
                self.met.append(("rang", given["ThirdPartyPhoneNumber"]))
                if self.caller.ring() != "answered":
                    return self._error(action, "CallFailed")
                if given["ContinueFlowExecution"] == "False":
                    return None
            case "DisconnectParticipant":
                return None
        following: str = action["Transitions"]["NextAction"]
        return following

    def _condition(self, action: Mapping[str, Any], value: str) -> str | None:
        for each in action["Transitions"]["Conditions"]:
            if _holds(each["Condition"]["Operator"], value, each["Condition"]["Operands"]):
                target: str = each["NextAction"]
                return target
        return self._error(action, "NoMatchingCondition")

    def _error(self, action: Mapping[str, Any], kind: str) -> str | None:
        found = {each["ErrorType"]: each["NextAction"] for each in action["Transitions"]["Errors"]}
        return found.get(kind, found.get("NoMatchingError"))

    def _hear(self, given: Mapping[str, Any]) -> None:
        if "PromptId" in given:
            self.met.append(("played", given["PromptId"].rpartition("/")[2]))
        elif said := self._fill(re.sub("<[^>]*>", " ", given.get("SSML") or given.get("Text", ""))):
            self.met.append(("said", said))

    def _fill(self, text: str) -> str:
        return " ".join(_REFERENCE.sub(lambda found: self.attributes.get(found[1], ""), text).split())


def _holds(operator: str, value: str, operands: list[str]) -> bool:
    match operator:
        case "Equals":
            return value in operands
        case "TextStartsWith":
            return any(value.startswith(each) for each in operands)
        case "NumberGreaterThan":
            return value.isdigit() and int(value) > int(operands[0])
    raise AssertionError(operator)
