"""Fields that hold values, and cases that lead to nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.cases import CASE, CASE_PATTERN, CASE_RULE
from ivr.domain.menu.fields import NODE_ID, Fault, Field, WayOut, WordField
from ivr.domain.menu.listings import GIVEN_RULE, LISTED, LISTED_PATTERN, is_given
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
    # What has a value, for people, and how many of them there may be.
    item: ClassVar[str] = "variable"
    most: ClassVar[int] = MAX_SET
    name_pattern: ClassVar[str] = f"(?:{NAME_PATTERN}|{LISTED_PATTERN})"

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, dict) or not 1 <= len(value) <= self.most:
            text = f"{self.name} names 1 to {self.most} {self.item}s, each with its value"
            fault(f"invalid_{self.name}", text, self.name)
            return value
        for name, given in value.items():
            wrong = self.find_fault(name)
            if wrong is not None:
                fault(*wrong, self.name, name)
            elif not LISTED.fullmatch(name):
                read_value(given, fault, self.name, name)
            elif not is_given(given):
                fault("invalid_listing", GIVEN_RULE, self.name, name)
        return value

    def find_fault(self, name: str) -> tuple[str, str] | None:
        """What is wrong with a name, if anything: a code and a sentence."""
        if LISTED.fullmatch(name):
            return None
        if is_reserved(name):
            return "reserved_variable", reserved_rule(name)
        return None if NAME.fullmatch(name) else ("invalid_variable", NAME_RULE)

    def schema(self) -> dict[str, Any]:
        return self._described(
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": self.most,
                "propertyNames": {"pattern": f"^{self.name_pattern}$"},
                "additionalProperties": value_schema(),
            }
        )

    def limits(self) -> dict[str, Any]:
        return {"pattern": self.name_pattern, "max_length": MAX_TEXT}


# Those that the product itself sends, or reads of the agent.
_TAKEN_HEADERS = ("Call-Id", "Flow", "Path", "Outcome", "Caller", "Called", "Elapsed", "Result")
_TAKEN = frozenset(f"x-ivr-{name.lower()}" for name in _TAKEN_HEADERS)
HEADER_PATTERN = r"X-IVR-[A-Za-z](?:-?[A-Za-z0-9]){0,23}"
_HEADER = re.compile(HEADER_PATTERN, re.ASCII)
MAX_HEADERS = 8


@dataclass(frozen=True, kw_only=True)
class HeadersField(ValuesField):
    """Headers of the INVITE to an agent, and their values, in which variables may stand."""

    type: ClassVar[str] = "headers"
    item: ClassVar[str] = "header"
    most: ClassVar[int] = MAX_HEADERS
    name_pattern: ClassVar[str] = HEADER_PATTERN

    def read(self, value: Any, fault: Fault) -> Any:
        seen: set[str] = set()
        for name in value if isinstance(value, dict) else ():
            if name.lower() in seen:
                fault("doubled_header", f"{name} is there twice: capitals make no difference", self.name, name)
            seen.add(name.lower())
        return ValuesField.read(self, value, fault)

    def find_fault(self, name: str) -> tuple[str, str] | None:
        if name.lower() in _TAKEN:
            return "reserved_header", f"{name} is sent by Digitree itself: choose another name"
        if not _HEADER.fullmatch(name):
            rule = "a header's name is X-IVR- and 1 to 24 letters, digits or single hyphens, a letter first"
            return "invalid_header", rule
        return None


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
