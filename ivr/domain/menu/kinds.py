"""The table of node kinds, and what can be asked of a node's JSON before or without parsing it.

A kind is added here and in a file of its own; schema, lint, interpreter, diff, picture and editor read this table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.callback import CallbackNode
from ivr.domain.menu.each import EachNode
from ivr.domain.menu.entering import ENTERING
from ivr.domain.menu.fields import (
    AUDIO_NAME,
    NODE_ID,
    Fault,
    Field,
    TargetField,
    WayOut,
)
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.hangup import HangupNode
from ivr.domain.menu.menu_fields import MAX_MENU_S, RATE
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.naming import NAMING
from ivr.domain.menu.node import Mark, Node
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.question_fields import DigitTargetsField
from ivr.domain.menu.record import RecordNode
from ivr.domain.menu.reject import RejectNode
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.send import SendNode
from ivr.domain.menu.send_digits import SendDigitsNode
from ivr.domain.menu.sequences import pieces_of
from ivr.domain.menu.spoken import SPOKEN
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.value_fields import CaseTargetsField
from ivr.domain.problems import Problem, pointer

KINDS: tuple[type[Node], ...] = (
    GatherNode,
    MessageNode,
    SwitchNode,
    AskLanguageNode,
    RequestNode,
    SendNode,
    EachNode,
    RecordNode,
    CallbackNode,
    SendDigitsNode,
    HangupNode,
    RejectNode,
    SuppressNode,
    TransferNode,
)

ACTIONS = tuple(each.mark.value for each in KINDS if each.mark.value is not None)
# Fields that are maps whose order counts.
MAP_FIELDS = frozenset(each.name for kind in KINDS for each in kind.fields() if each.is_map)

_WAYS_OUT = {
    each.name: each
    for kind in KINDS
    for each in kind.fields()
    if isinstance(each, TargetField | DigitTargetsField | CaseTargetsField)
}
_KNOWN_FIELDS = {kind: frozenset({kind.mark.field, *(each.name for each in kind.fields())}) for kind in KINDS}
_BY_MARK = {each.mark: each for each in KINDS}
_MARK_FIELDS = tuple(dict.fromkeys(each.mark.field for each in KINDS))
# A mark that other kinds have as a field tells the kind only where no other mark does.
_WEAK_MARKS = frozenset(
    name for name in _MARK_FIELDS for each in KINDS if name in _KNOWN_FIELDS[each] and name != each.mark.field
)
_MARKS_BY_WEIGHT = sorted(_MARK_FIELDS, key=_WEAK_MARKS.__contains__)


def find_kind(raw: Mapping[str, Any]) -> type[Node] | None:
    """The kind of a node given as JSON; None: it is of none."""
    for name in _MARKS_BY_WEIGHT:
        if name in raw:
            value = raw[name]
            return _BY_MARK.get(Mark(name)) or (_BY_MARK.get(Mark(name, value)) if isinstance(value, str) else None)
    return None


def targets_of(raw: Mapping[str, Any]) -> Iterator[WayOut]:
    """Every way out of a well-formed node given as JSON."""
    kind = find_kind(raw)
    return kind.targets_of(raw) if kind else iter(())


def field_label(path: Sequence[str]) -> str:
    """What people call the field that this pointer below a node names: a way out by its label, else as it is."""
    way = _WAYS_OUT.get(path[0])
    return way.way_label(tuple(path)) if way else "/".join(path)


def sounds_of(raw: Mapping[str, Any]) -> list[str]:
    """The audio names that a well-formed node given as JSON has, each once."""
    kind = find_kind(raw)
    fields = kind.fields() if kind else ()
    named = (raw[each.name] for each in fields if isinstance(each, AudioField) and each.name in raw)
    return list(dict.fromkeys(piece.item for said in named for piece in pieces_of(said)))


def parse_node(node_id: str, raw: object, problems: list[Problem]) -> Node | None:
    """The node, or None when it is malformed: then all its faults are added to `problems`."""
    before = len(problems)

    def fault(code: str, message: str, *parts: str) -> None:
        problems.append(Problem(pointer("nodes", node_id, *parts), code, message, node_id))

    if not NODE_ID.fullmatch(node_id):
        fault("invalid_node_id", "a node's name has 1 to 64 letters, digits, underscores or hyphens")
        return None
    if not isinstance(raw, dict):
        fault("not_an_object", "a node is an object")
        return None
    if "action" in raw and raw["action"] not in ACTIONS:
        fault("unknown_action", f"an action is one of {', '.join(ACTIONS)}", "action")
        return None
    kind = find_kind(raw)
    own = _KNOWN_FIELDS[kind] - {kind.mark.field} if kind else frozenset()
    marks = [name for name in _MARK_FIELDS if name in raw and name not in own]
    if len(marks) > 1:
        fault("gather_and_action", f"a node has only one of {', '.join(_MARK_FIELDS)}")
        return None
    values = _read(SPOKEN if kind is None else kind.prompt_fields, raw, fault)
    if kind is None:
        fault("no_gather_no_action", f"a node needs {' or '.join(_MARK_FIELDS)}")
        return None
    problems += unknown_fields(raw, _KNOWN_FIELDS[kind], ("nodes", node_id))
    values |= _read((*kind.own_fields, *ENTERING, *NAMING), raw, fault)
    for each in kind.own_fields:
        if each.required and each.name not in raw:
            fault("missing", f"a node with {kind.mark.words} needs {each.name}, too", each.name)
    kind.check(raw, fault)
    return kind(node_id, **values) if len(problems) == before else None


def _read(fields: Iterable[Field], raw: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    return {each.attribute: each.read(raw[each.name], fault) for each in fields if each.name in raw}


def unknown_fields(raw: Mapping[str, Any], known: Collection[str], where: tuple[str, ...]) -> Iterator[Problem]:
    """A fault for each field of an object that it may not have."""
    for name in raw:
        if name not in known:
            text = f"unknown field; known here: {', '.join(sorted(known))}"
            yield Problem(pointer(*where, name), "unknown_field", text)


def describe_kinds() -> dict[str, Any]:
    """The whole table as plain JSON, from which the editor's own is generated."""
    return {
        "node_id_pattern": NODE_ID.pattern,
        "audio_name_pattern": AUDIO_NAME.pattern,
        "spoken_fields": [each.name for each in SPOKEN if not each.more],
        "entering_fields": [each.name for each in ENTERING],
        "naming_fields": [each.name for each in NAMING],
        "menu_fields": [MAX_MENU_S.describe(), RATE.describe()],
        "kinds": [each.describe() for each in KINDS],
    }
