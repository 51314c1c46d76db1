"""The menu as JSON Schema, built from the very constants `ivr.domain.menu.document.parse_tree` checks with.

Node objects are checked there and not by a model: only it can name every fault of a tree at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.agents import AGENT_NAME
from ivr.domain.menu import document as tree

# No control character anywhere, and something that is not blank.
_PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
_VISIBLE = r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029]"
_SAYABLE = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_WORDS = r"[^\s\x00-\x1f\x7f-\x9f]"


def _pattern(regex: str) -> str:
    return f"^{regex}$"


NODE_ID: dict[str, Any] = {
    "type": "string",
    "pattern": _pattern(tree.NODE_ID.pattern),
    "description": "1 to 64 letters, digits, _ or -",
}
AUDIO_NAME: dict[str, Any] = {
    "type": "string",
    "pattern": _pattern(tree.AUDIO_NAME.pattern),
    "description": "The name of the node's prompt; it is spoken or uploaded under this name.",
}
NAME: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": tree.MAX_NAME,
    "pattern": f"^{_PRINTABLE}*{_VISIBLE}{_PRINTABLE}*$",
}

_SPOKEN: dict[str, Any] = {
    "audio": {"$ref": "#/components/schemas/AudioName"},
    "text": {
        "type": "string",
        "minLength": 1,
        "maxLength": tree.MAX_TEXT,
        "pattern": f"^{_SAYABLE}*{_WORDS}{_SAYABLE}*$",
        "description": "What `audio` is meant to say. It is spoken by POST audio, not by being written here.",
    },
    "voice": {
        "type": "string",
        "pattern": _pattern(tree.LABEL.pattern),
        "description": "Who is to say it: see GET /voices.",
    },
}

SCHEMAS: dict[str, Mapping[str, Any]] = {
    "NodeId": NODE_ID,
    "AudioName": AUDIO_NAME,
    "GatherNode": {
        "type": "object",
        "title": "A question",
        "description": "Plays `audio` and takes one key, which may lead to a node that does not exist yet.",
        "required": ["gather"],
        "additionalProperties": False,
        "properties": {
            **_SPOKEN,
            "gather": {
                "type": "object",
                "description": "Key -> node id.",
                "minProperties": 1,
                "additionalProperties": False,
                "patternProperties": {f"^[{tree.KEYS}]$": {"$ref": "#/components/schemas/NodeId"}},
            },
            "timeout_node": {"$ref": "#/components/schemas/NodeId"},
            "timeout_s": {"type": "number", "minimum": 1, "maximum": 60, "default": tree.NO_INPUT_WAIT_S},
            "max_attempts": {"type": "integer", "minimum": 1, "maximum": 10, "default": tree.MAX_ATTEMPTS},
        },
    },
    "ActionNode": {
        "type": "object",
        "title": "An end",
        "description": "Hangs up, or puts the caller on the do-not-call list.",
        "required": ["action"],
        "additionalProperties": False,
        "properties": {
            "action": {"type": "string", "enum": [each for each in tree.ACTIONS if each != "transfer"]},
            **_SPOKEN,
        },
    },
    "TransferNode": {
        "type": "object",
        "title": "A hand-off",
        "description": "Hands off to an agent; when nobody can be had the call goes on at `fallback_node`.",
        "required": ["action"],
        "additionalProperties": False,
        "properties": {
            "action": {"type": "string", "const": "transfer"},
            **_SPOKEN,
            "agent": {
                "type": "string",
                "pattern": _pattern(AGENT_NAME.pattern),
                "description": "See /agents; absent: the default agent (DIGITREE_AGENT_URI).",
            },
            "outcome": {
                "type": "string",
                "pattern": _pattern(tree.LABEL.pattern),
                "description": "A label of your own: the agent gets it as X-IVR-Outcome, the call record keeps it.",
            },
            "hold_audio": {
                "type": "string",
                "pattern": AUDIO_NAME["pattern"],
                "description": "The audio heard while the agent rings; absent: a ringing tone.",
            },
            "fallback_node": {
                "type": "string",
                "pattern": NODE_ID["pattern"],
                "description": "Where the call goes on when nobody can be had; absent: an apology and a hang-up.",
            },
            "on_agent_hangup": {
                "type": "string",
                "pattern": NODE_ID["pattern"],
                "description": "Where the call goes on when the agent has hung up; absent: the call ends.",
            },
        },
    },
    "Node": {
        "oneOf": [
            {"$ref": f"#/components/schemas/{name}"} for name in ("GatherNode", "ActionNode", "TransferNode")
        ]
    },
}

NODES: dict[str, Any] = {
    "type": "object",
    "description": "Node id -> node. The order counts: the first is the start unless `start` names another.",
    "propertyNames": {"pattern": NODE_ID["pattern"]},
    "minProperties": 1,
    "maxProperties": tree.MAX_NODES,
    "additionalProperties": {"$ref": "#/components/schemas/Node"},
}

CREATE_MENU: dict[str, Any] = {
    "type": "object",
    "required": ["name", "nodes"],
    "additionalProperties": False,
    "properties": {
        "name": NAME,
        "start": {"type": ["string", "null"], "description": "The first node of a call; it must be in `nodes`."},
        "nodes": NODES,
    },
}

PATCH_MENU: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": NAME,
        "start": {"type": ["string", "null"], "description": "null: the first node again."},
        "nodes": {
            **{key: value for key, value in NODES.items() if key != "minProperties"},
            "description": "Merged by id: a node given replaces that node, null removes it, the others stay.",
            "additionalProperties": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
        },
    },
}
