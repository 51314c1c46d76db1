"""Fields of a node: what each may hold, as the parser checks it, the API's schema tells it and the editor offers it.

A field that names nodes says so itself (`targets`): nothing else in the product lists such fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

DTMF_DIGITS = "0123456789*#"

NODE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
AUDIO_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\.wav", re.ASCII)
LABEL = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)

# The key of a way out for whatever has none of its own.
ANY_RESULT = "*"
MAX_RESULTS = 32

_NODE_ID_REF = {"$ref": "#/components/schemas/NodeId"}


class Fault(Protocol):
    """Takes one fault of a node; `parts` is the pointer below the node."""

    def __call__(self, code: str, message: str, *parts: str) -> None: ...


class WayOut(NamedTuple):
    """One field, or one entry of a map, that names a node; `path` is the pointer below the node that has it."""

    field: NamesNodes
    path: tuple[str, ...]
    target: str

    @property
    def label(self) -> str:
        """A few words for people."""
        return self.field.way_label(self.path)

    @property
    def if_missing(self) -> str:
        """The warning where the target does not exist."""
        return self.field.missing_text(self)


class NamesNodes(Protocol):
    """A field whose value names nodes."""

    def way_label(self, path: tuple[str, ...]) -> str: ...

    def missing_text(self, way: WayOut) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Field:
    """`label` and `hint` are the editor's, `description` is the API's; `if_absent`: what happens without it; `more`:
    most nodes do without it."""

    type: ClassVar[str]
    # A map whose order counts: a change of it is told entry by entry.
    is_map: ClassVar[bool] = False

    name: str
    label: str
    description: str = ""
    hint: str = ""
    if_absent: str = ""
    required: bool = False
    more: bool = False

    @property
    def attribute(self) -> str:
        """The node's attribute that holds it."""
        return self.name

    def read(self, value: Any, fault: Fault) -> Any:
        """The value as the node keeps it; what is wrong with it goes to `fault`."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        raise NotImplementedError

    def limits(self) -> dict[str, Any]:
        """What the editor must know beside the labels."""
        return {}

    def targets(self, value: Any) -> Iterator[WayOut]:
        """The nodes that this value names, whether they exist or not."""
        return iter(())

    def describe(self) -> dict[str, Any]:
        """Plain JSON for the editor."""
        told = {
            "name": self.name,
            "type": self.type,
            "label": self.label,
            "hint": self.hint,
            "if_absent": self.if_absent,
            "required": self.required,
            "more": self.more,
        }
        return {**told, **self.limits()}

    def _described(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {**schema, **({"description": self.description} if self.description else {})}


@dataclass(frozen=True, kw_only=True)
class WordField(Field):
    """One word of a pattern; `code` and `rule` tell of another."""

    type: ClassVar[str] = "word"

    pattern: re.Pattern[str]
    code: str
    rule: str

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            fault(self.code, self.rule, self.name)
        return value

    def schema(self) -> dict[str, Any]:
        return self._described({"type": "string", "pattern": f"^{self.pattern.pattern}$"})

    def limits(self) -> dict[str, Any]:
        return {"pattern": self.pattern.pattern, "rule": self.rule}


class AgentField(WordField):
    """The name of an agent, which need not exist yet."""

    type: ClassVar[str] = "agent"


class ServiceField(WordField):
    """The name of a service, which need not exist yet."""

    type: ClassVar[str] = "service"


@dataclass(frozen=True, kw_only=True)
class NumberField(Field):
    """A number from `least` to `most`; `step` is the editor's, 1 means a whole number. Without `default` there is no
    such number where the field is absent."""

    type: ClassVar[str] = "number"

    least: float
    most: float
    default: float | None
    step: float
    code: str
    rule: str

    def read(self, value: Any, fault: Fault) -> Any:
        kinds = int if self.step == 1 else int | float
        if isinstance(value, bool) or not isinstance(value, kinds) or not self.least <= value <= self.most:
            fault(self.code, self.rule, self.name)
            return value
        return value if self.step == 1 else float(value)

    def schema(self) -> dict[str, Any]:
        kind = "integer" if self.step == 1 else "number"
        default = {} if self.default is None else {"default": self.default}
        return self._described({"type": kind, "minimum": self.least, "maximum": self.most, **default})

    def limits(self) -> dict[str, Any]:
        return {"least": self.least, "most": self.most, "step": self.step, "default": self.default}


@dataclass(frozen=True, kw_only=True)
class TargetField(Field):
    """One way out. `way_out` is its label on a wire; `if_missing` follows "NODE does not exist: "."""

    type: ClassVar[str] = "target"

    way_out: str
    if_missing: str

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, str) or not NODE_ID.fullmatch(value):
            rule = f"{self.name} is the name of a node: 1 to 64 letters, digits, underscores or hyphens"
            fault("invalid_target", rule, self.name)
        return value

    def schema(self) -> dict[str, Any]:
        inline = {"type": "string", "pattern": f"^{NODE_ID.pattern}$"}
        return self._described(inline) if self.description else dict(_NODE_ID_REF)

    def limits(self) -> dict[str, Any]:
        return {"way_out": self.way_out}

    def targets(self, value: Any) -> Iterator[WayOut]:
        if value is not None:
            yield WayOut(self, (self.name,), value)

    def way_label(self, path: tuple[str, ...]) -> str:
        return self.way_out

    def missing_text(self, way: WayOut) -> str:
        return f"{way.target} does not exist: {self.if_missing}"


@dataclass(frozen=True, kw_only=True)
class ResultTargetsField(TargetField):
    """One way out for whatever was reported, or one for each word; ANY_RESULT is that of all other words and of none.
    Words differ by more than their case."""

    type: ClassVar[str] = "result_targets"
    is_map: ClassVar[bool] = True

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, dict):
            return TargetField.read(self, value, fault)
        if not 1 <= len(value) <= MAX_RESULTS:
            fault("invalid_results", f"{self.name} names 1 to {MAX_RESULTS} results, or one node for all", self.name)
        seen: set[str] = set()
        for word, target in value.items():
            if word != ANY_RESULT and not LABEL.fullmatch(word):
                rule = f"a result is 1 to 64 letters, digits, _ . or -, or {ANY_RESULT} for any other"
                fault("invalid_result", rule, self.name, word)
            elif word.lower() in seen:
                fault("doubled_result", f"{word} is there twice: capitals make no difference", self.name, word)
            seen.add(word.lower())
            if not isinstance(target, str) or not NODE_ID.fullmatch(target):
                rule = "a result needs the name of a node: 1 to 64 letters, digits, underscores or hyphens"
                fault("invalid_target", rule, self.name, word)
        return value

    def schema(self) -> dict[str, Any]:
        by_word = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_RESULTS,
            "propertyNames": {"pattern": rf"^(?:{LABEL.pattern}|\{ANY_RESULT})$"},
            "additionalProperties": dict(_NODE_ID_REF),
        }
        return self._described({"oneOf": [{"type": "string", "pattern": f"^{NODE_ID.pattern}$"}, by_word]})

    def limits(self) -> dict[str, Any]:
        return {**TargetField.limits(self), "any": ANY_RESULT, "pattern": LABEL.pattern}

    def targets(self, value: Any) -> Iterator[WayOut]:
        if not isinstance(value, Mapping):
            yield from TargetField.targets(self, value)
            return
        for word, target in value.items():
            yield WayOut(self, (self.name, word), target)

    def way_label(self, path: tuple[str, ...]) -> str:
        if len(path) == 1:
            return self.way_out
        return f"{self.way_out}: {'any other' if path[-1] == ANY_RESULT else path[-1]}"
