"""What SignalWire does with SWML, as small as the tests need it: one caller from method to method.

Of the JavaScript in it only what our own export writes is understood: `String(x) === 'a'`, `.startsWith`, a regular
expression, comparisons of numbers, and one more than a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.domain.imports.callers import CALLED, CALLER, END, MOST_STEPS, Caller, Event

_OUTPUT = re.compile(r"[%$]\{([^{}]*)\}")
_NAME = r"(?:String\(|Number\()?([\w.]+)\)?"
_RULES = (
    (re.compile(rf"{_NAME} ===? '(.*)'"), lambda value, asked: value == asked),
    (re.compile(rf"{_NAME} !==? '(.*)'"), lambda value, asked: value != asked),
    (re.compile(rf"{_NAME}\.startsWith\('(.*)'\)"), lambda value, asked: value.startswith(asked)),
    (re.compile(rf"{_NAME} >= (-?\d+)"), lambda value, asked: value.isdigit() and int(value) >= int(asked)),
    (re.compile(rf"{_NAME} <= (-?\d+)"), lambda value, asked: value.isdigit() and int(value) <= int(asked)),
)
_MATCHES = re.compile(r"/(.*)/\.test\(([\w.]+)\)")


class _Leads(Exception):
    """The call goes on elsewhere: at a section, at a label, or nowhere."""

    def __init__(self, section: str | None = None, label: str | None = None) -> None:
        self.section, self.label = section, label


class SwmlCall:
    def __init__(self, document: Mapping[str, Any], caller: Caller) -> None:
        self.sections = document["sections"]
        self.caller = caller
        self.values: dict[str, Any] = {"call.from": CALLER, "call.to": CALLED}
        self.answers = 0
        self.steps = 0
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        section, at = "main", 0
        while self.steps < MOST_STEPS * 4:
            try:
                self._run(self.sections[section][at:])
                return [*self.met, END]
            except _Leads as leads:
                if leads.label is not None:
                    at = self.sections[section].index({"label": leads.label})
                elif leads.section is not None:
                    section, at = leads.section, 0
                else:
                    return [*self.met, END]
        return self.met

    def _run(self, methods: Sequence[Any]) -> None:
        for each in methods:
            self.steps += 1
            method, given = (each, {}) if isinstance(each, str) else next(iter(each.items()))
            getattr(self, f"_{method}")(given)

    def _answer(self, given: Any) -> None: ...

    def _label(self, given: Any) -> None: ...

    def _hangup(self, given: Any) -> None:
        raise _Leads

    def _transfer(self, given: Any) -> None:
        raise _Leads(section=given["dest"])

    def _goto(self, given: Any) -> None:
        raise _Leads(label=given["label"])

    def _play(self, given: Any) -> None:
        self._hear(given.get("urls") or given["url"] if isinstance(given, dict) else given)

    def _prompt(self, given: Any) -> None:
        self._hear(given["play"])
        key = self.caller.key()
        self.values |= {"prompt_value": key or "", "prompt_result": "no_input" if key is None else "match_digits"}

    def _set(self, given: Any) -> None:
        self.values |= {f"vars.{name}": self._fill(str(value)) for name, value in given.items()}

    def _switch(self, given: Any) -> None:
        value = str(self._value(given["variable"]))
        self._run(given["case"].get(value, given.get("default", ())))

    def _cond(self, given: Any) -> None:
        for each in given:
            if "when" not in each or all(map(self._holds, each["when"].split(" && "))):
                self._run(each["then"] if "when" in each else each["else"])
                return

    def _connect(self, given: Any) -> None:
        self.met.append(("rang", self._fill(given["to"])))
        self.values["connect_result"] = "connected" if self.caller.ring() == "answered" else "failed"

    def _record(self, given: Any) -> None:
        self.met.append(("recorded", ""))
        self.values["record_result"] = "success" if self.caller.speaks() else "failed"

    def _record_call(self, given: Any) -> None:
        self.met.append(("recorded", "the whole call"))

    def _request(self, given: Any) -> None:
        self.met.append(("asked", given["url"]))
        self.values["request_result"] = "success" if self.caller.service() else "failed"
        if self.values["request_result"] == "success":
            self.answers += 1
            self.values["request_response.code"] = str(self.answers)

    def _send_sms(self, given: Any) -> None:
        self.met.append(("sent", self._fill(given["body"])))
        self.values["send_sms_result"] = "success"

    def _send_digits(self, given: Any) -> None:
        self.met.append(("keys", given["digits"]))

    def _hear(self, urls: Any) -> None:
        for url in [urls] if isinstance(urls, str) else urls:
            if url.startswith("say:"):
                self.met.append(("said", self._fill(url.removeprefix("say:"))))
            elif not url.startswith("silence:"):
                self.met.append(("played", self._fill(url)))

    def _fill(self, text: str) -> str:
        return " ".join(_OUTPUT.sub(lambda found: str(self._value(found[1])), text).split())

    def _value(self, expression: str) -> Any:
        counted = re.fullmatch(r"Number\(([\w.]+)\) \+ 1", expression)
        if counted is not None:
            return int(self._value(counted[1])) + 1
        return self.values.get(expression, self.values.get(expression.removeprefix("vars."), ""))

    def _holds(self, when: str) -> bool:
        for rule, holds in _RULES:
            if found := rule.fullmatch(when):
                return holds(str(self._value(found[1])), found[2])
        found = _MATCHES.fullmatch(when)
        assert found is not None, when
        return re.search(found[1], str(self._value(found[2]))) is not None
