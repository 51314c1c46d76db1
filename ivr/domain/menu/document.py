"""The menu: a tree of nodes, each a question (gather) or an end (action).

`parse_tree` takes the JSON of the API and either returns a Menu or raises InvalidMenu with every fault at
once. A Menu keeps the author's order of nodes (the first is the start unless `start` names another) and
each node's JSON as it was written. What is merely unwise or not yet finished is not a fault here: see
`lint`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ivr.domain.agents import AGENT_NAME
from ivr.domain.errors import InvalidMenu
from ivr.domain.problems import Problem, pointer

MAX_NODES = 500
MAX_NAME = 200
MAX_TEXT = 1000
KEYS = "0123456789*#"
ACTIONS = ("transfer", "hangup", "suppress")
NO_INPUT_WAIT_S = 5.0
MAX_ATTEMPTS = 3

Action = Literal["transfer", "hangup", "suppress"]

NODE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
AUDIO_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\.wav", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# What a prompt may say: line breaks and tabs are blanks to the voice, other control characters are nothing.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_SPOKEN_FIELDS = frozenset({"audio", "text", "voice"})
_GATHER_FIELDS = _SPOKEN_FIELDS | {"gather", "timeout_node", "timeout_s", "max_attempts"}
_ACTION_FIELDS = _SPOKEN_FIELDS | {"action"}
_TRANSFER_FIELDS = _ACTION_FIELDS | {"agent", "fallback_node", "hold_audio", "on_agent_hangup", "outcome"}
LABEL = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class GatherNode:
    """A question. `gather` maps a key to a node id that need not exist (yet); `timeout_s` is the wait after
    the prompt; `max_attempts` the failures in a row after which the caller is let go. `text` is what `audio` is meant
    to say, in this `voice`: nothing is spoken by it alone, but who speaks the prompts later finds it here."""

    id: str
    gather: Mapping[str, str]
    audio: str | None = None
    timeout_node: str | None = None
    timeout_s: float = NO_INPUT_WAIT_S
    max_attempts: int = MAX_ATTEMPTS
    text: str | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class ActionNode:
    """An end: hand off to the agent, hang up, or opt the caller out. `text` and `voice` as of a question.

    Of a `transfer` alone: `agent` names whom (None: the default one), `outcome` is a label that the agent and the
    call record get, `hold_audio` is heard while it rings, `fallback_node` is where the call goes on when nobody could
    be had, `on_agent_hangup` where it goes on after a talk that the agent ended.
    """

    id: str
    action: Action
    audio: str | None = None
    agent: str | None = None
    outcome: str | None = None
    hold_audio: str | None = None
    fallback_node: str | None = None
    on_agent_hangup: str | None = None
    text: str | None = None
    voice: str | None = None


Node = GatherNode | ActionNode


@dataclass(frozen=True)
class Menu:
    """A whole menu. `nodes` is in the author's order; `source` is the JSON each node was written as."""

    name: str
    nodes: Mapping[str, Node]
    start: str
    explicit_start: bool = False
    source: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """What parse_tree reads; the order of nodes is the author's."""
        document: dict[str, Any] = {"name": self.name}
        if self.explicit_start:
            document["start"] = self.start
        document["nodes"] = {node_id: dict(node) for node_id, node in self.source.items()}
        return document


def parse_menu(document: object) -> Menu:
    """The body of `POST /ivr` as a Menu; raises InvalidMenu naming every fault."""
    problems: list[Problem] = []
    if not isinstance(document, dict):
        raise InvalidMenu([Problem("", "not_an_object", "the body must be a JSON object")])
    problems += _unknown_fields(document, frozenset({"name", "nodes", "start"}), ())
    name = document.get("name")
    problems += name_problems(name) if "name" in document else [
        Problem("/name", "missing", "a menu needs a name")
    ]
    nodes: dict[str, Node] = {}
    raw_nodes = document.get("nodes")
    if not isinstance(raw_nodes, dict) or not raw_nodes:
        problems.append(Problem("/nodes", "missing", "a menu needs `nodes`, an object of at least one"))
        raw_nodes = {}
    if len(raw_nodes) > MAX_NODES:
        problems.append(Problem("/nodes", "too_many_nodes", f"{len(raw_nodes)} nodes; at most {MAX_NODES}"))
        raw_nodes = {}
    for node_id, raw in raw_nodes.items():
        node = _parse_node(node_id, raw, problems)
        if node is not None:
            nodes[node_id] = node
    start = document.get("start")
    if start is not None and (not isinstance(start, str) or start not in raw_nodes):
        problems.append(Problem("/start", "start_not_found", "`start` must name a node of this menu"))
    if problems:
        raise InvalidMenu(problems)
    return Menu(
        name=str(name),
        nodes=nodes,
        start=str(start) if start is not None else next(iter(nodes)),
        explicit_start=start is not None,
        source=raw_nodes,
    )


