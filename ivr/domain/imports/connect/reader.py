"""A flow read action by action, with a line of the report for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ivr.domain.imports.building import MenuBuilder, plain_name, variable_name
from ivr.domain.imports.connect import old_export
from ivr.domain.imports.connect.action import Action, action_of, last_part
from ivr.domain.imports.digit_patterns import up_to
from ivr.domain.imports.phone_targets import full_number
from ivr.domain.imports.report import Fate, Imported, NotReadable
from ivr.domain.imports.shapes import object_in
from ivr.domain.imports.splits import Condition, put_switches
from ivr.domain.imports.variable_names import free_of_reserved

SOURCE = "amazon_connect"
_TAG = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r"\$\.(?:Attributes|FlowAttributes|External)\.([A-Za-z0-9_.-]+)", re.ASCII)
_REFERENCE = re.compile(r"\$\.[A-Za-z0-9_.\[\]'-]+", re.ASCII)
_CALLER, _CALLED, _STORED = "$.CustomerEndpoint.Address", "$.SystemEndpoint.Address", "$.StoredCustomerInput"
_OPERATORS = {
    "Equals": "equal_to",
    "TextStartsWith": "starts_with",
    "TextContains": "contains",
    "TextEndsWith": "ends_with",
    "NumberGreaterThan": "greater_than",
    "NumberLessThan": "less_than",
}
_MOST_SET = 16
_LINE_S = 3600


def reads(document: object) -> bool:
    """Whether this JSON is a flow of Amazon Connect."""
    if old_export.reads(document):
        return True
    return isinstance(document, dict) and isinstance(document.get("Actions"), list) and "StartAction" in document


def read(document: Mapping[str, Any], name: str) -> Imported:
    """The menu of a flow. Raises NotReadable."""
    return _Flow(old_export.as_flow(document) if old_export.reads(document) else document).read(name)


class _Flow:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.actions = {each.name: each for each in map(action_of, document["Actions"])}
        self.places = {name: place for place, name in enumerate(self.actions, 1)}
        if not self.actions:
            raise NotReadable("this flow has no actions")
        self.start = str(document["StartAction"])
        self.queue = ""
        self.builder = MenuBuilder(SOURCE)
        metadata = object_in(document.get("Metadata"))
        self.name = str(metadata.get("name") or "")
        self.shown = object_in(metadata.get("ActionMetadata"))

    def read(self, name: str) -> Imported:
        for action in self.actions.values():
            node = self.node(action.name)
            put = _READERS.get(action.kind)
            if put is None:
                self.builder.put(node, {"next": self.to(action.next() or action.error())})
                known = action.kind in _OF_THEIR_OWN
                why = "" if known else f"there is no {action.kind} here: the call goes on behind it"
                if action.kind == "TransferToFlow":
                    why = f"{self.flow_name(action)} is not here: the call goes on as if it could not be reached"
                fate = Fate.CARRIED if known else Fate.NOT_CARRIED
                self.builder.tell(self.title(action), action.kind, fate, node, why)
                continue
            notes = put(self, action, node)
            fate = Fate.CHANGED if notes else Fate.CARRIED
            self.builder.tell(self.title(action), action.kind, fate, node, "; ".join(notes))
        return self.builder.finish(name or self.name, self.to(self.start))

    def title(self, action: Action) -> str:
        """What people call an action: their own name for it, or its identifier."""
        return str(object_in(self.shown.get(action.name)).get("friendlyName") or action.name)

    def flow_name(self, action: Action) -> str:
        """What the report calls the flow that an action leads to."""
        shown = object_in(object_in(self.shown.get(action.name)).get("ContactFlow")).get("text")
        return f"the flow {shown or last_part(action.given.get('ContactFlowId')) or 'it leads to'}"

    def node(self, identifier: str) -> str:
        action = self.actions[identifier]
        readable = self.title(action)
        if re.fullmatch(r"[0-9a-f-]{36}", readable):
            readable = f"{variable_name(action.kind)} {self.places[identifier]}"
        return self.builder.name_node(readable)

    def to(self, identifier: object) -> str:
        known = isinstance(identifier, str) and identifier in self.actions
        if not known or self.actions[str(identifier)].kind in _ENDS:
            return self.builder.end()
        return self.node(str(identifier))

    def message(self, action: Action, node: str) -> list[str]:
        notes: list[str] = []
        said = self.prompt(action, notes)
        self.builder.put(node, {**said, "barge_in": False, "next": self.to(action.next())})
        return notes

    def ask(self, action: Action, node: str) -> list[str]:
        notes: list[str] = []
        question: dict[str, Any] = self.prompt(action, notes)
        wait = str(action.given.get("InputTimeLimitSeconds") or "5")
        question["timeout_s"] = min(max(int(wait) if wait.isdigit() else 5, 1), 60)
        question["max_attempts"] = {"no_input": 1, "no_match": 1}
        question["no_input_node"] = self.to(action.error("InputTimeLimitExceeded"))
        question["no_match_node"] = self.to(action.error("NoMatchingCondition"))
        if str(action.given.get("StoreInput")).lower() == "true":
            validation = object_in(action.given.get("InputValidation"))
            custom = object_in(validation.get("CustomValidation"))
            most = str(custom.get("MaximumLength") or "24")
            entry = up_to(int(most[:9]) if most.isdecimal() else None)
            question["gather"] = dict.fromkeys((entry, "*") if entry == "X" else (entry,), self.to(action.next()))
            question["save"] = "stored_customer_input"
            if action.given.get("InputEncryption"):
                question["secret"] = True
            if validation.get("PhoneNumberValidation"):
                notes.append("that the entry is a telephone number is not checked")
        else:
            question["gather"] = {
                digit: self.to(target)
                for _, operands, target in action.conditions()
                for digit in operands
                if re.fullmatch(r"[0-9*#]", digit, re.ASCII)
            }
        if not question["gather"]:
            said: dict[str, Any] = {each: question[each] for each in ("text", "audio") if each in question}
            self.builder.put(node, {**said, "next": question["no_match_node"]})
            return [*notes, "no key is asked for"]
        if "LexV2Bot" in action.given or "LexBot" in action.given:
            notes.append("callers answer by keys alone: the bot stays behind")
        self.builder.put(node, question)
        return notes

    def compare(self, action: Action, node: str) -> list[str]:
        asked = str(action.given.get("ComparisonValue") or "")
        otherwise = self.to(action.error("NoMatchingCondition"))
        variable = self.variable(asked)
        if variable is None:
            self.builder.put(node, {"next": otherwise})
            return [f"there is no {asked or 'value'} here, so it goes on as if nothing matched"]
        asks = [
            Condition(_OPERATORS.get(operator, operator), value, self.to(target))
            for operator, operands, target in action.conditions()
            for value in operands
        ]
        unread = put_switches(self.builder, node, variable, asks, otherwise)
        return [f"{each.condition.kind} {each.condition.value}: {each.why}" for each in unread]

    def hours(self, action: Action, node: str) -> list[str]:
        name = plain_name(last_part(action.given.get("HoursOfOperationId"))) or "office"
        ways = {operands[0]: target for _, operands, target in action.conditions() if operands}
        is_open = self.to(ways.get("True") or action.next())
        closed = self.to(ways.get("False") or action.error())
        self.builder.put(node, {"switch": f"hours:{name}", "case": {"open": is_open}, "default": closed})
        return [f"make the opening hours {name}"]

    def attributes(self, action: Action, node: str) -> list[str]:
        notes: list[str] = []
        values = {
            free_of_reserved(variable_name(name)): self.text(str(value), notes)
            for name, value in object_in(action.given.get("Attributes")).items()
        }
        if len(values) > _MOST_SET:
            left = ", ".join(list(values)[_MOST_SET:])
            notes.append(f"{_MOST_SET} variables are set at most at a node, so these are not: {left}")
        kept = dict(list(values.items())[:_MOST_SET])
        self.builder.put(node, {**({"set": kept} if kept else {}), "next": self.to(action.next())})
        return notes

    def function(self, action: Action, node: str) -> list[str]:
        notes = ["make a service that asks the function, by an address of it; it has to answer in JSON"]
        arn = str(action.given.get("LambdaFunctionARN") or "function")
        name = self.builder.service(last_part(arn), f"https://example.invalid/{plain_name(last_part(arn))}")
        given = object_in(action.given.get("LambdaInvocationAttributes"))
        sent = {plain_name(each): self.text(str(value), notes) for each, value in given.items() if plain_name(each)}
        asked: dict[str, Any] = {"action": "request", "service": name, "save": "external"}
        if sent:
            asked["send"] = dict(list(sent.items())[:_MOST_SET])
        self.builder.put(node, {**asked, "next": self.to(action.next()), "fail_node": self.to(action.error())})
        return notes

    def choose_queue(self, action: Action, node: str) -> list[str]:
        self.queue = last_part(action.given.get("QueueId")) or self.queue
        self.builder.put(node, {"next": self.to(action.next())})
        return []

    def wait_in_line(self, action: Action, node: str) -> list[str]:
        queue = last_part(action.given.get("QueueId")) or self.queue
        group = plain_name(queue) or "support"
        line = {"action": "transfer", "people": group, "wait_s": _LINE_S, "max_waiting": 1000}
        full = self.to(action.error("QueueAtCapacity"))
        self.builder.put(node, {**line, "case": {"full": full}, "fallback_node": self.to(action.error())})
        return [f"whoever takes the calls of this queue is to be one of the people of the group {group}"]

    def ring(self, action: Action, node: str) -> list[str]:
        number = full_number(str(action.given.get("ThirdPartyPhoneNumber") or ""))
        rung: dict[str, Any] = {"action": "transfer", **({"to": number} if number else {})}
        wait = str(action.given.get("ThirdPartyConnectionTimeLimitSeconds") or "")
        if wait.isdigit():
            rung["ring_timeout_s"] = min(max(int(wait), 5), 120)
        if str(action.given.get("ContinueFlowExecution")).lower() == "true":
            rung["on_agent_hangup"] = self.to(action.next())
        rung["fallback_node"] = self.to(action.error("CallFailed", "ConnectionTimeLimitExceeded"))
        self.builder.put(node, rung)
        return [] if number else ["its number could not be read, so the agent of the installation is rung"]

    def loop(self, action: Action, node: str) -> list[str]:
        count = str(action.given.get("LoopCount") or "3")
        ways = {operands[0]: target for _, operands, target in action.conditions() if operands}
        again, done = ways.get("ContinueLooping"), ways.get("DoneLooping") or action.next()
        number = min(max(int(count) if count.isdigit() else 3, 1), 99)
        self.builder.put(node, {"next": self.to(again), "max_visits": number, "over_node": self.to(done)})
        return []

    def share(self, action: Action, node: str) -> list[str]:
        cases: dict[str, str] = {}
        least = 1
        for _, operands, target in action.conditions():
            share = int(operands[0]) if operands and operands[0].isdigit() else 0
            if share:
                cases[f"{least}..{least + share - 1}"] = self.to(target)
                least += share
        otherwise = self.to(action.error("NoMatchingCondition"))
        ask = {"switch": "random", "case": cases, "default": otherwise} if cases else {"next": otherwise}
        self.builder.put(node, ask)
        return []

    def record(self, action: Action, node: str) -> list[str]:
        behaviour = object_in(action.given.get("RecordingBehavior"))
        after = self.to(action.next())
        if not behaviour.get("RecordedParticipants"):
            self.builder.put(node, {"next": after})
            return []
        self.builder.put(node, {"text": "This call is recorded.", "record_call": True, "next": after})
        return ["a recording of the whole call is announced first: speak the text of the node"]

    def prompt(self, action: Action, notes: list[str]) -> dict[str, Any]:
        """What an action says or plays."""
        words = str(action.given.get("Text") or "")
        if marked := str(action.given.get("SSML") or ""):
            words = _TAG.sub(" ", marked)
        if words.strip():
            text = self.text(words, notes)
            return {"text": text} if text else {}
        address = str(object_in(action.given.get("Media")).get("Uri") or "")
        prompt = address or last_part(action.given.get("PromptId"))
        return {"audio": self.builder.sound(prompt)} if prompt else {}

    def variable(self, reference: str) -> str | None:
        """The variable here of a reference."""
        fixed = {_CALLER: "caller", _CALLED: "called", _STORED: "stored_customer_input"}
        if reference in fixed:
            return fixed[reference]
        found = _ATTRIBUTE.fullmatch(reference)
        if found is None:
            return None
        name = variable_name(found[1].replace(".", "_"))
        return f"external.{name}" if reference.startswith("$.External.") else free_of_reserved(name)

    def text(self, text: str, notes: list[str]) -> str:
        """A text with variables here."""
        plain = text.replace("{", "(").replace("}", ")")

        def put(match: re.Match[str]) -> str:
            reference = match[0].rstrip(".")
            variable = self.variable(reference)
            if variable is None:
                notes.append(f"there is no {reference} here, so it is left out")
                return match[0][len(reference) :]
            return f"{{{variable}}}" + match[0][len(reference) :]

        return " ".join(_REFERENCE.sub(put, plain).split())


_READERS: Mapping[str, Callable[[_Flow, Action, str], list[str]]] = {
    "MessageParticipant": _Flow.message,
    "GetParticipantInput": _Flow.ask,
    "Compare": _Flow.compare,
    "CheckHoursOfOperation": _Flow.hours,
    "UpdateContactAttributes": _Flow.attributes,
    "UpdateFlowAttributes": _Flow.attributes,
    "InvokeLambdaFunction": _Flow.function,
    "UpdateContactTargetQueue": _Flow.choose_queue,
    "TransferContactToQueue": _Flow.wait_in_line,
    "TransferParticipantToThirdParty": _Flow.ring,
    "Loop": _Flow.loop,
    "DistributeByPercentage": _Flow.share,
    "UpdateContactRecordingBehavior": _Flow.record,
    "UpdateContactRecordingAndAnalyticsBehavior": _Flow.record,
}
_ENDS = frozenset({"DisconnectParticipant", "EndFlowExecution"})
# What tells Amazon Connect how to work, and callers nothing.
_OF_THEIR_OWN = _ENDS | {
    "UpdateFlowLoggingBehavior",
    "UpdateContactTextToSpeechVoice",
    "UpdateContactEventHooks",
    "UpdateContactData",
    "UpdateContactRoutingBehavior",
}
