"""Which texts of a menu are to be spoken: those that have no prompt yet, or one that says something else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from ivr.domain.menu.slots import Slot, slots_of
from ivr.ports.menus import StoredMenu


class DueText(NamedTuple):
    node: str
    slot: Slot


def texts_due(stored: StoredMenu, ready: Collection[str], outdated: Collection[str]) -> Iterator[DueText]:
    """In the author's order, each audio name once. `ready` are the audio names with a file, `outdated` those whose
    text would now be said otherwise. A recording stays: nobody is spoken over. What no caller hears is left out."""
    seen: set[str] = set()
    languages = stored.document.get("languages") or ()
    for node_id, node in stored.document["nodes"].items():
        for slot in _heard(node, languages):
            if slot.audio in seen or not _is_due(slot, stored, ready, outdated):
                continue
            seen.update([slot.audio] if slot.audio is not None else [])
            yield DueText(node_id, slot)


def _heard(node: Mapping[str, Any], languages: Collection[str]) -> Iterator[Slot]:
    """The places that callers of these languages hear; without languages, of a prompt in several the first one."""
    first: dict[str, str] = {}
    for slot in slots_of(node):
        if slot.language is None or slot.language in (languages or (first.setdefault(slot.path[0], slot.language),)):
            yield slot


def _is_due(slot: Slot, stored: StoredMenu, ready: Collection[str], outdated: Collection[str]) -> bool:
    if slot.text is None or "{" in (slot.audio or ""):
        return False
    prompt = stored.prompts.get(slot.audio or "")
    if prompt is None:
        return True
    if prompt.source == "upload":
        return slot.audio not in ready
    is_other = slot.text.split() != (prompt.text or "").split() or slot.voice not in (None, prompt.voice)
    return is_other or slot.audio not in ready or slot.audio in outdated
