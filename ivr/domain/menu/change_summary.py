"""What a version changed, in one short sentence: "renamed to Roofing line; key 3 of main added; closed reworded".

A difference becomes phrases, each a text with values in it, so that whoever shows them may translate the texts: the
API says them in English, pages in the reader's language. TEXTS are all there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from ivr.domain.menu.diff import FieldChange, MenuDiff, NodeChange
from ivr.domain.menu.slots import TEXTS as WORDS

MAX_CHARS = 120
_MAX_NAME = 40
# So many nodes are named, more are counted.
_NAMED = 3

CREATED = "menu created"
NOTHING = "nothing of the menu itself; an agent or opening hours changed"
MORE = "and %(count)s more"
_RENAMED = "renamed to %(name)s"
_BEGINS = "calls begin at %(node)s"
_LANGUAGES = "languages changed"
_SETTINGS = "settings of the menu changed"
_REORDERED = "nodes in another order"
_NODES = {"added": "%(node)s added", "removed": "%(node)s removed"}
_MANY_NODES = {"added": "%(count)s nodes added", "removed": "%(count)s nodes removed"}
_REWORDED, _WORDED = "%(node)s reworded", "words for %(node)s added"
_KEY = {
    "added": "key %(keys)s of %(node)s added",
    "removed": "key %(keys)s of %(node)s removed",
    "changed": "key %(keys)s of %(node)s leads elsewhere",
}
_KEYS = {
    "added": "keys %(keys)s of %(node)s added",
    "removed": "keys %(keys)s of %(node)s removed",
    "changed": "keys %(keys)s of %(node)s lead elsewhere",
}
_KEY_ORDER = "keys of %(node)s in another order"
_AGENT = "%(node)s rings %(agent)s"
_VOICE = "voice of %(node)s changed"
_CHANGED = "settings of %(node)s changed"
_PROMPTS = {
    "added": "prompt %(prompt)s added",
    "removed": "prompt %(prompt)s removed",
    "changed": "prompt %(prompt)s replaced",
}
TEXTS = (
    *(CREATED, NOTHING, MORE, _RENAMED, _BEGINS, _LANGUAGES, _SETTINGS, _REORDERED),
    *(*_NODES.values(), *_MANY_NODES.values()),
    *(_REWORDED, _WORDED, *_KEY.values(), *_KEYS.values(), _KEY_ORDER, _AGENT, _VOICE, _CHANGED, *_PROMPTS.values()),
)


class Phrase(NamedTuple):
    """One of TEXTS, and the values in it."""

    text: str
    values: Mapping[str, str]


def in_english(phrase: Phrase) -> str:
    return phrase.text % phrase.values


def summary_of(diff: MenuDiff, *, first: bool = False, say: Callable[[Phrase], str] = in_english) -> str:
    """The sentence, at most MAX_CHARS long unless its first phrase is longer; `first`: of a menu's first version.
    `say` puts a phrase into words."""
    phrases = [Phrase(CREATED, {})] if first else phrases_of(diff)
    said = [say(each) for each in phrases or [Phrase(NOTHING, {})]]
    shown = "; ".join(said)
    for left in range(1, len(said)):
        if len(shown) <= MAX_CHARS:
            break
        shown = "; ".join([*said[:-left], say(Phrase(MORE, {"count": str(left)}))])
    return shown


def phrases_of(diff: MenuDiff) -> list[Phrase]:
    """Each once: first of the menu, then of nodes that are new, changed and gone, then of prompts that no other
    phrase covers."""
    worded = {each.node for each in diff.nodes if each.kind != "changed" or any(map(_is_worded, each.fields))}
    phrases = [
        *(phrase for field in diff.menu for phrase in _of_menu(field)),
        *_of_nodes(diff.nodes, "added"),
        *(phrase for node in diff.nodes if node.kind == "changed" for phrase in _of_changed(node)),
        *_of_nodes(diff.nodes, "removed"),
        *([Phrase(_REORDERED, {})] if diff.reordered else []),
        *(
            Phrase(_PROMPTS[kind], {"prompt": audio.removesuffix(".wav")})
            for audio, kind in diff.prompts
            if audio.removesuffix(".wav") not in worded
        ),
    ]
    return [each for place, each in enumerate(phrases) if each not in phrases[:place]]


def _of_menu(field: FieldChange) -> Iterator[Phrase]:
    match field.pointer.removeprefix("/"):
        case "name":
            name = str(field.after)
            yield Phrase(_RENAMED, {"name": name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"})
        case "start" if field.after:
            yield Phrase(_BEGINS, {"node": str(field.after)})
        case "languages":
            yield Phrase(_LANGUAGES, {})
        case _:
            yield Phrase(_SETTINGS, {})


def _of_nodes(changes: Sequence[NodeChange], kind: Literal["added", "removed"]) -> Iterator[Phrase]:
    names = [each.node for each in changes if each.kind == kind]
    if len(names) > _NAMED:
        yield Phrase(_MANY_NODES[kind], {"count": str(len(names))})
    elif names:
        yield Phrase(_NODES[kind], {"node": ", ".join(names)})


def _of_changed(change: NodeChange) -> Iterator[Phrase]:
    node = {"node": change.node}
    if not change.fields:
        yield Phrase(_KEY_ORDER, node)
    rest = [each for each in change.fields if not _is_key(each)]
    for field in rest:
        if _is_worded(field):
            yield Phrase(_WORDED if field.kind == "added" else _REWORDED, node)
    yield from _of_keys(change)
    for field in rest:
        yield from _of_field(field, node, worded=any(map(_is_worded, rest)))


def _of_keys(change: NodeChange) -> Iterator[Phrase]:
    for kind in ("added", "removed", "changed"):
        keys = [each.pointer.rsplit("/", 1)[-1] for each in change.fields if _is_key(each) and each.kind == kind]
        if keys:
            yield Phrase((_KEY if len(keys) == 1 else _KEYS)[kind], {"keys": ", ".join(keys), "node": change.node})


def _of_field(field: FieldChange, node: Mapping[str, str], *, worded: bool) -> Iterator[Phrase]:
    name = _field_of(field)
    if name == "agent" and field.after:
        yield Phrase(_AGENT, {**node, "agent": str(field.after)})
    elif name == "voice":
        yield Phrase(_VOICE, node)
    elif not _is_worded(field) and not (worded and name in WORDS):
        yield Phrase(_CHANGED, node)


def _is_worded(field: FieldChange) -> bool:
    return _field_of(field) in WORDS.values()


def _is_key(field: FieldChange) -> bool:
    return _field_of(field) == "gather" and len(_path(field)) > 3


def _field_of(field: FieldChange) -> str:
    """The field of a node: `gather` of /nodes/main/gather/3."""
    return _path(field)[2]


def _path(field: FieldChange) -> Sequence[str]:
    return field.pointer.split("/")[1:]
