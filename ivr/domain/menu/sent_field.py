"""The field of what a request sends: variables by their names, or names of its own with texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.fields import Fault, Field
from ivr.domain.menu.value_fields import MAX_SET, read_value, value_schema
from ivr.domain.menu.variables import CALLED, CALLER, MAX_TEXT, NAME_PATTERN, names_in

# Of what is sent, in the service's own words.
KEY_PATTERN = r"[A-Za-z0-9_.-]{1,64}"
_KEY = re.compile(KEY_PATTERN, re.ASCII)
READ_PATTERN = rf"{CALLER}|{CALLED}|{NAME_PATTERN}"
_READ = re.compile(READ_PATTERN, re.ASCII)


@dataclass(frozen=True, kw_only=True)
class SentField(Field):
    """A list of variables, or a map of values like that of `set`."""

    type: ClassVar[str] = "sent"
    is_map: ClassVar[bool] = True

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, list | dict) or not 1 <= len(value) <= MAX_SET:
            rule = f"{self.name} names 1 to {MAX_SET} variables, or has as many names, each with a text"
            fault("invalid_send", rule, self.name)
            return value
        if isinstance(value, list):
            self._read_names(value, fault)
            return value
        for key, given in value.items():
            if not _KEY.fullmatch(key):
                rule = "what is sent has a name of 1 to 64 letters, digits and the characters _ . -"
                fault("invalid_sent_name", rule, self.name, key)
            else:
                read_value(given, fault, self.name, key)
        return value

    def _read_names(self, names: list[Any], fault: Fault) -> None:
        for at, name in enumerate(names):
            if not isinstance(name, str) or not _READ.fullmatch(name):
                rule = f"what is sent is a variable, {CALLER} or {CALLED}"
                fault("invalid_variable", rule, self.name, str(at))
            elif name in names[:at]:
                fault("doubled_variable", f"{name} is there twice", self.name, str(at))

    def schema(self) -> dict[str, Any]:
        names = {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_SET,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": f"^(?:{READ_PATTERN})$"},
        }
        texts = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_SET,
            "propertyNames": {"pattern": f"^{KEY_PATTERN}$"},
            "additionalProperties": value_schema(),
        }
        return self._described({"oneOf": [names, texts]})

    def limits(self) -> dict[str, Any]:
        return {"pattern": KEY_PATTERN, "names_pattern": READ_PATTERN, "max_length": MAX_TEXT}


def names_sent(sent: Iterable[str] | Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every variable that is sent, behind its pointer below the field."""
    if not isinstance(sent, Mapping):
        yield from (((str(at),), name) for at, name in enumerate(sent))
        return
    for key, given in sent.items():
        yield from (((key,), name) for name in (names_in(given) if isinstance(given, str) else ()))
