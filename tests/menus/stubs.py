"""What the menu language cannot say yet, in words that it can: a number that is dialled is a request. Each has its
name, so that what needs it is counted apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# A service of the stubs; no menu has one of this name.
DIAL = "stub-dial"
_ENDED = "stub-ended"
_FORMAT = re.compile(r":[a-z0-9]+\}")
# What a number that is dialled is asked with.
_DIALLED = (
    "ring", "ring_timeout_s", "whisper_text", "accept_key", "caller_id", "end_key", "max_talk_s", "hold_audio",
)  # fmt: skip


@dataclass
class Stubbed:
    """A menu that can run, and the names of the parts that are stubs in it, by their nodes."""

    menu: dict[str, Any]
    stubs: dict[str, str] = field(default_factory=dict)


def stubbed(menu: Mapping[str, Any]) -> Stubbed:
    """The menu with each part that the language lacks in another form; a node stays under its own name."""
    made = Stubbed({name: value for name, value in menu.items() if name != "nodes"})
    nodes: dict[str, Any] = {}
    for name, node in menu["nodes"].items():
        nodes.update(_node(made, name, dict(node)))
    if any(name.endswith("--result") for name in nodes):
        nodes[_ENDED] = {"action": "hangup"}
    made.menu["nodes"] = {name: _without_formats(node) for name, node in nodes.items()}
    return made


def _node(made: Stubbed, name: str, node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    match node.get("action"):
        case "transfer" if _is_dialled(node):
            made.stubs[name] = "people" if "people" in node else "dial"
            yield from _dialling(name, node)
        case _:
            yield name, node


def _without_formats(node: dict[str, Any]) -> dict[str, Any]:
    """Of what a stub sends: values are sent as they are."""
    if node.get("service") != DIAL:
        return node
    sent = {name: _FORMAT.sub("}", text) if isinstance(text, str) else text for name, text in node["send"].items()}
    return {**node, "send": sent}


def _is_dialled(node: Mapping[str, Any]) -> bool:
    """An agent whose name a variable holds, which the language has not."""
    return "{" in node.get("agent", "")


def _dialling(name: str, node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A request for what comes of it, and a switch on that."""
    to = node.get("to") or node.get("people") or node["agent"]
    wanted = {each: node[each] for each in _DIALLED if each in node and each not in ("to", "people", "case")}
    failed = node.get("fallback_node", _ENDED)
    yield (
        name,
        {
            **{each: node[each] for each in ("text", "audio") if each in node},
            "action": "request",
            "service": DIAL,
            "send": {"to": to, **wanted},
            "save": "stub",
            "next": f"{name}--result",
            "fail_node": failed,
        },
    )
    after = node.get("on_agent_hangup", _ENDED)
    cases = {**node.get("case", {}), "answered": after, "left": _ENDED}
    yield f"{name}--result", {"switch": "stub.result", "case": cases, "default": failed}
