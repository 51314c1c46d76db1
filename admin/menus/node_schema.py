"""The menu as JSON Schema, built from the table of node kinds that `parse_menu` checks with.

Node objects are checked there and not by a model: only it can name every fault of a menu at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.menu import document as menu
from ivr.domain.menu import fields, menu_fields, sequences
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.node import Node
from ivr.domain.menu.templates import AUDIO_TEMPLATE, MAX_AUDIO_NAME
from ivr.domain.plain_names import TURNING, UNSEEN
from ivr.domain.said import own_words

# No control character anywhere, and something that is visible.
_PRINTABLE = rf"[^\x00-\x1f\x7f-\x9f\u2028\u2029{TURNING}]"
_VISIBLE = rf"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029{TURNING}{UNSEEN}]"


def _pattern(regex: str) -> str:
    return f"^{regex}$"


NODE_ID: dict[str, Any] = {
    "type": "string",
    "pattern": _pattern(fields.NODE_ID.pattern),
    "description": "1 to 64 letters, digits, _ or -",
}
AUDIO_NAME: dict[str, Any] = {
    "type": "string",
    "pattern": _pattern(fields.AUDIO_NAME.pattern),
    "description": "The name of a prompt: prompts are spoken and uploaded under this name.",
}
PLAYED_NAME: dict[str, Any] = {
    "type": "string",
    "maxLength": MAX_AUDIO_NAME,
    "pattern": _pattern(AUDIO_TEMPLATE.pattern),
    "description": "The name of the node's prompt. A variable may stand in it: `open-{line}.wav` is the prompt of "
    "the name that the call's `line` makes of it. `{sound}` alone is what `sound` holds: a recording of a caller, or "
    "the name of a prompt.",
}
NAME: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": menu.MAX_NAME,
    "pattern": f"^{_PRINTABLE}*{_VISIBLE}{_PRINTABLE}*$",
}


def _node_schemas() -> dict[str, dict[str, Any]]:
    """One schema for all kinds that share a name."""
    sharing: dict[str, list[type[Node]]] = {}
    for kind in sorted(KINDS, key=_takes_others):
        sharing.setdefault(kind.api.name, []).append(kind)
    return {name: _node_schema(kinds) for name, kinds in sharing.items()}


def _takes_others(kind: type[Node]) -> tuple[bool, bool]:
    """Whether nodes of other kinds might pass for this one where fields that it does not know are overlooked, as
    generated clients overlook them: they take the first kind that fits, so a message, which is told by its `next`
    alone, comes last."""
    common = any(kind.mark.field in (field.name for field in each.own_fields) for each in KINDS if each is not kind)
    return kind.mark.value is None, common


def _node_schema(kinds: list[type[Node]]) -> dict[str, Any]:
    kind = kinds[0]
    marked = {} if kind.mark.value is None else {kind.mark.field: _one_of([each.mark.value for each in kinds])}
    required = [field.name for field in kind.own_fields if field.required]
    return {
        "type": "object",
        "description": f"{kind.api.title}. {kind.api.description}",
        "required": [*marked, *required],
        "additionalProperties": False,
        "properties": {**marked, **{field.name: field.schema() for field in kind.fields()}},
        "dependentRequired": {"max_visits": ["over_node"]},
        **kind.api.more,
    }


def _one_of(values: list[str | None]) -> dict[str, Any]:
    return {"type": "string", "enum": values} if values[1:] else {"type": "string", "const": values[0]}


def _shapes(node: Mapping[str, Any]) -> dict[str, Any]:
    """The objects that many fields of nodes are, by the names under which clients know them."""
    fields = node["properties"]
    shapes = {
        "AudioByLanguage": fields["audio"]["anyOf"][-1],
        "TextByLanguage": fields["text"]["anyOf"][-1],
        "VoiceByLanguage": fields["voice"]["anyOf"][-1],
        "SetVariables": fields["set"],
    }
    return {name: _undescribed(each) for name, each in shapes.items()}


def _undescribed(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in schema.items() if name != "description"}


def _by_name(schema: Any) -> Any:
    """The schema with a reference in place of each of the shapes."""
    if isinstance(schema, list):
        return [_by_name(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    for name, shape in _SHAPES.items():
        if _undescribed(schema) == shape:
            said = {"description": schema["description"]} if "description" in schema else {}
            return {"$ref": f"#/components/schemas/{name}", **said}
    return {name: _by_name(each) for name, each in schema.items()}


_WHOLE = _node_schemas()
_SHAPES = _shapes(_WHOLE["GatherNode"])
_NODE_SCHEMAS: dict[str, dict[str, Any]] = {name: _by_name(each) for name, each in _WHOLE.items()}

SCHEMAS: dict[str, Mapping[str, Any]] = {
    "NodeId": NODE_ID,
    "AudioName": PLAYED_NAME,
    **_SHAPES,
    **_NODE_SCHEMAS,
    "Node": {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in _NODE_SCHEMAS]},
}

LANGUAGES: dict[str, Any] = {
    "type": "array",
    "description": "The languages of its prompts, that of most callers first; the variable `language` chooses.",
    "maxItems": sequences.MAX_LANGUAGES,
    "uniqueItems": True,
    "items": {"type": "string", "pattern": _pattern(sequences.LANGUAGE.pattern)},
}

NODES: dict[str, Any] = {
    "type": "object",
    "description": "Node id -> node. The order matters: calls start at the first node unless `start` names another.",
    "propertyNames": {"pattern": NODE_ID["pattern"]},
    "minProperties": 1,
    "maxProperties": menu.MAX_NODES,
    "additionalProperties": {"$ref": "#/components/schemas/Node"},
}

# Without its default, which generators of clients take for a promise.
MAX_MENU_S: dict[str, Any] = {
    name: ["integer", "null"] if name == "type" else value
    for name, value in menu_fields.MAX_MENU_S.schema().items()
    if name != "default"
}

RATE: dict[str, Any] = {
    name: ["number", "null"] if name == "type" else value for name, value in menu_fields.RATE.schema().items()
}

ANSWER: dict[str, Any] = {
    "type": ["boolean", "null"],
    "description": "false: a call rings until the first sound or question, so that `reject` can refuse it before. "
    "Otherwise calls are answered at once.",
}

RECORD_CALL: dict[str, Any] = {
    "type": ["boolean", "null"],
    "description": "true: every call is recorded whole, both sides, from an announcement on that is played first. A "
    "message with `record_call` announces it in words of yours.",
}

HUNG_UP_NODE: dict[str, Any] = {
    "type": ["string", "null"],
    "pattern": NODE_ID["pattern"],
    "description": "The first of the nodes that are done once a caller has hung up, without a sound: messages "
    "without a prompt, switches, notices, `each`. They know `hung_up.at`, `hung_up.in` and `hung_up.talk_s`.",
}

WORDS: dict[str, Any] = {
    "type": ["object", "null"],
    "description": 'Spellings in this menu\'s texts, and what is said for them: {"Geis": "guys"}, in those of one '
    'language alone: {"once": {"say": "one time", "language": "en"}}. They come before '
    "those of `/words`, and hold from the next time that a text is spoken.",
    "maxProperties": own_words.MAX_WORDS,
    "propertyNames": {"pattern": f"^{own_words.SPELLING_PATTERN}$"},
    "additionalProperties": own_words.ENTRY_SCHEMA,
}

_WRITTEN_MENU: dict[str, Any] = {
    "type": "object",
    "required": ["name", "nodes"],
    "additionalProperties": False,
    "properties": {
        "name": NAME,
        "start": {"type": ["string", "null"], "description": "The first node of a call; it must be in `nodes`."},
        "answer": ANSWER,
        "languages": LANGUAGES,
        "max_menu_s": MAX_MENU_S,
        "rate": RATE,
        "record_call": RECORD_CALL,
        "hung_up_node": HUNG_UP_NODE,
        "words": WORDS,
        "nodes": NODES,
    },
}

_PATCH_MENU: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": NAME,
        "start": {"type": ["string", "null"], "description": "null: calls start at the first node again."},
        "answer": ANSWER,
        "languages": {**LANGUAGES, "type": ["array", "null"]},
        "max_menu_s": MAX_MENU_S,
        "rate": RATE,
        "record_call": RECORD_CALL,
        "hung_up_node": HUNG_UP_NODE,
        "words": WORDS,
        "nodes": {
            **{key: value for key, value in NODES.items() if key != "minProperties"},
            "description": "Merged by id: a node replaces the one with that id, null removes it, the others stay.",
            "additionalProperties": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
        },
    },
}

SCHEMAS |= {"WrittenMenu": _WRITTEN_MENU, "PatchMenu": _PATCH_MENU}
WRITTEN_MENU: dict[str, Any] = {"$ref": "#/components/schemas/WrittenMenu"}
PATCH_MENU: dict[str, Any] = {"$ref": "#/components/schemas/PatchMenu"}
