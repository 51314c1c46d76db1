"""The fields of a node that sends a message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.fields import Fault, Field, WordField
from ivr.domain.menu.variables import NAME, NAME_PATTERN, NAME_RULE

MAX_MESSAGE = 2000
MAX_ATTACHED = 4

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class DestinationField(WordField):
    """By which channel a message goes, and perhaps to whom."""

    type: ClassVar[str] = "destination"


@dataclass(frozen=True, kw_only=True)
class MessageField(Field):
    """The words of a message: read, not heard, so they are no node's prompt."""

    type: ClassVar[str] = "message"

    @property
    def attribute(self) -> str:
        return "message"

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= MAX_MESSAGE:
            fault("invalid_message", f"a message's text is 1 to {MAX_MESSAGE} characters", self.name)
        elif _UNPRINTABLE.search(value):
            fault("invalid_message", "a message's text has no control characters but line ends and tabs", self.name)
        return value

    def schema(self) -> dict[str, Any]:
        pattern = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
        return self._described({"type": "string", "minLength": 1, "maxLength": MAX_MESSAGE, "pattern": pattern})

    def limits(self) -> dict[str, Any]:
        return {"max_length": MAX_MESSAGE}


@dataclass(frozen=True, kw_only=True)
class VariablesField(Field):
    """A few variables by their names."""

    type: ClassVar[str] = "variables"

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_ATTACHED:
            fault(f"invalid_{self.name}", f"{self.name} names 1 to {MAX_ATTACHED} variables", self.name)
            return value
        for at, name in enumerate(value):
            if not isinstance(name, str) or not NAME.fullmatch(name):
                fault("invalid_variable", NAME_RULE, self.name, str(at))
            elif name in value[:at]:
                fault("doubled_variable", f"{name} is there twice", self.name, str(at))
        return value

    def schema(self) -> dict[str, Any]:
        return self._described(
            {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_ATTACHED,
                "uniqueItems": True,
                "items": {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
            }
        )

    def limits(self) -> dict[str, Any]:
        return {"pattern": NAME_PATTERN, "rule": NAME_RULE, "most": MAX_ATTACHED}
