"""What Studio does with a flow, as small as the tests need it: one caller from widget to widget."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.domain.imports.callers import CALLED, CALLER, END, MOST_STEPS, Caller, Event

_OUTPUT = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_STATUS = {"answered": "completed", "busy": "busy", "no_answer": "no-answer", "unreachable": "failed"}


class StudioCall:
    def __init__(self, flow: Mapping[str, Any], caller: Caller) -> None:
        self.widgets = {each["name"]: each for each in flow["states"]}
        self.at = flow["initial_state"]
        self.caller = caller
        self.context: dict[str, str] = {"contact.channel.address": CALLER, "flow.channel.address": CALLED}
        self.answers = 0
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        event = "incomingCall"
        for _ in range(MOST_STEPS):
            target = self._target(self.widgets[self.at], event)
            if target is None:
                return [*self.met, END]
            self.at = target
            event = self._run(self.widgets[target])
        return self.met

    def _target(self, widget: Mapping[str, Any], event: str) -> str | None:
        for way in widget["transitions"]:
            if way["event"] == event and (event != "match" or self._fits(widget, way)):
                return way.get("next") or None
        return None

    def _run(self, widget: Mapping[str, Any]) -> str:
        given = widget["properties"]
        match widget["type"]:
            case "say-play":
                self._hear(given)
                return "audioComplete"
            case "gather-input-on-call":
                self._hear(given)
                keys = self.caller.key()
                self.context[f"widgets.{widget['name']}.Digits"] = keys or ""
                return "timeout" if keys is None else "keypress"
            case "split-based-on":
                fits = any(each["event"] == "match" and self._fits(widget, each) for each in widget["transitions"])
                return "match" if fits else "noMatch"
            case "connect-call-to":
                self.met.append(("rang", self._fill(given.get("to") or given["sip_endpoint"])))
                self.context[f"widgets.{widget['name']}.DialCallStatus"] = _STATUS[self.caller.ring()]
                return "callCompleted"
            case "set-variables":
                for each in given["variables"]:
                    self.context[f"flow.variables.{each['key']}"] = self._fill(each["value"])
                return "next"
            case "make-http-request":
                self.met.append(("asked", given["url"]))
                if not self.caller.service():
                    return "failed"
                self.answers += 1
                self.context[f"widgets.{widget['name']}.parsed.code"] = str(self.answers)
                return "success"
            case "record-call":
                self.met.append(("recorded", "the whole call"))
                return "success"
            case "record-voicemail":
                self.met.append(("recorded", ""))
                self.context[f"widgets.{widget['name']}.RecordingUrl"] = "https://example.com/said.wav"
                return "recordingComplete" if self.caller.speaks() else "noAudio"
            case "send-message":
                self.met.append(("sent", self._fill(given["body"])))
                return "sent"
        raise AssertionError(widget)

    def _hear(self, given: Mapping[str, Any]) -> None:
        if given.get("digits"):
            self.met.append(("keys", given["digits"]))
        for _ in range(int(given.get("loop") or 1)):
            if said := self._fill(given.get("say", "")):
                self.met.append(("said", said))
            elif given.get("play"):
                self.met.append(("played", self._fill(given["play"])))

    def _fits(self, widget: Mapping[str, Any], way: Mapping[str, Any]) -> bool:
        value = self._fill(widget["properties"]["input"])
        return any(_holds(each["type"], value, self._fill(each["value"])) for each in way["conditions"])

    def _fill(self, text: str) -> str:
        return " ".join(_OUTPUT.sub(lambda found: self._value(found[1]), text).split())

    def _value(self, expression: str) -> str:
        name, _, added = expression.partition(" | plus: ")
        held = self.context.get(name, "")
        return str(int(held or 0) + int(added)) if added else held


def _holds(kind: str, value: str, asked: str) -> bool:
    match kind:
        case "equal_to":
            return value == asked
        case "not_equal_to":
            return value != asked
        case "matches_any_of":
            return value in [each.strip() for each in asked.split(",")]
        case "does_not_match_any_of":
            return value not in [each.strip() for each in asked.split(",")]
        case "is_blank":
            return not value
        case "is_not_blank":
            return bool(value)
        case "starts_with":
            return value.startswith(asked)
        case "greater_than":
            return _is_whole(value) and int(value) > int(asked)
        case "less_than":
            return _is_whole(value) and int(value) < int(asked)
        case "regex":
            return re.search(asked, value) is not None
    raise AssertionError(kind)


def _is_whole(value: str) -> bool:
    return re.fullmatch(r"-?[0-9]+", value) is not None
