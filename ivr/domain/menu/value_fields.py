"""Fields that hold values, and cases that lead to nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.cases import CASE, CASE_PATTERN, CASE_RULE
from ivr.domain.menu.fields import NODE_ID, Fault, Field, WayOut, WordField
from ivr.domain.menu.variables import (
    MAX_NUMBER,
    MAX_TEXT,
    NAME,
    NAME_PATTERN,
    NAME_RULE,
    TEXT,
    TEXT_PATTERN,
    has_surrogate,
    is_reserved,
    reserved_rule,
)

MAX_SET = 16
MAX_CASES = 64


def read_value(given: Any, fault: Fault, *parts: str) -> None:
    """What is wrong with a value, which stands there, goes to `fault`."""
    if isinstance(given, bool) or (isinstance(given, int) and abs(given) <= MAX_NUMBER):
        return
    if not isinstance(given, str) or len(given) > MAX_TEXT or has_surrogate(given):
        rule = f"a value is a text of at most {MAX_TEXT} characters, a whole number, or true or false"
        fault("invalid_value", rule, *parts)
    elif not TEXT.fullmatch(given):
        rule = "a value has no control characters, and braces only around a variable, as in {caller}"
        fault("invalid_value", rule, *parts)


def value_schema() -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "string", "maxLength": MAX_TEXT, "pattern": f"^{TEXT_PATTERN}$"},
            {"type": "integer", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER},
            {"type": "boolean"},
        ]
    }


@dataclass(frozen=True, kw_only=True)
class VariableField(WordField):
    """The name of a variable that gets a value."""

    pattern: re.Pattern[str] = NAME
    code: str = "invalid_variable"
    rule: str = NAME_RULE

    def read(self, value: Any, fault: Fault) -> Any:
        if isinstance(value, str) and is_reserved(value):
            fault("reserved_variable", reserved_rule(value), self.name)
            return value
        return WordField.read(self, value, fault)


@dataclass(frozen=True, kw_only=True)
class ValuesField(Field):
    """Variables and the values they get, in the author's order."""

    type: ClassVar[str] = "values"
    is_map: ClassVar[bool] = True

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, dict) or not 1 <= len(value) <= MAX_SET:
            fault("invalid_set", f"{self.name} names 1 to {MAX_SET} variables, each with its value", self.name)
            return value
        for name, given in value.items():
            if is_reserved(name):
                fault("reserved_variable", reserved_rule(name), self.name, name)
            elif not NAME.fullmatch(name):
                fault("invalid_variable", NAME_RULE, self.name, name)
            else:
                read_value(given, fault, self.name, name)
        return value

    def schema(self) -> dict[str, Any]:
        return self._described(
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_SET,
                "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
                "additionalProperties": value_schema(),
            }
        )

    def limits(self) -> dict[str, Any]:
        return {"pattern": NAME_PATTERN, "max_length": MAX_TEXT}


@dataclass(frozen=True, kw_only=True)
class CaseTargetsField(Field):
    """A way out for each case, in the author's order; at least one. `way_out` is the label on a wire, before the
    case."""

    type: ClassVar[str] = "case_targets"
    is_map: ClassVar[bool] = True

    way_out: str

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, dict) or not 1 <= len(value) <= MAX_CASES:
            fault("invalid_cases", f"{self.name} has 1 to {MAX_CASES} cases, each with a node", self.name)
            return value
        for case, target in value.items():
            if not CASE.fullmatch(case) or has_surrogate(case):
                fault("invalid_case", CASE_RULE, self.name, case)
            elif not isinstance(target, str) or not NODE_ID.fullmatch(target):
                rule = "a case needs the name of a node: 1 to 64 letters, digits, underscores or hyphens"
                fault("invalid_target", rule, self.name, case)
        return value

    def schema(self) -> dict[str, Any]:
        return self._described(
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_CASES,
                "propertyNames": {"pattern": f"^{CASE_PATTERN}$"},
                "additionalProperties": {"$ref": "#/components/schemas/NodeId"},
            }
        )

    def limits(self) -> dict[str, Any]:
        return {"pattern": CASE_PATTERN, "way_out": self.way_out}

    def targets(self, value: Any) -> Iterator[WayOut]:
        if not isinstance(value, Mapping):
            return
        for case, target in value.items():
            yield WayOut(self, (self.name, case), target)

    def way_label(self, path: tuple[str, ...]) -> str:
        return f"{self.way_out} {path[-1] or 'empty'}" if len(path) > 1 else self.name

    def missing_text(self, way: WayOut) -> str:
        label = self.way_label(way.path)
        return f"{label} leads to {way.target}, which does not exist: the default is taken until it does"
