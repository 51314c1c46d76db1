"""The fields of a question: its entries, how often it is asked, and what is kept of an entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.entries import ENTRY_PATTERN, find_ambiguous, find_entry_fault
from ivr.domain.menu.fields import NODE_ID, Fault, Field, NumberField, WayOut

MAX_ENTRIES = 100
# As they lie on a telephone.
_DIGITS_AS_OFFERED = "123456789*0#"
NO_INPUT, NO_MATCH = "no_input", "no_match"


@dataclass(frozen=True, kw_only=True)
class DigitTargetsField(Field):
    """A way out for each entry: a digit or several that may be pressed, in the author's order; at least one."""

    type: ClassVar[str] = "digit_targets"
    is_map: ClassVar[bool] = True

    code: str

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, dict) or not value:
            fault(self.code, f"{self.name} needs at least one key that leads to a node", self.name)
            return value
        if len(value) > MAX_ENTRIES:
            fault("too_many_keys", f"{len(value)} keys and entries; at most {MAX_ENTRIES}", self.name)
            return value
        wrong = {entry: find_entry_fault(entry) for entry in value}
        if not any(wrong.values()) and (ambiguous := find_ambiguous(value)) is not None:
            one, other = ambiguous
            rule = f"{one} and {other} fit the same digits, so it is not clear where those lead"
            fault("ambiguous_entries", rule, self.name, other)
        for digit, target in value.items():
            if (text := wrong[digit]) is not None:
                fault("invalid_key", text, self.name, digit)
            elif not isinstance(target, str) or not NODE_ID.fullmatch(target):
                rule = "a key needs the name of a node: 1 to 64 letters, digits, underscores or hyphens"
                fault("invalid_target", rule, self.name, digit)
        return value

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "description": self.description,
            "minProperties": 1,
            # Generators of clients know these two, and not patternProperties.
            "maxProperties": MAX_ENTRIES,
            "propertyNames": {"pattern": f"^(?:{ENTRY_PATTERN})$"},
            "additionalProperties": {"$ref": "#/components/schemas/NodeId"},
        }

    def limits(self) -> dict[str, Any]:
        return {"digits": _DIGITS_AS_OFFERED, "way_out": "key {digit}", "pattern": ENTRY_PATTERN}

    def targets(self, value: Any) -> Iterator[WayOut]:
        for digit, target in value.items():
            yield WayOut(self, (self.name, digit), target)

    def way_label(self, path: tuple[str, ...]) -> str:
        return f"key {path[-1]}"

    def missing_text(self, way: WayOut) -> str:
        return f"{self.way_label(way.path)} leads to {way.target}, which does not exist: not offered until it does"


@dataclass(frozen=True, kw_only=True)
class AttemptsField(NumberField):
    """A limit for silences and wrong entries together, or one for each of the two."""

    type: ClassVar[str] = "attempts"

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, Mapping):
            return NumberField.read(self, value, fault)
        if not value or not {NO_INPUT, NO_MATCH}.issuperset(value):
            fault(self.code, f"{self.rule}, or one for {NO_INPUT} and one for {NO_MATCH}", self.name)
            return value
        for name, limit in value.items():
            NumberField.read(self, limit, lambda code, text, *parts, name=name: fault(code, text, *parts, name))
        return value

    def schema(self) -> dict[str, Any]:
        limit = {"type": "integer", "minimum": self.least, "maximum": self.most}
        apart = {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {NO_INPUT: limit, NO_MATCH: limit},
        }
        return self._described({"oneOf": [limit, apart], "default": self.default})


@dataclass(frozen=True, kw_only=True)
class FlagField(Field):
    """True or false; absent: `default`."""

    type: ClassVar[str] = "flag"

    default: bool = False

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, bool):
            fault(f"invalid_{self.name}", f"{self.name} is true or false", self.name)
        return value

    def schema(self) -> dict[str, Any]:
        return self._described({"type": "boolean", "default": self.default})

    def limits(self) -> dict[str, Any]:
        return {"default": self.default}