def merge_patch(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `PATCH /ivr/{id}` laid over a stored menu, still to be parsed.

    Nodes are merged by id: one given replaces that node in its place, null removes it, a new one goes to
    the end. `start: null` gives the choice back to the author's order.
    """
    merged = {**document, **{key: value for key, value in patch.items() if key != "nodes"}}
    if merged.get("start", ...) is None:
        del merged["start"]
    if "nodes" in patch:
        if not isinstance(patch["nodes"], dict):
            raise InvalidMenu([Problem("/nodes", "not_an_object", "`nodes` must be an object")])
        nodes = dict(document["nodes"])
        for node_id, node in patch["nodes"].items():
            if node is None:
                nodes.pop(node_id, None)
            else:
                nodes[node_id] = node
        merged["nodes"] = nodes
    return merged


def name_problems(name: object) -> list[Problem]:
    """What is wrong with a menu's name, if anything."""
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or _CONTROL.search(name):
        text = f"a name is 1 to {MAX_NAME} printable characters"
        return [Problem("/name", "invalid_name", text)]
    return []


def _unknown_fields(
    raw: Mapping[str, Any], known: frozenset[str], where: tuple[str, ...]
) -> Iterator[Problem]:
    for name in raw:
        if name not in known:
            names = ", ".join(sorted(known))
            yield Problem(pointer(*where, name), "unknown_field", f"unknown field; known here: {names}")


_TRANSFER_CHECKS = (
    ("agent", AGENT_NAME, "invalid_agent", "an agent's name is 1 to 64 letters, digits, _ or -"),
    ("outcome", LABEL, "invalid_outcome", "an outcome is 1 to 64 letters, digits, _ . or -"),
    ("hold_audio", AUDIO_NAME, "invalid_audio", "an audio name is letters, digits, _ or - (64 at most) and .wav"),
    ("fallback_node", NODE_ID, "invalid_target", "`fallback_node` is a node id"),
    ("on_agent_hangup", NODE_ID, "invalid_target", "`on_agent_hangup` is a node id"),
)


def _parse_node(node_id: str, raw: object, problems: list[Problem]) -> Node | None:
    at = ("nodes", node_id)

    def fault(code: str, message: str, *parts: str) -> None:
        problems.append(Problem(pointer(*at, *parts), code, message, node_id))

    before = len(problems)
    if not NODE_ID.fullmatch(node_id):
        fault("invalid_node_id", "a node id is 1 to 64 letters, digits, _ or -")
        return None
    if not isinstance(raw, dict):
        fault("not_an_object", "a node is an object")
        return None
    if "gather" in raw and "action" in raw:
        fault("gather_and_action", "a node has either `gather` or `action`, not both")
        return None
    audio = raw.get("audio")
    if "audio" in raw and (not isinstance(audio, str) or not AUDIO_NAME.fullmatch(audio)):
        fault("invalid_audio", "an audio name is letters, digits, _ or - (64 at most) and .wav", "audio")
    text, voice = raw.get("text"), raw.get("voice")
    if "text" in raw and (not isinstance(text, str) or not 0 < len(text.strip()) <= len(text) <= MAX_TEXT):
        fault("invalid_text", f"a prompt's text is 1 to {MAX_TEXT} characters", "text")
    elif isinstance(text, str) and _NO_TEXT.search(text):
        fault("invalid_text", "a prompt's text has no control characters", "text")
    if "voice" in raw and (not isinstance(voice, str) or not LABEL.fullmatch(voice)):
        fault("invalid_voice", "a voice is 1 to 64 letters, digits, _ . or -", "voice")
    if "action" in raw:
        action = raw["action"]
        known = _TRANSFER_FIELDS if action == "transfer" else _ACTION_FIELDS
        problems += _unknown_fields(raw, known, at)
        if not isinstance(action, str) or action not in ACTIONS:
            fault("unknown_action", f"an action is one of {', '.join(ACTIONS)}", "action")
        elif action == "transfer":
            for name, pattern, code, message in _TRANSFER_CHECKS:
                if name in raw and (not isinstance(raw[name], str) or not pattern.fullmatch(raw[name])):
                    fault(code, message, name)
        if len(problems) > before:
            return None
        more = {name: raw.get(name) for name, *_ in _TRANSFER_CHECKS}
        return ActionNode(node_id, action, audio, text=text, voice=voice, **more)
    if "gather" not in raw:
        fault("no_gather_no_action", "a node needs `gather` or `action`")
        return None
    problems += _unknown_fields(raw, _GATHER_FIELDS, at)
    gather = raw["gather"]
    if not isinstance(gather, dict) or not gather:
        fault("empty_gather", "`gather` maps at least one key to a node", "gather")
        gather = {}
    for key, target in gather.items():
        if len(key) != 1 or key not in KEYS:
            fault("invalid_key", "a key is one of 0-9, * or #", "gather", key)
        elif not isinstance(target, str) or not NODE_ID.fullmatch(target):
            fault("invalid_target", "a key leads to a node id", "gather", key)
    timeout_node = raw.get("timeout_node")
    if "timeout_node" in raw and (not isinstance(timeout_node, str) or not NODE_ID.fullmatch(timeout_node)):
        fault("invalid_target", "`timeout_node` is a node id", "timeout_node")
    timeout_s = raw.get("timeout_s", NO_INPUT_WAIT_S)
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or not 1 <= timeout_s <= 60:
        fault("invalid_timeout", "`timeout_s` is 1 to 60 seconds", "timeout_s")
    max_attempts = raw.get("max_attempts", MAX_ATTEMPTS)
    if isinstance(max_attempts, bool) or not isinstance(max_attempts, int) or not 1 <= max_attempts <= 10:
        fault("invalid_max_attempts", "`max_attempts` is a whole number from 1 to 10", "max_attempts")
    if len(problems) > before:
        return None
    return GatherNode(node_id, gather, audio, timeout_node, float(timeout_s), max_attempts, text, voice)
